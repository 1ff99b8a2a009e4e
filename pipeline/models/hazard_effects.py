"""The effect on restricted mean weeks under difference in differences of weekly hazards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import product

import polars as pl

from pipeline.models.cell_model import CellModel
from pipeline.models.comparison import Comparison
from pipeline.models.contrast import Cell, Contrast
from pipeline.models.effect import Question, fit_effects
from pipeline.models.estimate import Estimates, combine_estimates
from pipeline.models.hazards import (
    Rule,
    WeeklyHazards,
    band_weeks,
    expect_weeks,
    slope_of_sum,
)
from pipeline.models.incidence import Incidence
from pipeline.models.inference import UnitPanel
from pipeline.models.pseudo_values import PseudoPanels
from pipeline.models.spell_book import SpellBook
from pipeline.models.tally import Influence, merge_influences
from pipeline.spec import (
    BEFORE,
    HAZARD_MODELS,
    INTERVENTION,
    REST_OF_COUNTRY,
    SHORTER_HORIZONS,
    Study,
    name_model,
)

HORIZON = 52
SAMPLINGS = ("flow", "stock_and_flow")
_RULES: tuple[Rule, ...] = ("ratio", "difference")
MODEL_NAMES: dict[Rule, str] = dict(zip(_RULES, HAZARD_MODELS, strict=True))


def fit_hazard_effects(
    study: Study,
    spells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    kind: str = "duration_between_measures",
) -> Estimates:
    """The effect on restricted mean weeks if hazards keep their ratio, or their difference.

    Of spells that begin in a window, one shorter than 52 weeks tells no restricted mean to 52. The
    methods that look at each job centre are asked where the study's tables look. There, a unit that
    tells none in the whole period has one to the longest of `SHORTER_HORIZONS` that it tells.

    Args:
        study: names the phases, populations and outcomes.
        spells: one row per spell and window, as for the durations; any order.
        comparisons: who is compared with whom.
        kind: of the outcomes that these spells are of.
    """
    parts = []
    outcomes = [name for name, outcome in study.outcomes.items() if outcome.kind == kind]
    for population, sampling in product(study.populations if outcomes else (), SAMPLINGS):
        chosen = spells.filter(pl.col("population") == population, pl.col("sampling") == sampling)
        for (rule, name), outcome in product(MODEL_NAMES.items(), outcomes):
            own = study.outcomes[outcome]
            is_shown = (study.population_of(outcome), own.sampling) == (population, sampling)
            model = HazardModel(chosen, rule, looks_at_units=is_shown)
            phases = _list_phases(study, sampling)
            rows = name_model(f"{name}.rmst_{HORIZON}", sampling)
            question = Question(study, population, outcome, rows, phases)
            parts.append(fit_effects(question, model, comparisons))
            if is_shown:
                parts += _fit_shorter(question, model, comparisons)
    return combine_estimates(parts)


def _fit_shorter(
    question: Question, model: HazardModel, comparisons: Sequence[Comparison]
) -> Iterator[Estimates]:
    """The effect of each unit without one, to the longest horizon at which it has one."""
    left = [each for each in comparisons if model.follows(each, INTERVENTION) < HORIZON]
    for horizon in SHORTER_HORIZONS:
        told = [each for each in left if model.follows(each, INTERVENTION) >= horizon]
        left = [each for each in left if each not in told]
        if told:
            name = question.model.replace(f"rmst_{HORIZON}", f"rmst_{horizon}")
            shorter = replace(question, model=name, asked_phases=(INTERVENTION,))
            found = fit_effects(shorter, model.cut(horizon), told)
            # The rest's rows may not depend on who is looked at.
            yield replace(found, rows=found.rows.filter(pl.col("unit") != REST_OF_COUNTRY))


def _list_phases(study: Study, sampling: str) -> tuple[str, ...]:
    """The windows that tell a restricted mean, where the year before does."""
    shortest = HORIZON if sampling == "flow" else 0
    long = [name for name, window in study.windows.items() if window.n_weeks >= shortest]
    return tuple(name for name in long if name != BEFORE) if BEFORE in long else ()


class HazardModel(CellModel):
    """Restricted mean weeks of a group, and what is expected of them without the programme.

    The levels are those of the Kaplan-Meier curve up to the horizon. The effect is the unit's level
    during minus the one that its hazards before and the rest's hazards lead to; it is not the
    difference of the printed differences.
    """

    def __init__(self, spells: pl.DataFrame, rule: Rule, *, looks_at_units: bool = False) -> None:
        """Takes the spells of one population and sampling, in any order, and what is kept."""
        cause = pl.when("has_event").then(0).otherwise(-1)
        self._book = SpellBook(spells.with_columns(cause=cause))
        self._horizon = HORIZON
        self._rule = rule
        self._looks_at_units = looks_at_units
        super().__init__(self.fit_cell)

    def cut(self, horizon: int) -> HazardModel:
        """The same on the same spells, with weeks counted up to another horizon."""
        shorter = copy(self)
        shorter._horizon = horizon
        CellModel.__init__(shorter, shorter.fit_cell)
        return shorter

    def follows(self, comparison: Comparison, phase: str) -> int:
        """The longest horizon up to which the unit and the rest, before and during, are seen."""
        groups = product((comparison.treated, comparison.rest), (BEFORE, phase))
        seen = (Incidence(self._book.group(*each).spells, 1, HORIZON - 1) for each in groups)
        return min(each.n_weeks_followed for each in seen) + 1

    def fit_contrast(self, comparison: Comparison, phase: str) -> Contrast:
        """A unit against the rest, the year before against a phase."""
        unit = self.fit_change(comparison.treated, phase)
        rest = self.fit_change(comparison.rest, phase)
        return Contrast(unit, rest, self._expect(comparison, phase))

    def fit_cell(self, jobcentres: frozenset[str], period: str) -> Cell:
        """The restricted mean of a group in a period."""
        group = self._book.group(jobcentres, period)
        hazards = WeeklyHazards(group.spells, self._horizon)
        n_events = int(group.spells.weight[group.spells.cause == 0].sum())
        if not hazards.is_known:
            lack = f"nobody is followed in some of the first {self._horizon} weeks; weeks unknown"
            return Cell(None, {}, group.persons, n_events, lack)
        influence = hazards.influence(slope_of_sum(hazards.values))
        return Cell(hazards.restricted_mean, group.influences(influence), group.persons, n_events)

    def build_panel(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """Job centres during, and in the place of before what is expected of them during.

        The change is then the effect, and that of the rest is none. A job centre of the rest has
        pseudo-values: to first order what the rest's hazards would lead to expect of its own.
        """
        if not self._looks_at_units:
            return None

        def fit_cell(jobcentres: frozenset[str], period: str) -> Cell:
            if period != BEFORE:
                return self.fit_cell(jobcentres, period)
            expected, parts = self._look_ahead(Comparison("", jobcentres, rest), phase)
            if expected.mean is None:
                return expected
            mean = self.fit_cell(rest, phase).mean if jobcentres == rest else expected.mean
            return replace(expected, mean=mean, influences=parts[0])

        return PseudoPanels(self._book, fit_cell).build(treated, rest, phase, is_pooled=is_pooled)

    def _expect(self, comparison: Comparison, phase: str) -> Cell:
        """What the unit's restricted mean during would have been without the programme."""
        expected, parts = self._look_ahead(comparison, phase)
        return replace(expected, influences=merge_influences(parts) if parts else {})

    def _look_ahead(
        self, comparison: Comparison, phase: str
    ) -> tuple[Cell, list[dict[str, Influence]]]:
        """The same with the influences of the unit before, the rest during and the rest before."""
        before = self._book.group(comparison.treated, BEFORE)
        rest_during = self._book.group(comparison.rest, phase)
        rest_before = self._book.group(comparison.rest, BEFORE)
        bands = band_weeks(Incidence(rest_before.spells, 1, self._horizon - 1))
        if bands is None:
            lack = "the rest has no event before; expected weeks unknown"
            return Cell(None, {}, before.persons, 0, lack), []
        hazards = [
            WeeklyHazards(before.spells, self._horizon),
            *(
                WeeklyHazards(rest.spells, self._horizon, bands)
                for rest in (rest_during, rest_before)
            ),
        ]
        if not all(each.is_known for each in hazards):
            # The levels say so themselves.
            return Cell(None, {}, before.persons, 0), []
        expected = expect_weeks(self._rule, *hazards)
        parts = [
            group.influences(each.influence(slope))
            for group, each, slope in zip(
                (before, rest_during, rest_before), hazards, expected.slopes, strict=True
            )
        ]
        return Cell(expected.weeks, {}, before.persons, 0), parts
