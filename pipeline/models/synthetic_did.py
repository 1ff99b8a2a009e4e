"""Synthetic difference in differences: a second opinion that leans less on parallel trends."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]

# The placebo draws of the standard error; the estimate itself is not drawn.
_DRAWS = 100
_SEED = 1


@dataclass(frozen=True)
class Opinion:
    """An effect, and the spread of the same estimator over placebo programmes.

    Attributes:
        effect: in the unit of the outcome.
        std_error: standard deviation over placebo programmes of as many comparison units; None
            where there are no more comparison than treated units. It is the same for a large unit
            and for a small one, so it is no base for an interval of a single unit.
    """

    effect: float
    std_error: float | None


def fit_synthetic_did(treated: FloatArray, comparison: FloatArray, n_before: int) -> Opinion | None:
    """The effect on the treated, against units and periods weighted to match them before.

    Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021, American Economic Review 111, 4088-4118,
    algorithms 1 and 4, as `diff-diff` has them.

    Args:
        treated: outcome by unit (rows) and period; every value known.
        comparison: the same for the units they are compared with.
        n_before: number of periods before the start, which come first.

    Returns:
        None where there is too little to weigh: fewer than two periods before, none after, or
        fewer than two comparison units.
    """
    n_periods = comparison.shape[1]
    if n_before < 2 or n_before >= n_periods or len(comparison) < 2 or not len(treated):
        return None
    # The package takes two seconds to import, which runs without this outcome need not wait for.
    from diff_diff import SyntheticDiD  # noqa: PLC0415

    outcome = np.concatenate([comparison, treated])
    unit, period = np.indices(outcome.shape)
    frame = pd.DataFrame(
        {
            "unit": unit.ravel(),
            "period": period.ravel(),
            "outcome": outcome.ravel(),
            "treated": (unit.ravel() >= len(comparison)).astype(int),
        }
    )
    with warnings.catch_warnings():
        # It warns where weights match the periods before poorly; a second opinion shows as much.
        warnings.simplefilter("ignore")
        fit = SyntheticDiD(n_bootstrap=_DRAWS, seed=_SEED).fit(
            frame,
            "outcome",
            "treated",
            "unit",
            "period",
            post_periods=list(range(n_before, n_periods)),
        )
    std_error = float(fit.se)
    return Opinion(
        float(fit.att), std_error if math.isfinite(std_error) and std_error > 0 else None
    )
