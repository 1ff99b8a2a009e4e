"""How chance grows with a mean, where the kind of outcome tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.models.tally import FloatArray
from pipeline.spec import DURATION_KINDS


@dataclass(frozen=True)
class Law:
    """What chance does to the mean of a unit, as a function of that mean.

    Attributes:
        slope: of the mean in its log odds or log rate: what a shock that is equal on that scale
            does to it.
        power: of the slope in the sampling variance at equal exposure.
    """

    slope: Callable[[FloatArray], FloatArray]
    power: int


def _find_share_slope(shares: FloatArray) -> FloatArray:
    return shares * (1 - shares)


def _find_weeks_slope(weeks: FloatArray) -> FloatArray:
    return weeks


# p (1 - p) / n of n persons.
SHARES = Law(_find_share_slope, 1)
# Of expected weeks M at x weeks at risk, which are x / M starts: M^2 / (x / M).
WEEKS = Law(_find_weeks_slope, 3)
_LAWS = {"share": SHARES, **dict.fromkeys(DURATION_KINDS, WEEKS)}


def find_law(kind: str) -> Law | None:
    """The law of a kind of outcome; None where its mean does not tell its variance, as of hours."""
    return _LAWS.get(kind)
