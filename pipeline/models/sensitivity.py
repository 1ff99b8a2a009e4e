"""How far the effect of a programme leans on parallel trends and on single comparison units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipeline.models.inference import CONFIDENCE

FloatArray = npt.NDArray[np.float64]


def find_breakdown(
    leads: FloatArray, lags: FloatArray, weights: FloatArray, std_error: float
) -> float | None:
    """How large a violation of parallel trends the sign of the effect survives.

    The violation is counted in units of the largest one seen before the start: the change of the
    differential trend from one period to the next after the start is at most this many times the
    largest such change before it (Rambachan and Roth 2023, Review of Economic Studies 90,
    2555-2591, section 2.4.1, relative magnitudes). Under that bound a period's bias is at most the
    bound times the number of periods since the start, so the set of possible effects has a closed
    form; it is widened by the sampling error of the effect. The sampling error of the changes
    before the start is not in it.

    Args:
        leads: coefficients of the periods before the base period, in order; the base, the last
            period before the start, is 0 and not among them.
        lags: coefficients of the periods from the start on, in order.
        weights: of the lags in the effect, summing to one.
        std_error: of the effect.

    Returns:
        The bound at which zero comes into the interval; 0 if it is there under parallel trends;
        None without leads, or if nothing changed before the start.
    """
    effect = float(weights @ lags)
    margin = abs(effect) - float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * std_error
    changes = np.abs(np.diff(np.append(leads, 0.0)))
    worst = float(weights @ np.arange(1, lags.size + 1)) * float(changes.max(initial=0.0))
    return max(margin, 0.0) / worst if worst > 0 else None
