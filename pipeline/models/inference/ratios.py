"""Ratios of sums, and their changes."""

from __future__ import annotations

import numpy as np

from pipeline.models.tally import FloatArray


def difference(pairs: FloatArray) -> FloatArray:
    """During minus before, from a last axis of the two."""
    change: FloatArray = pairs[..., 1] - pairs[..., 0]
    return change


def divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """The ratio; NaN where the denominator is zero: such a mean is unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: FloatArray = np.where(denominator > 0, numerator / denominator, np.nan)
    return ratio
