"""How chance grows with a mean, where the kind of outcome tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.models.inference.ratios import divide
from pipeline.models.tally import FloatArray
from pipeline.spec import DURATION_KINDS


@dataclass(frozen=True)
class Law:
    """What chance does to the mean of a unit, told on the scale on which what is counted adds up.

    That is the share itself, and for weeks the rate of starts a week at risk. There the sampling
    variance is the slope over the exposure.

    Attributes:
        rate: of a mean, on that scale; its own inverse.
        slope: of a rate in its log odds or its logarithm: what a shock does to it that is equal on
            that scale.
        stretch: what a small change of the rate does to the mean, without its sign.
        fit: the mean before that both periods fit best if the mean changed by a given amount, from
            numerators and denominators `(..., 2)` and that change: what was counted adds up.
    """

    rate: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    stretch: Callable[[FloatArray], FloatArray]
    fit: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def _fit_share(numerator: FloatArray, denominator: FloatArray, change: FloatArray) -> FloatArray:
    moved = numerator.sum(-1) - change * denominator[..., 1]
    return divide(moved, denominator.sum(-1))


def _fit_weeks(numerator: FloatArray, denominator: FloatArray, change: FloatArray) -> FloatArray:
    """Of `x_b / m + x_d / (m + change) = starts` the root that leaves both means above zero."""
    before, during = numerator[..., 0], numerator[..., 1]
    starts = denominator.sum(-1)
    half = starts * change - before - during
    root = np.sqrt((starts * change + before - during) ** 2 + 4 * before * during)
    return divide(root - half, 2 * starts)


SHARES = Law(
    rate=lambda share: share,
    slope=lambda share: share * (1 - share),
    stretch=np.ones_like,
    fit=_fit_share,
)
WEEKS = Law(
    rate=lambda weeks: divide(np.ones_like(weeks), weeks),
    slope=lambda rate: rate,
    stretch=lambda weeks: weeks**2,
    fit=_fit_weeks,
)
_LAWS = {"share": SHARES, **dict.fromkeys(DURATION_KINDS, WEEKS)}


def find_law(kind: str) -> Law | None:
    """The law of a kind of outcome; None where its mean does not tell its variance, as of hours."""
    return _LAWS.get(kind)
