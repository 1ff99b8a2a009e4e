"""Hazards as ratios to the rest of the country in the year before, by Cox.

A unit and the rest, each in the year before and during, share one baseline hazard by weeks of a
duration; three of the four have a ratio to the rest before. Its logarithm is what is printed, so
that differences are those of ratios, and the effect, the coefficient of unit times during, is the
logarithm of the ratio of ratios (Therneau and Grambsch, Modeling Survival Data, 2000, chapter 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.models.cell_model import CellModel
from pipeline.models.comparison import Comparison
from pipeline.models.contrast import Cell, Change, Contrast
from pipeline.models.duration_fits import Place, count_events
from pipeline.models.durations.cox import CoxFit, fit_cox
from pipeline.models.durations.spells import Spells
from pipeline.models.inference import UnitPanel
from pipeline.models.pseudo_values import PseudoPanels
from pipeline.models.spell_book import SpellBook, SpellGroup
from pipeline.models.tally import FloatArray, Influence, add_up, merge_influences
from pipeline.spec import BEFORE

_NO_EVENT = "no measure start; hazard ratio unknown"
_NO_FIT = "the model did not converge; hazard ratio unknown"


class HazardRatios(CellModel):
    """Logarithms of hazard ratios in one population and sampling.

    A unit's levels come from its own comparison, and the rest's from the rest alone: nobody's
    figures depend on who else is looked at.
    """

    def __init__(self, book: SpellBook, *, looks_at_units: bool = False) -> None:
        """Takes the spells, and whether the methods that look at each job centre are asked."""
        self._book = book
        self._looks_at_units = looks_at_units
        self._fitted: dict[tuple[Place, ...], _Ratios] = {}

    def fit_contrast(self, comparison: Comparison, phase: str) -> Contrast:
        """A unit against the rest, the year before against a phase."""
        unit = [(comparison.treated, period) for period in (BEFORE, phase)]
        rest = [(comparison.rest, period) for period in (BEFORE, phase)]
        ratios = self._fit(rest[0], *unit, rest[1])
        return Contrast(
            Change(*(ratios.tell({place: 1}) for place in unit)),
            Change(*(ratios.tell({place: 1}) for place in rest)),
            ratios.tell({unit[0]: 1, rest[1]: 1}),
            is_logarithm=True,
        )

    def fit_change(self, jobcentres: frozenset[str], phase: str) -> Change:
        """A group of job centres by itself: a phase against its own year before."""
        places = [(jobcentres, period) for period in (BEFORE, phase)]
        ratios = self._fit(*places)
        return Change(*(ratios.tell({place: 1}) for place in places))

    def build_panel(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """Job centres in the year before and in a phase.

        A job centre of several has a pseudo-value: to first order what the events it had beyond
        those expected of it make of the common ratio.
        """
        if not self._looks_at_units:
            return None

        def fit_cell(jobcentres: frozenset[str], period: str) -> Cell:
            own = [(jobcentres, each) for each in (BEFORE, phase)]
            others = [(rest, each) for each in (BEFORE, phase)]
            ratios = self._fit(others[0], *own, others[1]) if jobcentres != rest else None
            return (ratios or self._fit(*own)).place((jobcentres, period))

        return PseudoPanels(self._book, fit_cell).build(treated, rest, phase, is_pooled=is_pooled)

    def _fit(self, *places: Place) -> _Ratios:
        """The ratios of all places to the first."""
        if places not in self._fitted:
            groups = {place: self._book.group(*place) for place in places}
            self._fitted[places] = _Ratios(groups, places[0])
        return self._fitted[places]


@dataclass(frozen=True)
class _Ratios:
    """Ratios of groups to one of them; a group without an event has none.

    Attributes:
        groups: by place.
        base: the place whose ratio is 1.
    """

    groups: Mapping[Place, SpellGroup]
    base: Place

    def tell(self, signs: Mapping[Place, int]) -> Cell:
        """The sum of some groups' logarithms, as a cell of the first of them."""
        first = self.groups[next(iter(signs))]
        cell = Cell(None, {}, first.persons, count_events(first))
        lack = self._name_lack([*signs, self.base])
        if lack is not None or self._fit is None:
            # What is expected lacks what the levels say they lack.
            return cell if len(signs) > 1 else replace(cell, lack=lack)
        gradient = sum((signs[place] * self._indicate(place) for place in signs), np.zeros(1))
        influences = self._add_up(self._fit.kind_scores @ (self._fit.inverse @ gradient))
        return replace(cell, mean=float(gradient @ self._fit.theta), influences=influences)

    def place(self, place: Place) -> Cell:
        """One group's logarithm with what its own spells alone add to its error."""
        found = self.tell({place: 1})
        if found.mean is None or self._fit is None:
            return found
        own = self._split(self._fit.residuals)[self._known.index(place)] / found.n_events
        return replace(found, influences=self.groups[place].influences(own))

    @cached_property
    def _known(self) -> list[Place]:
        return [place for place, group in self.groups.items() if count_events(group) > 0]

    @cached_property
    def _fit(self) -> CoxFit | None:
        if self.base not in self._known or len(self._known) < 2:
            return None
        design = np.stack([self._indicate(place) for place in self._known])
        return fit_cox(_join([self.groups[place] for place in self._known]), design)

    def _indicate(self, place: Place) -> FloatArray:
        others = [each for each in self._known if each != self.base]
        return np.array([float(each == place) for each in others])

    def _split(self, values: FloatArray) -> list[FloatArray]:
        sizes = [self.groups[place].spells.weight.size for place in self._known]
        return np.split(values, np.cumsum(sizes)[:-1])

    def _add_up(self, values: FloatArray) -> dict[str, Influence]:
        parts = zip(self._known, self._split(values), strict=True)
        return merge_influences([self.groups[place].influences(part) for place, part in parts])

    def _name_lack(self, places: Sequence[Place]) -> str | None:
        if len(self._known) < 2 or not all(place in self._known for place in places):
            return _NO_EVENT
        return _NO_FIT if self._fit is None else None


def _join(groups: Sequence[SpellGroup]) -> Spells:
    """Groups as the cells of one table of spells."""
    columns = [group.spells for group in groups]
    sizes = np.array([each.weight.size for each in columns])
    cell = np.repeat(np.arange(len(groups)), sizes)
    entry, duration, cause, weight = (
        np.concatenate([getattr(each, name) for each in columns])
        for name in ("entry", "duration", "cause", "weight")
    )
    event = (cause >= 0).astype(np.float64)
    row_kind = np.repeat(np.arange(weight.size), weight)
    return Spells(
        pl.DataFrame({"cell": range(len(groups))}),
        add_up(cell, weight, len(groups)).astype(np.int64),
        add_up(cell, weight * event, len(groups)).astype(np.int64),
        np.array([float(each.duration.max()) for each in columns]),
        cell,
        entry.astype(np.float64),
        duration.astype(np.float64),
        event,
        weight.astype(np.float64),
        row_kind,
        np.ones(row_kind.size),
    )
