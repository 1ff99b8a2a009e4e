"""How far the effect of a programme leans on parallel trends and on single comparison units."""

from __future__ import annotations

import numpy as np
from scipy import stats

from pipeline.models.inference import CONFIDENCE, UnitPanel
from pipeline.models.inference.ratios import difference, divide
from pipeline.models.tally import FloatArray

Range = tuple[float, float]


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


def leave_one_out_each(panel: UnitPanel) -> dict[str, Range | None]:
    """The smallest and the largest effect of each treated unit as one other unit is left out.

    Args:
        panel: without leading axes.

    Returns:
        In the unit of the effect; None for a unit without a change, or if there are fewer than two
        comparison units.
    """
    treated = [unit for unit, is_in in zip(panel.units, panel.is_treated, strict=True) if is_in]
    changes = panel.changes[panel.is_treated]
    return {
        unit: _find_range(panel, float(change))
        for unit, change in zip(treated, changes, strict=True)
    }


def leave_one_out_together(panel: UnitPanel) -> Range | None:
    """The same for the treated units pooled.

    Args:
        panel: without leading axes.
    """
    return _find_range(panel, float(difference(divide(*panel.pool(panel.is_treated)))))


def _find_range(panel: UnitPanel, change: float) -> Range | None:
    """A change less those of the comparison units pooled without each of them in turn."""
    sums = panel.numerator, panel.denominator
    numerator, denominator = (part[~panel.is_treated] for part in sums)
    pooled = difference(divide(numerator.sum(0) - numerator, denominator.sum(0) - denominator))
    pooled = pooled[np.isfinite(pooled)]
    if len(numerator) < 2 or not pooled.size or not np.isfinite(change):
        return None
    return change - float(pooled.max()), change - float(pooled.min())
