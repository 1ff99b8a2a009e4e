"""Weeks between measures, and to the first: every model and summary, and the effects on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import polars as pl

from pipeline.models.adjusted_fits import ADJUSTED_FAMILIES, AdjustedFits
from pipeline.models.cell_model import CellModel, Panels
from pipeline.models.comparison import Comparison, list_family, list_variants
from pipeline.models.contrast import Cell
from pipeline.models.covariates import combine_covariates
from pipeline.models.duration_fits import (
    MEAN,
    SUMMARIES,
    FamilyFits,
    Place,
)
from pipeline.models.durations.families import FAMILY_NAMES, GENERALISED_GAMMA
from pipeline.models.effect import Question, fit_effects
from pipeline.models.estimate import ESTIMATE_SCHEMA, Estimates, combine_estimates
from pipeline.models.hazard_ratios import HazardRatios
from pipeline.models.inference import WEEKS, UnitPanel
from pipeline.models.kaplan_meier import KaplanMeier
from pipeline.models.pseudo_values import PseudoPanels
from pipeline.models.spell_book import SpellBook
from pipeline.models.tally import TallyBook
from pipeline.models.unit_sums import build_panel
from pipeline.spec import (
    ADJUSTED,
    BEFORE,
    HAZARD_RATIO,
    INTERVENTION,
    Outcome,
    Study,
    name_model,
    name_survival,
    name_variant,
)

SAMPLINGS = ("flow", "stock_and_flow")
KAPLAN_MEIER = "kaplan_meier"
# The mean that anyone can recompute: weeks at risk over events.
_PLAIN = ("exponential", MEAN)


def fit_durations(
    study: Study,
    spells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    kind: str = "duration_between_measures",
    members: pl.DataFrame | None = None,
) -> Estimates:
    """Weeks of one kind of duration under every model, summary, sampling and population.

    The study's own choice, and the mean of the exponential model, have every phase and every unit
    in every population. The others, and the hazard ratio, have the whole period: pooled
    everywhere, single units in the population and sampling that the study shows (the generalised
    gamma, which asks more of the data than one job centre has, pooled alone). Weeks are weeks,
    shares still waiting are 0 to 1, and hazard ratios are logarithms.

    Where an outcome names covariates the same stand once more as if every group held the same mix
    of them, pooled alone but for the study's own choice and the exponential mean, and without the
    generalised gamma.

    Args:
        study: names the phases, populations and outcomes.
        spells: one row per spell and window: `population, sampling, period, person_id, jobcentre,
            entry_weeks, duration_weeks, has_event`; any order.
        comparisons: who is compared with whom.
        kind: of the outcomes that these spells are of.
        members: `population, person_id` and the covariates; None where no outcome names any.
    """
    outcomes = [name for name, outcome in study.outcomes.items() if outcome.kind == kind]
    parts: list[Estimates] = []
    for outcome, population, sampling in product(outcomes, study.populations, SAMPLINGS):
        chosen = (pl.col("population") == population) & (pl.col("sampling") == sampling)
        asked = _Asked(study, population, outcome, sampling, tuple(comparisons))
        own = spells.filter(chosen)
        parts += _fit_all(asked, own)
        if members is not None and study.outcomes[outcome].covariates:
            parts += _fit_adjusted(asked, own, members.filter(population=population))
    return combine_estimates(parts)


@dataclass(frozen=True)
class _Asked:
    """One outcome in one population and sampling."""

    study: Study
    population: str
    outcome: str
    sampling: str
    comparisons: tuple[Comparison, ...]

    def is_full(self, model: str, summary: str) -> bool:
        """Whether every phase and every unit is asked for."""
        return (model, summary) in (_PLAIN, (self.own.model, self.own.summary))

    @property
    def own(self) -> Outcome:
        """The outcome as the study words it."""
        return self.study.outcomes[self.outcome]

    @property
    def summaries(self) -> tuple[str, ...]:
        """Of every parametric model; the curve has no mean."""
        return (*SUMMARIES, *map(name_survival, self.own.survival_weeks))

    def looks_at_units(self, model: str, summary: str) -> bool:
        """Whether the methods that look at each job centre are asked."""
        is_printed = self.is_shown and model == KAPLAN_MEIER and summary in self.summaries[3:]
        return is_printed or self.is_full(model, summary)

    @property
    def is_shown(self) -> bool:
        """Whether the study's tables look at this population and sampling."""
        is_sampled = self.sampling == self.own.sampling
        return is_sampled and self.population == self.study.population_of(self.outcome)

    def ask(self, model: str, summary: str, *, is_adjusted: bool = False) -> Question:
        """What the rows of a model and summary answer."""
        name = name_model(model if summary == MEAN else f"{model}.{summary}", self.sampling)
        if is_adjusted:
            name = name_variant(name, ADJUSTED)
        place = (self.study, self.population, self.outcome)
        if self.is_full(model, summary):
            return Question(*place, name)
        shows_units = self.is_shown and not is_adjusted and model != GENERALISED_GAMMA.name
        return Question(*place, name, (INTERVENTION,), not shows_units)

    def list_places(self, model: str) -> list[Place]:
        """Where any summary of a model is asked for."""
        questions = [self.ask(model, summary) for summary in SUMMARIES]
        phases = {phase: None for question in questions for phase in question.phases}
        treated = [
            each.treated
            for each in self.comparisons
            if each.is_pooled or not all(question.is_pooled_only for question in questions)
        ]
        groups = [self.comparisons[0].rest, *treated]
        if any(question.is_headline for question in questions):
            for each in list_variants(self.study, self.comparisons).values():
                groups += [each.treated, each.rest]
        if any(self.is_full(model, summary) for summary in SUMMARIES):
            family = list_family(self.study, self.comparisons)
            groups += [frozenset(family), *(frozenset({unit}) for unit in family)]
        return list(dict.fromkeys(product(groups, (BEFORE, *phases))))


def _open_book(spells: pl.DataFrame) -> SpellBook:
    return SpellBook(spells.with_columns(cause=pl.when("has_event").then(0).otherwise(-1)))


def _fit_all(asked: _Asked, spells: pl.DataFrame) -> Iterator[Estimates]:
    book = _open_book(spells)
    curves = KaplanMeier(book)
    for name in FAMILY_NAMES:
        fits = FamilyFits(book, name, asked.list_places(name), asked.own.survival_weeks)
        for summary in asked.summaries:
            yield _fit_one(asked, spells, book, (name, summary), fits.fit_cell)
    for summary in asked.summaries[1:]:
        yield _fit_one(asked, spells, book, (KAPLAN_MEIER, summary), curves.fit_cell)
    ratios = HazardRatios(book, looks_at_units=asked.is_shown)
    yield fit_effects(asked.ask(*HAZARD_RATIO.split(".")), ratios, asked.comparisons)


def _fit_adjusted(
    asked: _Asked, spells: pl.DataFrame, members: pl.DataFrame
) -> Iterator[Estimates]:
    placed, combinations = combine_covariates(spells, members, asked.own.covariates)
    book = _open_book(placed)
    for name in ADJUSTED_FAMILIES:
        rest, weeks = asked.comparisons[0].rest, asked.own.survival_weeks
        fits = AdjustedFits(book, name, combinations, rest, weeks)
        for summary in asked.summaries:
            question = asked.ask(name, summary, is_adjusted=True)
            fit_cell = partial(_fit_at, fits.fit_cell, summary)
            is_full = asked.is_full(name, summary)
            panels = PseudoPanels(book, fit_cell) if is_full else None
            yield fit_effects(question, CellModel(fit_cell, panels), asked.comparisons)
    if asked.is_shown:
        place = f"all, all ({asked.population}, {asked.outcome}, {ADJUSTED})"
        lacks = tuple(f"{place}: {lack}" for lack in combinations.list_lacks())
        yield Estimates(pl.DataFrame(schema=ESTIMATE_SCHEMA), lacks)


def _fit_at(
    fit: Callable[[str, Place], Cell], summary: str, jobcentres: frozenset[str], period: str
) -> Cell:
    return fit(summary, (jobcentres, period))


def _fit_one(
    asked: _Asked,
    spells: pl.DataFrame,
    book: SpellBook,
    named: tuple[str, str],
    fit: Callable[[str, Place], Cell],
) -> Estimates:
    model, summary = named
    fit_cell = partial(_fit_at, fit, summary)
    panels: Panels | None = None
    if named == _PLAIN:
        panels = WaitPanels(spells)
    elif asked.looks_at_units(model, summary):
        panels = PseudoPanels(book, fit_cell)
    return fit_effects(asked.ask(model, summary), CellModel(fit_cell, panels), asked.comparisons)


class WaitPanels:
    """The sums of each job centre of which the exponential mean is the ratio."""

    def __init__(self, spells: pl.DataFrame) -> None:
        """Takes the spells of one population and sampling, in any order."""
        weeks = pl.col("duration_weeks").cast(pl.Int64) - pl.col("entry_weeks").cast(pl.Int64)
        self._book = TallyBook(spells.with_columns(numerator=weeks, denominator="has_event"))

    def build(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel:
        """Weeks at risk, measure starts and persons of each job centre; pooled or not."""
        del is_pooled  # sums add up whoever looks at them
        panel = build_panel(self._book, treated, rest, phase)
        return replace(panel, exposure=panel.numerator, law=WEEKS)
