"""Placebo programmes: comparison units drawn as if they had been the participating ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb

import numpy as np

from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.pooled import assess_pooled, score_units
from pipeline.models.inference.ranks import find_critical, rank_statistics
from pipeline.models.inference.ratios import difference, divide
from pipeline.models.inference.result import (
    CR3,
    RANDOMIZATION_T,
    SEED,
    Inference,
    Refusal,
    state_interval,
)
from pipeline.models.tally import FloatArray, IntArray

N_PROGRAMMES = 1999
Standardise = Callable[[IntArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Programmes:
    """Placebo programmes of one panel, all of the size of the real one.

    Attributes:
        comparison: the panel without its treated units.
        members: numbers of the drawn units, one row per programme, in drawn order.
    """

    comparison: UnitPanel
    members: IntArray


def draw_programmes(panel: UnitPanel, n_programmes: int = N_PROGRAMMES) -> Programmes | Refusal:
    """As many comparison units as took part, in every way if there are few ways, else drawn.

    Drawn with a fixed seed: the same panel gives the same programmes. Only units with a change
    are drawn; all stay in the comparison of the programmes that they are not in.

    Args:
        panel: without leading axes.
        n_programmes: how many are drawn.
    """
    comparison = _drop_treated(panel)
    known = np.flatnonzero(comparison.is_known)
    size = int((panel.is_treated & panel.is_known).sum())
    if size == 0 or known.size <= size:
        what = f"{known.size} comparison units with both periods"
        return Refusal(f"{what}; a placebo programme of {size} units leaves nobody to compare with")
    return Programmes(comparison, known[_choose(known.size, size, n_programmes)])


def randomize_pooled(panel: UnitPanel, programmes: Programmes, method: str) -> Inference | Refusal:
    """The rank of the pooled effect, or of its jackknife t, among the placebo programmes'.

    The interval holds every effect that, taken off, leaves a rank above 5 %.

    Args:
        panel: without leading axes.
        programmes: drawn from it.
        method: `randomization` or `randomization_t`.
    """
    count = len(programmes.comparison.units)
    is_member = np.zeros((len(programmes.members), count), dtype=bool)
    np.put_along_axis(is_member, programmes.members, values=True, axis=1)
    placebo, own = score_units(programmes.comparison.treat(is_member)), score_units(panel)
    spread = float(np.sqrt(np.nanmean(placebo.effect**2)))
    if not spread > 0:
        return Refusal("no variation between the placebo programmes")
    std_error, placebo_scale = spread, np.full_like(placebo.effect, spread)
    if method == RANDOMIZATION_T:
        if not own.is_identified:
            return Refusal("one treated cluster: its effect has no standard error of its own")
        std_error, placebo_scale = float(assess_pooled(own, CR3)[0]), assess_pooled(placebo, CR3)[0]
    statistics = divide(np.abs(placebo.effect), placebo_scale)
    effect = float(own.effect)
    p_value = float(rank_statistics(np.array([abs(effect) / std_error]), statistics)[0])
    margin = float(find_critical(statistics)) * std_error
    return state_interval(effect, std_error, margin, p_value)


def standardise_programmes(programmes: Programmes, standardise: Standardise) -> FloatArray:
    """The placebo t of every drawn unit, `(programmes, units in one)`.

    Each unit stands against the comparison units outside its programme, so the units of one
    programme share what their comparison does, as the participating ones do.

    Args:
        programmes: of one panel.
        standardise: gives the statistics of some of its comparison units, by their numbers, where
            those outside changed by a given amount.
    """
    sums = programmes.comparison.numerator, programmes.comparison.denominator
    outside = [part.sum(0) - part[programmes.members].sum(1) for part in sums]
    return standardise(programmes.members, difference(divide(*outside))[:, None])


def _drop_treated(panel: UnitPanel) -> UnitPanel:
    kept = ~panel.is_treated
    return UnitPanel(
        tuple(unit for unit, is_kept in zip(panel.units, kept, strict=True) if is_kept),
        panel.numerator[kept],
        panel.denominator[kept],
        panel.persons[kept],
        panel.exposure[kept],
        panel.is_treated[kept],
    )


@cache
def _choose(count: int, size: int, n_rows: int) -> IntArray:
    """Numbers below `count`, `size` of them without repetition in each row."""
    if comb(count, size) <= n_rows:
        return np.array(list(combinations(range(count), size)), dtype=np.int64)
    order = np.random.default_rng(SEED).random((n_rows, count))
    return np.argsort(order, axis=1)[:, :size]
