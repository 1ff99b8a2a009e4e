"""A statistic among those of the comparison units: p-value and critical value."""

from __future__ import annotations

import numpy as np

from pipeline.models.inference.result import CONFIDENCE
from pipeline.models.tally import FloatArray

# Statistics that are equal but for rounding are equal.
_ROUNDING = 1e-9


def rank_statistics(statistics: FloatArray, placebos: FloatArray) -> FloatArray:
    """The p-value of each statistic: its rank from above among the placebos and itself.

    It is never below `1 / (placebos + 1)`.

    Args:
        statistics: absolute values, `(..., tested)`.
        placebos: absolute values, `(..., comparison)`; NaN is left out.

    Returns:
        `(..., tested)`; NaN where the statistic is.
    """
    known = np.isfinite(placebos)
    # NaN is below everything.
    above = placebos[..., None, :] >= (statistics * (1 - _ROUNDING))[..., None]
    p_values = (1 + above.sum(-1)) / (1 + known.sum(-1))[..., None]
    return np.where(np.isnan(statistics), np.nan, p_values)


def find_critical(placebos: FloatArray) -> FloatArray:
    """The value above which a statistic has a p-value of at most 5 %.

    With fewer than 19 placebos no rank is that small: infinite.
    """
    if not placebos.shape[-1]:
        return np.full(placebos.shape[:-1], np.inf)
    counts = np.isfinite(placebos).sum(-1, keepdims=True)
    # The small number keeps 0.05 * 20 from being 0.99999.
    place = np.floor((1 - CONFIDENCE) * (counts + 1) + _ROUNDING).astype(np.int64)
    descending = -np.sort(np.where(np.isfinite(placebos), -placebos, np.inf), axis=-1)
    found = np.take_along_axis(descending, np.maximum(place - 1, 0), -1)
    critical: FloatArray = np.where(place > 0, found, np.inf)[..., 0]
    return critical
