"""Parametric durations of groups as if each held the same mix of persons.

Covariates shift all spells of the rest of the country alike, in both years; a group has a level and
a shape of its own beside these shifts. Its figure is that of the mix of all spells, so that groups
do not differ by who is in them (decision 0039).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from scipy import sparse

from pipeline.models.contrast import Cell
from pipeline.models.covariates import Combinations
from pipeline.models.duration_fits import (
    HORIZON,
    MEAN,
    MEDIAN,
    NO_FINITE_MEAN,
    RESTRICTED_MEAN,
    Place,
    choose_start,
    count_events,
)
from pipeline.models.durations.climb import Height, climb
from pipeline.models.durations.families import FAMILY_NAMES, GENERALISED_GAMMA, choose_family
from pipeline.models.durations.family import Family
from pipeline.models.durations.likelihood import Likelihood, Sparse, score_kinds
from pipeline.models.durations.mixtures import (
    MixMeasure,
    mix_mean,
    mix_median,
    mix_restricted_mean,
    mix_survival,
)
from pipeline.models.durations.parametric import fit_family
from pipeline.models.durations.spells import Spells
from pipeline.models.spell_book import SpellBook, SpellGroup
from pipeline.models.tally import FloatArray, add_up, merge_influences
from pipeline.spec import BEFORE, INTERVENTION, name_survival

# With as many parameters the likelihood of the generalised gamma is flat.
ADJUSTED_FAMILIES = tuple(name for name in FAMILY_NAMES if name != GENERALISED_GAMMA.name)
MIX_SUMMARIES: dict[str, MixMeasure] = {
    MEAN: mix_mean,
    MEDIAN: mix_median,
    RESTRICTED_MEAN: mix_restricted_mean(HORIZON),
}


@dataclass(frozen=True)
class _Shifts:
    """What covariates do to the location of a spell, in the rest of the country.

    Attributes:
        design: combinations x b, what a combination's shift is the sum of.
        values: b shifts.
        influences: of each group of the rest, kinds x b: what one spell adds to their errors.
    """

    design: FloatArray
    values: FloatArray
    influences: tuple[FloatArray, ...]


@dataclass(frozen=True)
class _Level:
    """A group's own parameters beside the shifts.

    Attributes:
        family: with the pieces that the group's spells have, where there are pieces.
        local: combinations x k parameters.
        inverse: k x k inverse of the information.
        scores: kinds x k of the group's own spells.
        pull: k x b, by how much the scores fall as the shifts grow.
    """

    family: Family
    local: FloatArray
    inverse: FloatArray
    scores: FloatArray
    pull: FloatArray


class AdjustedFits:
    """One family in one population and sampling, with covariates, fitted to each group by itself.

    Nobody's figures depend on who else is looked at but the rest of the country: it tells the
    shifts, and the mix is that of all job centres.
    """

    def __init__(
        self,
        book: SpellBook,
        name: str,
        combinations: Combinations,
        rest: frozenset[str],
        survival_weeks: Sequence[int] = (),
    ) -> None:
        """Takes what is fitted to what.

        Args:
            book: spells by combination.
            name: of the family.
            combinations: of covariates.
            rest: job centres that tell what covariates do.
            survival_weeks: when the share that still waits is asked for.
        """
        self._book = book
        self._measures = MIX_SUMMARIES | {
            name_survival(weeks): mix_survival(weeks) for weeks in survival_weeks
        }
        self._name = name
        self._combinations = combinations
        self._rest = [book.group(rest, period) for period in (BEFORE, INTERVENTION)]
        self._levels: dict[Place, _Level | None] = {}
        self._cells: dict[tuple[str, Place], Cell] = {}

    def fit_cell(self, summary: str, place: Place) -> Cell:
        """A summary of the durations at a place, if it held the mix of all."""
        if (summary, place) not in self._cells:
            self._cells[summary, place] = self._measure(summary, place)
        return self._cells[summary, place]

    def _measure(self, summary: str, place: Place) -> Cell:
        group = self._book.group(*place)
        n_events = count_events(group)
        if place not in self._levels:
            self._levels[place] = self._fit_level(group)
        level, shifts = self._levels[place], self._shifts
        if level is None or shifts is None:
            lack = f"{self._name_lack(n_events)}; durations unknown"
            return Cell(None, {}, group.persons, n_events, lack)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            mixed = self._measures[summary](level.family, level.local, self._mix)
        if not np.isfinite(mixed.value):
            return Cell(None, {}, group.persons, n_events, NO_FINITE_MEAN)
        step = level.inverse @ mixed.slopes.sum(axis=0)
        moved = mixed.slopes @ _list_moved(level.family)
        by_shift = shifts.design.T @ moved - level.pull.T @ step
        parts = [group.influences(level.scores @ step)] + [
            rest.influences(influence @ by_shift)
            for rest, influence in zip(self._rest, shifts.influences, strict=True)
        ]
        return Cell(mixed.value, merge_influences(parts), group.persons, n_events)

    def _name_lack(self, n_events: int) -> str:
        if n_events == 0:
            return "no measure start"
        if self._shifts is None:
            return "the rest of the country does not tell what covariates do"
        return "the model did not converge"

    @cached_property
    def _mix(self) -> FloatArray:
        """The share of each combination among the spells of both years in all job centres."""
        everywhere = frozenset(self._book.numbers)
        both = [self._book.group(everywhere, period) for period in (BEFORE, INTERVENTION)]
        spells = _place_by_combination(both, self._combinations)
        n_spells = spells.n_spells.reshape(len(both), -1).sum(axis=0)
        return np.asarray(n_spells / n_spells.sum())

    @cached_property
    def _shifts(self) -> _Shifts | None:
        """None where the rest has no event in a year, or the model cannot be fitted."""
        if not all(count_events(group) for group in self._rest):
            return None
        spells = _place_by_combination(self._rest, self._combinations)
        n_years = len(self._rest)
        design = self._combinations.design(spells.n_events.reshape(n_years, -1).sum(axis=0))
        years = np.kron(np.eye(n_years), np.ones((design.shape[0], 1)))
        location = sparse.csr_array(np.hstack([years, np.tile(design, (n_years, 1))]))
        family = choose_family(self._name, spells)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            fit = fit_family(spells, family, location, choose_start(family, spells))
        if fit is None:
            return None
        chosen = slice(n_years, n_years + design.shape[1])
        influence = np.asarray(fit.kind_scores @ fit.inverse[:, chosen])
        ends = np.cumsum([group.spells.weight.size for group in self._rest])[:-1]
        return _Shifts(design, fit.theta[chosen], tuple(np.split(influence, ends)))

    def _fit_level(self, group: SpellGroup) -> _Level | None:
        shifts = self._shifts
        if shifts is None or count_events(group) == 0:
            return None
        spells = _place_by_combination([group], self._combinations)
        family = choose_family(self._name, spells)
        k = len(family.parameters)
        shift = shifts.design @ shifts.values
        maps = _build_maps(family, shifts.design)
        likelihood = Likelihood(family, spells, maps, np.ones(spells.n_cells, bool))

        def evaluate(own: FloatArray) -> Height:
            at = likelihood.evaluate(np.concatenate([own, shifts.values]))
            return Height(at.log_likelihood, at.slope[:k], at.information[:k, :k])

        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            own = climb(evaluate, choose_start(family, spells, shift[spells.cell]))
        if own is None:
            return None
        theta = np.concatenate([own, shifts.values])
        local = likelihood.localise(theta)
        if not family.find_sound(local[np.unique(spells.cell)]).all():
            return None
        information = likelihood.evaluate(theta).information
        return _Level(
            family,
            local,
            np.asarray(np.linalg.inv(information[:k, :k])),
            score_kinds(family, spells, local),
            information[:k, k:],
        )


def _place_by_combination(groups: Sequence[SpellGroup], combinations: Combinations) -> Spells:
    """Spells with a cell for each group and combination, whose kinds are those of the groups."""
    n_each = combinations.values.height
    cells = combinations.values.height * len(groups)
    cell = np.concatenate(
        [number * n_each + group.combination for number, group in enumerate(groups)]
    )
    columns = [group.spells for group in groups]
    entry, duration, weight = (
        np.concatenate([getattr(each, name) for each in columns]).astype(np.float64)
        for name in ("entry", "duration", "weight")
    )
    event = np.concatenate([each.cause >= 0 for each in columns]).astype(np.float64)
    return Spells(
        pl.DataFrame({"cell": range(cells)}),
        add_up(cell, weight, cells).astype(np.int64),
        add_up(cell, weight * event, cells).astype(np.int64),
        np.full(cells, np.nan),
        cell,
        entry,
        duration,
        event,
        weight,
        np.zeros(0, np.int64),
        np.zeros(0),
    )


def _list_moved(family: Family) -> FloatArray:
    """Of each parameter of a cell whether a shift of its location moves it, 1 or 0."""
    moved = np.full(len(family.parameters), float(family.adds_shape))
    moved[0] = 1.0
    return moved


def _build_maps(family: Family, design: FloatArray) -> tuple[Sparse, ...]:
    """Combinations x (k + b) for each parameter: a group's own, and the shifts where they count."""
    own = np.eye(len(family.parameters))
    return tuple(
        sparse.csr_array(np.hstack([np.tile(row, (design.shape[0], 1)), moved * design]))
        for row, moved in zip(own, _list_moved(family), strict=True)
    )
