"""Whether the parts of a study fit together and name things that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.codes import (
    find_years,
    list_benefits,
    list_jobcentres,
    list_jobcentres_of_any_year,
    list_measures,
    list_relatives,
    list_ways_out,
)
from pipeline.errors import nearest
from pipeline.spec.study import (
    ADJUSTED,
    BEFORE,
    COVARIATES,
    HAZARD_MODELS,
    INTERVENTION,
    ORDINARY_HOURS,
    SURVIVAL,
    Outcome,
    Study,
    Weeks,
)

_RESERVED = ("attrition", "balance", "certificate", "power", "pre_trend", "specifications")
# What stands where the name of a variant would, in the name of a model.
_TAKEN = (ADJUSTED, "median", "rmst_52")


def check_fit(study: Study) -> Iterator[tuple[str, str]]:
    """What is wrong and what would be right, for parts that are well formed but do not fit."""
    jobcentres = list_jobcentres(*study.span)
    of_any_year = list_jobcentres_of_any_year(*study.span)
    yield from _unknown("participating", study.participating, of_any_year)
    yield from _split_within(study)
    yield from _unknown("excluded", study.excluded, of_any_year)
    yield from _half_left_out("excluded", study.excluded, study)
    for name in sorted(set(study.participating) & set(study.excluded)):
        yield f"{name} is both participating and excluded", "name it once"
    for name in sorted({n for n in study.participating if study.participating.count(n) > 1}):
        yield f"{name} stands twice in participating", "name it once"
    if study.periods.before.last_week >= study.periods.intervention.first_week:
        yield "the period before overlaps the intervention", "end it the week before"
    if not jobcentres - {*study.participating, *study.excluded}:
        yield (
            "no job centre is left to compare with",
            "leave some out of participating and excluded",
        )
    yield from _misplaced_phases(study)
    for name, population in study.populations.items():
        place = f"populations.{name}.benefit"
        yield from _unknown(place, [population.benefit], list_benefits())
    for name, variant in study.variants.items():
        if name in _TAKEN or name.startswith(f"{SURVIVAL}_"):
            yield f"variants.{name} has the name of another part of a model", "another name"
        yield from _unknown(f"variants.{name}.without", variant.without, of_any_year)
        yield from _half_left_out(f"variants.{name}.without", variant.without, study)
        if not set(study.participating) - set(variant.without):
            yield f"variants.{name} leaves no participating job centre", "leave out fewer"
    yield from _unknown(
        "gates.max_detectable_effect", study.gates.max_detectable_effect, study.outcomes
    )
    yield from _misfit_outcomes(study)
    yield from _misfit_outputs(study)


def _split_within(study: Study) -> Iterator[tuple[str, str]]:
    """Participants that are not there in all of the study's weeks."""
    first_week, last_week = study.span
    always, sometime = list_jobcentres(*study.span), list_jobcentres_of_any_year(*study.span)
    for name in sorted({*study.participating} & sometime - always):
        first_year, last_year = find_years(name)
        if last_year < last_week.isocalendar().year:
            what = f"{name} is there until {last_year} only"
            remedy = f"weeks up to {last_year}-W52, or a study without it"
        else:
            what = f"{name} is there from {first_year} on only"
            remedy = f"weeks from {first_year}-W01 on, or a study without it"
        yield f"participating: {what}, within {Weeks(first_week, last_week)}", remedy


def _half_left_out(place: str, names: tuple[str, ...], study: Study) -> Iterator[tuple[str, str]]:
    """Job centres left out under one of their names, and not under another of the same weeks."""
    for name in names:
        missing = list_relatives(name, *study.span) - {*names}
        if missing:
            listed = ", ".join(sorted(missing))
            what = f"{place}: {name} was one with {listed} in some of the study's weeks"
            yield what, "name all of them, or none"


def _misplaced_phases(study: Study) -> Iterator[tuple[str, str]]:
    whole = study.periods.intervention
    for name, window in study.phases.items():
        if name in (BEFORE, INTERVENTION):
            yield f"phases.{name} has the name of a period", "choose another name"
        if window.first_week < whole.first_week or whole.last_week < window.last_week:
            yield f"phases.{name} = {window} lies outside the intervention", f"within {whole}"


def _misfit_outcomes(study: Study) -> Iterator[tuple[str, str]]:
    named = {"share": [*list_measures(), ORDINARY_HOURS], "exits": list_ways_out()}
    for name, outcome in study.outcomes.items():
        valid = named.get(outcome.kind)
        if valid is not None:
            yield from _unknown(f"outcomes.{name}.any_of", outcome.any_of, valid)
            if not outcome.any_of:
                yield f"outcomes.{name}.any_of is empty", nearest("", valid)
        elif outcome.any_of:
            what = "a duration" if outcome.is_duration else "mean hours"
            yield f"outcomes.{name}.any_of does not belong to {what}", "take it out"
        yield from _misfit_summary(name, outcome)
        yield from _misfit_covariates(name, outcome)
        yield from _misfit_survival(name, outcome)
        place, population = f"outcomes.{name}.population", study.population_of(name)
        yield from _unknown(place, [population], study.populations)


def _misfit_summary(name: str, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Summaries that a model does not have."""
    only = {
        "kaplan_meier": ["median", "rmst_52"],
        **{name: ["rmst_52"] for name in HAZARD_MODELS},
    }
    valid = only.get(outcome.model, [outcome.summary])
    if outcome.summary not in valid:
        yield (
            f"outcomes.{name}.summary = '{outcome.summary}' is none of {outcome.model}'s",
            nearest(outcome.summary, valid),
        )


def _misfit_covariates(name: str, outcome: Outcome) -> Iterator[tuple[str, str]]:
    place = f"outcomes.{name}.covariates"
    yield from _unknown(place, outcome.covariates, COVARIATES)
    if outcome.covariates and outcome.kind == "exits":
        yield f"{place} does not belong to exits", "take it out"
    if len({*outcome.covariates}) < len(outcome.covariates):
        yield f"{place} names a covariate twice", "each once"


def _misfit_survival(name: str, outcome: Outcome) -> Iterator[tuple[str, str]]:
    place = f"outcomes.{name}.survival_weeks"
    if "survival_weeks" in outcome.model_fields_set and not outcome.is_duration:
        yield f"{place} does not belong to {outcome.kind}", "take it out"
    if len({*outcome.survival_weeks}) < len(outcome.survival_weeks):
        yield f"{place} names a week twice", "each once"


def _misfit_outputs(study: Study) -> Iterator[tuple[str, str]]:
    durations = [name for name, outcome in study.outcomes.items() if outcome.is_duration]
    shares = [name for name, outcome in study.outcomes.items() if outcome.kind == "share"]
    hours = [name for name, outcome in study.outcomes.items() if outcome.kind == "hours"]
    exits = [name for name, outcome in study.outcomes.items() if outcome.kind == "exits"]
    shown = {"weeks": durations, "survival": durations, "share": shares, "forest": study.outcomes}
    shown |= {"hours": hours, "exits": exits, "duration_models": durations, "incidence": exits}
    shown |= {"hazard_effects": durations, "still_waiting": durations}
    shown |= {"event_study": study.outcomes, "sensitivity": durations + shares + hours}
    shown |= {"specification_curve": study.outcomes, "duration_fit": durations}
    for table in study.tables:
        if table.kind in shown:
            place = f"tables.{table.name}.outcome"
            yield from _unknown(place, [table.outcome or ""], shown[table.kind])
        yield from _unknown(f"tables.{table.name}.extra_phases", table.extra_phases, study.phases)
    for figure in study.figures:
        yield from _unknown(f"figures.{figure.name}.outcome", [figure.outcome], shown[figure.kind])
    for table in study.tables:
        if table.name in _RESERVED:
            yield f"tables.{table.name} has the name of a table of every report", "another name"
        if len(set(table.extra_phases)) < len(table.extra_phases):
            yield f"tables.{table.name}.extra_phases names a phase twice", "each phase once"
    names = [table.name for table in study.tables] + [figure.name for figure in study.figures]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name} names two tables or figures", "a name of its own for each: it names files"


def _unknown(place: str, names: Iterable[str], valid: Iterable[str]) -> Iterator[tuple[str, str]]:
    known = list(valid)
    for name in names:
        if name not in known:
            yield f"{place}: '{name}' is unknown", nearest(name, known)
