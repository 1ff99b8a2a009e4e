"""The effect as a difference in differences, and the rows it fills."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

import polars as pl

from pipeline.models.comparison import Comparison, list_family, list_variants, takes_part
from pipeline.models.contrast import Cell, Change, Contrast
from pipeline.models.estimate import ESTIMATE_SCHEMA, Estimates, JobCentres, combine_estimates
from pipeline.models.inference import (
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    Inference,
    Refusal,
    UnitPanel,
    Verdicts,
    assess_each,
    assess_together,
)
from pipeline.spec import BEFORE, PARTICIPATING, REST_OF_COUNTRY, Study, name_variant

_Figure = str | float | int | None


class Model(Protocol):
    """Fits the means of one outcome in one population."""

    def fit_change(self, jobcentres: frozenset[str], phase: str) -> Change:
        """A group of job centres by itself, the year before against a phase."""

    def fit_contrast(self, comparison: Comparison, phase: str) -> Contrast:
        """A unit against the rest, the year before against a phase."""

    def build_panel(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """The sums of each job centre, or None where they are not asked for or not known.

        Where `is_pooled`, the treated ones stand for parts of what they are together.
        """


@dataclass(frozen=True)
class Question:
    """What the rows of one model answer.

    Attributes:
        study: names the windows.
        population: of the study.
        outcome: of the study.
        model: as the estimates name it.
        asked_phases: windows that are set against the year before; every one if None.
        is_pooled_only: whether single units are left out.
    """

    study: Study
    population: str
    outcome: str
    model: str
    asked_phases: tuple[str, ...] | None = None
    is_pooled_only: bool = False

    @property
    def is_headline(self) -> bool:
        """Whether tables and figures show these rows."""
        return (
            self.population == self.study.population_of(self.outcome)
            and self.model == self.study.outcomes[self.outcome].model_name
        )

    @property
    def phases(self) -> tuple[str, ...]:
        """The windows that are set against the year before."""
        if self.asked_phases is not None:
            return self.asked_phases
        return tuple(name for name in self.study.windows if name != BEFORE)


def fit_effects(question: Question, model: Model, comparisons: Sequence[Comparison]) -> Estimates:
    """The rows of one outcome, population and model: every unit, phase and method, and the rest.

    Where the rows are those that tables show, the study's variants of the pooled effect follow.
    """
    parts = []
    variants = list_variants(question.study, comparisons) if question.is_headline else {}
    for name, comparison in variants.items():
        study = question.study.leave_out(question.study.variants[name].without)
        varied = replace(question, study=study, model=name_variant(question.model, name))
        varying = fit_effects(varied, model, [comparison])
        # The rest of the country is that of the study: whatever is left of it has no row.
        own = varying.rows.filter(pl.col("unit") != REST_OF_COUNTRY)
        parts.append(replace(varying, rows=own))
    for phase in question.phases:
        rest = model.fit_change(comparisons[0].rest, phase)
        rows = [_build_row(question, phase, REST_OF_COUNTRY, PERSON_CLUSTER, _change_figures(rest))]
        notices = [*_list_lacks(question, phase, REST_OF_COUNTRY, rest)]
        job_centres = _look_at_job_centres(question.study, model, comparisons, phase)
        by_unit = _assess_units(job_centres, {comparison.unit for comparison in comparisons})
        for comparison in comparisons:
            if question.is_pooled_only and not comparison.is_pooled:
                continue
            unit, contrast = comparison.unit, model.fit_contrast(comparison, phase)
            verdicts = {method: contrast.infer(method) for method in _list_clustered(comparison)}
            verdicts = by_unit.get(unit, {}) | verdicts
            for method, verdict in verdicts.items():
                figures = _effect_figures(contrast, method, verdict)
                rows.append(_build_row(question, phase, unit, method, figures))
            notices += _list_lacks(question, phase, unit, contrast.unit, contrast.expected)
            if contrast.effect is not None:
                notices += _list_refusals(_format_place(question, phase, unit), verdicts)
        frame = pl.DataFrame(rows, schema=ESTIMATE_SCHEMA)
        shown = {(question.outcome, phase): job_centres} if question.is_headline else {}
        found = {key: value for key, value in shown.items() if value is not None}
        parts.append(Estimates(frame, tuple(notices), found))
    return combine_estimates(parts)


def _look_at_job_centres(
    study: Study, model: Model, comparisons: Sequence[Comparison], phase: str
) -> JobCentres | None:
    """The job centres that the few-treated methods look at; None where a model has none."""
    family, rest = list_family(study, comparisons), comparisons[0].rest
    each = model.build_panel(family, rest, phase, is_pooled=False)
    if each is None:
        return None
    is_pooled = takes_part(study, comparisons)
    together = model.build_panel(family, rest, phase, is_pooled=True) if is_pooled else None
    return JobCentres(each, together)


def _assess_units(job_centres: JobCentres | None, asked: Collection[str]) -> dict[str, Verdicts]:
    """What the other job centres say about each unit, and about the participating ones together."""
    if job_centres is None:
        return {}
    verdicts = assess_each(job_centres.each)
    if job_centres.together is not None and PARTICIPATING in asked:
        verdicts[PARTICIPATING] = assess_together(job_centres.together)
    return verdicts


def _list_refusals(place: str, verdicts: Verdicts) -> Iterator[str]:
    """Each reason once, with the methods that give it."""
    methods: dict[str, list[str]] = {}
    for method, verdict in verdicts.items():
        if isinstance(verdict, Refusal):
            methods.setdefault(verdict.reason, []).append(method)
    for reason, refused in methods.items():
        yield f"{place}: {reason}; no inference by {', '.join(sorted(refused))}"


def _list_clustered(comparison: Comparison) -> tuple[str, ...]:
    """One unit is one cluster of job centres, which has no variance; the pooled units are many."""
    return (PERSON_CLUSTER, JOBCENTRE_CLUSTER) if comparison.is_pooled else (PERSON_CLUSTER,)


def _change_figures(change: Change) -> dict[str, _Figure]:
    return {
        "before": change.before.mean,
        "during": change.during.mean,
        "difference": change.difference,
        "n_persons": change.n_persons,
        "n_events": change.before.n_events + change.during.n_events,
    }


def _effect_figures(
    contrast: Contrast, method: str, verdict: Inference | Refusal
) -> dict[str, _Figure]:
    effect, before = contrast.effect, contrast.unit.before.mean
    # A share that was 0 before has no relative change.
    is_relative = not contrast.is_logarithm
    relative = effect / before if effect is not None and before and is_relative else None
    figures = _change_figures(contrast.unit) | {"effect": effect, "relative_effect": relative}
    if effect is None and method == PERSON_CLUSTER:
        return figures | contrast.bound()
    return figures | (asdict(verdict) if isinstance(verdict, Inference) else {})


def _build_row(
    question: Question, phase: str, unit: str, method: str, figures: Mapping[str, _Figure]
) -> dict[str, _Figure]:
    key: dict[str, _Figure] = {
        "study": question.study.name,
        "population": question.population,
        "outcome": question.outcome,
        "phase": phase,
        "unit": unit,
        "model": question.model,
        "inference": method,
    }
    return dict.fromkeys(ESTIMATE_SCHEMA) | key | dict(figures)


def _list_lacks(
    question: Question, phase: str, unit: str, change: Change, expected: Cell | None = None
) -> Iterator[str]:
    for period, cell in ((BEFORE, change.before), (phase, change.during), (phase, expected)):
        if cell is not None and cell.lack is not None:
            yield f"{_format_place(question, period, unit)}: {cell.lack}"


def _format_place(question: Question, period: str, unit: str) -> str:
    return f"{unit}, {period} ({question.population}, {question.outcome}, {question.model})"
