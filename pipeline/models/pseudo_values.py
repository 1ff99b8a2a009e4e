"""Sums of job centres for figures that are no ratio of sums, so that few-treated methods see them.

A curve of a group is no mean of its job centres' curves. To first order each job centre adds its
influence to it, so `figure + influence x persons of all / persons of its own` stands for the job
centre's own figure: a pseudo-value (Andersen, Klein and Rosthøj 2003). Weighted by persons their
mean is the group's figure, and those of a share are the job centres' own shares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.models.contrast import Cell
from pipeline.models.inference import JOBCENTRE_CLUSTER, UnitPanel
from pipeline.models.spell_book import SpellBook
from pipeline.models.tally import FloatArray
from pipeline.spec import BEFORE

FitCell = Callable[[frozenset[str], str], Cell]


class PseudoPanels:
    """Panels of one figure in one population."""

    def __init__(self, book: SpellBook, fit_cell: FitCell) -> None:
        """Takes the spells, and what fits the figure of a group of job centres in a period."""
        self._book = book
        self._fit_cell = fit_cell

    def build(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """Job centres in the year before and in a phase; None where the rest has no figure.

        Args:
            treated: job centres that took part; they come first, in this order.
            rest: job centres to compare with; those without persons are left out.
            phase: the window set against the year before.
            is_pooled: whether those that took part are looked at together: each then has a
                pseudo-value of their common figure, and by itself its own figure.
        """
        together = [frozenset(treated)] if is_pooled else [frozenset({unit}) for unit in treated]
        groups = [*together, rest]
        sums = np.concatenate(
            [
                np.stack([self._list_values(group, period) for period in (BEFORE, phase)], axis=1)
                for group in groups
            ]
        )
        names = [unit for group in groups for unit in sorted(group)]
        order = [names.index(unit) for unit in (*treated, *sorted(rest))]
        numerator, persons = np.moveaxis(sums[order], 2, 0)
        is_treated = np.arange(len(order)) < len(treated)
        kept = is_treated | (persons.sum(1) > 0)
        if np.isnan(numerator[kept & ~is_treated]).any():
            return None
        denominator = np.where(np.isnan(numerator), 0.0, persons)
        units = tuple(names[place] for place, is_kept in zip(order, kept, strict=True) if is_kept)
        return UnitPanel(
            units,
            np.nan_to_num(numerator)[kept],
            denominator[kept],
            persons[kept],
            persons[kept],
            is_treated[kept],
        )

    def _list_values(self, group: frozenset[str], period: str) -> FloatArray:
        """Of each job centre of a group, by name: pseudo-value times persons, and persons."""
        names = sorted(group)
        persons = np.array([self._book.count_persons(unit, period) for unit in names], np.float64)
        cell = self._fit_cell(group, period)
        if cell.mean is None:
            return np.stack([np.full(len(names), np.nan), persons], axis=1)
        influence = cell.influences[JOBCENTRE_CLUSTER]
        added = dict(zip(influence.clusters.tolist(), influence.values.tolist(), strict=True))
        numbers = [self._book.numbers.get(unit, -1) for unit in names]
        own = np.array([added.get(number, 0.0) for number in numbers])
        return np.stack([cell.mean * persons + own * persons.sum(), persons], axis=1)
