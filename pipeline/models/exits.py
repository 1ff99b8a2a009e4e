"""Ways out of the benefit: the share that has taken them within 52 weeks, and the effect on it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import polars as pl

from pipeline.codes import list_ways_out
from pipeline.models.cell_model import CellModel
from pipeline.models.comparison import Comparison
from pipeline.models.contrast import Cell
from pipeline.models.effect import Question, fit_effects
from pipeline.models.estimate import Estimates, combine_estimates
from pipeline.models.incidence import Incidence
from pipeline.models.pseudo_values import PseudoPanels
from pipeline.models.spell_book import SpellBook, SpellGroup
from pipeline.models.tally import IntArray
from pipeline.spec import Study, name_model

MODEL_NAME = "aalen_johansen"
HORIZON = 52


def fit_exits(study: Study, spells: pl.DataFrame, comparisons: Sequence[Comparison]) -> Estimates:
    """The share that has left within 52 weeks, by unit and phase, for each way out.

    The model `aalen_johansen` is of the ways out that the outcome counts, together;
    `aalen_johansen.education` and the like are of one.

    Args:
        study: names the phases, populations and outcomes.
        spells: one row per part of a stay and window: `population, sampling, period, person_id,
            jobcentre, entry_weeks, duration_weeks, way_out`; any order.
        comparisons: who is compared with whom.
    """
    parts = []
    for outcome, population in product(list_exit_outcomes(study), study.populations):
        sampling = study.outcomes[outcome].sampling
        exits = Exits(spells, population, sampling)
        counted = {"": study.outcomes[outcome].any_of}
        counted |= {f".{way}": (way,) for way in list_ways_out()}
        for suffix, ways in counted.items():
            name = name_model(MODEL_NAME + suffix, sampling)
            question = Question(study, population, outcome, name)
            fit_cell = ExitCells(exits, ways).fit
            # Of a single way out nobody asks what each job centre is like.
            panels = None if suffix else PseudoPanels(exits.book, fit_cell)
            parts.append(fit_effects(question, CellModel(fit_cell, panels), comparisons))
    return combine_estimates(parts)


def list_exit_outcomes(study: Study) -> list[str]:
    """The study's outcomes that are about ways out."""
    return [name for name, outcome in study.outcomes.items() if outcome.kind == "exits"]


def number_ways(ways_out: Sequence[str]) -> IntArray:
    """The numbers of some ways out, as `Exits` numbers them."""
    return np.array([list_ways_out().index(way) for way in ways_out], dtype=np.int64)


class Exits:
    """The stays of one population and sampling; each group's incidence is fitted once."""

    def __init__(self, spells: pl.DataFrame, population: str, sampling: str) -> None:
        """Takes the stays of every population and sampling, in any order."""
        numbers = {way: number for number, way in enumerate(list_ways_out())}
        chosen = (pl.col("population") == population) & (pl.col("sampling") == sampling)
        cause = pl.col("way_out").replace_strict(numbers, return_dtype=pl.Int64).fill_null(-1)
        self.book = SpellBook(spells.filter(chosen).with_columns(cause=cause))
        self._fitted: dict[tuple[frozenset[str], str], Incidence] = {}

    def group(self, jobcentres: frozenset[str], period: str) -> SpellGroup:
        """The stays of a group of job centres in a period."""
        return self.book.group(jobcentres, period)

    def fit(self, jobcentres: frozenset[str], period: str) -> Incidence:
        """The incidence of every way out in a group, up to 52 weeks."""
        key = (jobcentres, period)
        if key not in self._fitted:
            self._fitted[key] = Incidence(self.group(*key).spells, len(list_ways_out()), HORIZON)
        return self._fitted[key]


class ExitCells:
    """The share of a group that has left by some ways out within 52 weeks."""

    def __init__(self, exits: Exits, ways_out: Sequence[str]) -> None:
        """Takes the stays, and the ways out that count."""
        self._exits = exits
        self._causes = number_ways(ways_out)

    def fit(self, jobcentres: frozenset[str], period: str) -> Cell:
        """The share in a group of job centres and a period."""
        group = self._exits.group(jobcentres, period)
        fitted = self._exits.fit(jobcentres, period)
        counted = np.isin(group.spells.cause, self._causes)
        n_events = int(group.spells.weight[counted].sum())
        if fitted.n_weeks_followed < HORIZON:
            lack = f"nobody is followed in some of the first {HORIZON} weeks; share unknown"
            return Cell(None, {}, group.persons, n_events, lack)
        share = float(fitted.incidence[self._causes, HORIZON].sum())
        influences = group.influences(fitted.influence(self._causes, HORIZON))
        return Cell(share, influences, group.persons, n_events)
