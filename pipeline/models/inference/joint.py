"""Several units looked at together: adjusted p-values and simultaneous intervals."""

from __future__ import annotations

import numpy as np

from pipeline.models.inference.ranks import rank_statistics
from pipeline.models.tally import FloatArray


def adjust_stepdown(statistics: FloatArray, draws: FloatArray, p_values: FloatArray) -> FloatArray:
    """P-values that keep the chance of any false finding among the units at the level.

    The largest statistic is held against the draws' maxima over all units, the next one against
    those over the units that are left, and so on; none is below the one before, nor below the
    unit's own p-value.

    Source: Romano and Wolf (2005), Journal of the American Statistical Association 100(469).

    Args:
        statistics: absolute values, one per unit.
        draws: of the same statistics under the null, one row per draw, one column per unit.
        p_values: of each unit by itself.
    """
    order = np.argsort(-statistics, kind="stable")
    adjusted = np.empty(statistics.shape)
    reached = 0.0
    for place, unit in enumerate(order):
        maxima = draws[:, order[place:]].max(axis=1)
        own = float(rank_statistics(statistics[[unit]], maxima)[0])
        reached = max(reached, own, float(p_values[unit]))
        adjusted[unit] = reached
    return adjusted


def adjust_single_step(
    statistics: FloatArray, draws: FloatArray, p_values: FloatArray
) -> FloatArray:
    """P-values from the draws' maxima over all units: those of the simultaneous intervals."""
    return np.maximum(rank_statistics(statistics, draws.max(axis=1)), p_values)


def adjust_holm(p_values: FloatArray) -> FloatArray:
    """P-values after Holm (1979): valid whatever the units have in common.

    Args:
        p_values: one per unit.
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(order.size, 0, -1)
    adjusted = np.empty(p_values.shape)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1.0)
    return adjusted
