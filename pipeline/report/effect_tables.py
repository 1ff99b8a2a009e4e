"""Tables of effects by unit, in the published layout."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.models.inference import PLACEBO_T_LEVEL
from pipeline.report.formats import (
    LONGEST_PRINTED_WEEKS,
    format_number,
    format_sign,
    format_weeks,
    is_beyond_a_year,
)
from pipeline.report.headline import (
    POOLED_INFERENCE,
    Effect,
    choose_inference,
    count_bold_by_person,
    focus_unit,
    is_significant,
    select_effects,
)
from pipeline.report.labels import (
    capitalise,
    effect_measure,
    inference_label,
    phase_label,
    unit_label,
)
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import (
    BEFORE,
    INTERVENTION,
    PARTICIPATING,
    REST_OF_COUNTRY,
    Outcome,
    Study,
    Table,
)

_UNIT_STUB = Column("unit", "Job centre", is_text=True)
_PERSONS = Column("n_persons", "Persons", is_hidden=True)
_P_VALUES = (
    Column("p_value", "p", is_hidden=True),
    Column("p_value_romano_wolf", "p, Romano and Wolf", is_hidden=True),
    Column("p_value_holm", "p, Holm", is_hidden=True),
)


@dataclass(frozen=True)
class _Printed:
    """How a mean over person-weeks is printed: columns, their units, and what a reader must know.

    Attributes:
        level_key: ends the keys of levels.
        level: what levels are counted in.
        key: ends the keys of differences and effects.
        unit: what these are counted in.
        note: of the weeks that it is a mean over.
    """

    level_key: str
    level: str
    key: str
    unit: str
    note: str


_PRINTED = {
    "share": _Printed(
        "pct",
        "per cent",
        "pp",
        "points",
        "Shares are of person-weeks {weeks}; points are percentage points.",
    ),
    "hours": _Printed(
        "hours",
        "hours a week",
        "hours",
        "hours a week",
        "Hours are paid hours a week in jobs without support, the mean over person-weeks {weeks}; "
        "weeks without any count as 0.",
    ),
}
_WEEKS = {
    "on_benefit": "on the benefit",
    "all": "of everybody in the population, on the benefit or off it",
}


def build_weeks_table(study: Study, table: Table, estimates: pl.DataFrame) -> PublishedTable:
    """Expected weeks before and during, their difference and the effect (HIR, table 2)."""
    columns = (
        Column("before_weeks", "Before"),
        Column("during_weeks", "During"),
        Column("difference", "Difference"),
        Column("effect", "Effect"),
        Column("effect_low", "95 % from"),
        Column("effect_high", "to"),
        Column("significant_5pct", "Significant at 5 %", is_hidden=True),
        *_P_VALUES,
        _PERSONS,
    )
    effects = select_effects(study, estimates, table.outcome or "")
    rows = tuple(_unit_row(effect, _weeks_cells(effect)) for effect in effects)
    beyond = (
        f">{LONGEST_PRINTED_WEEKS}: the expected number of weeks exceeds a year. How far is the "
        "model's opinion, not an observation, so the difference and the effect are given by "
        "their sign only."
    )
    bounded = (
        "> or < before an effect: the job centre has no event in one of the periods, so that its "
        "expected weeks have a lower end and no upper one. The effect is above or below the "
        "number, but in one case of forty by chance among persons; there is no other end."
    )
    unended = (
        "An interval that lacks a number at an end has no end there: with so few measure starts, "
        "or so few job centres to compare with, hardly any effect that way is ruled out."
    )
    has_beyond = any(_is_beyond(effect) for effect in effects)
    footnotes = (
        *_common_footnotes(study, estimates, table.outcome or ""),
        *([beyond] if has_beyond else []),
        *([bounded] if any(map(_is_bounded, effects)) else []),
        *([unended] if any(map(_is_unended, effects)) else []),
    )
    return PublishedTable(table.name, table.title, _UNIT_STUB, columns, rows, footnotes)


def build_mean_table(study: Study, table: Table, estimates: pl.DataFrame) -> PublishedTable:
    """Means over person-weeks before and during, their difference and the effects by phase.

    Shares are in per cent (HIR, table 4), hours in hours a week.
    """
    phases = (INTERVENTION, *table.extra_phases)
    name, extra = table.outcome or "", table.extra_phases
    outcome = study.outcomes[name]
    by_phase = [select_effects(study, estimates, name, phase) for phase in phases]
    printed = _PRINTED[outcome.kind]
    columns = (
        Column(f"before_{printed.level_key}", f"Before, {printed.level}"),
        Column(f"during_{printed.level_key}", f"During, {printed.level}"),
        Column(f"difference_{printed.key}", f"Difference, {printed.unit}"),
        Column(f"effect_{printed.key}", f"Effect, {printed.unit}"),
        *(
            Column(f"effect_{p}_{printed.key}", f"Effect, {phase_label(p)}, {printed.unit}")
            for p in extra
        ),
        Column("significant_5pct", "Significant at 5 %", is_hidden=True),
        *(
            Column(f"significant_5pct_{p}", f"Significant, {phase_label(p)}", is_hidden=True)
            for p in extra
        ),
        *_P_VALUES,
        _PERSONS,
    )
    rows = tuple(
        _unit_row(effects[0], _mean_cells(outcome, effects))
        for effects in zip(*by_phase, strict=True)
    )
    windows = [
        f"{capitalise(phase_label(phase))}: {study.windows[phase]}, against the whole year before."
        for phase in extra
    ]
    what = printed.note.format(weeks=_WEEKS[study.populations[study.population_of(name)].weeks])
    footnotes = (what, *_common_footnotes(study, estimates, name), *windows)
    return PublishedTable(table.name, table.title, _UNIT_STUB, columns, rows, footnotes)


def _unit_row(effect: Effect, cells: tuple[Cell, ...]) -> Row:
    is_summary = effect.unit in (PARTICIPATING, REST_OF_COUNTRY)
    persons = Cell("" if effect.n_persons is None else str(effect.n_persons))
    return Row(effect.unit, unit_label(effect.unit), (*cells, persons), is_summary)


def _is_beyond(effect: Effect) -> bool:
    return is_beyond_a_year(effect.before) or is_beyond_a_year(effect.during)


def _is_bounded(effect: Effect) -> bool:
    return effect.effect is None and (effect.ci_low, effect.ci_high) != (None, None)


def _is_unended(effect: Effect) -> bool:
    is_known = effect.effect is not None and effect.p_value is not None
    return is_known and not _is_beyond(effect) and None in (effect.ci_low, effect.ci_high)


def print_weeks_effect(effect: Effect, decimals: int = 0) -> str:
    """An effect in weeks as printed: by its sign where either level exceeds a year.

    Where it is unknown it is printed by the end that it has, rounded away from the effect.
    """
    if _is_bounded(effect):
        low, high = effect.ci_low, effect.ci_high
        return f"<{math.ceil(high)}" if high is not None else f">{math.floor(low or 0)}"
    if _is_beyond(effect):
        return format_sign(effect.effect)
    return format_number(effect.effect, decimals)


def _weeks_cells(effect: Effect) -> tuple[Cell, ...]:
    show: Callable[[float | None], str] = format_sign if _is_beyond(effect) else format_number
    return (
        Cell(format_weeks(effect.before)),
        Cell(format_weeks(effect.during)),
        Cell(show(effect.difference)),
        Cell(print_weeks_effect(effect), effect.is_significant is True),
        *(
            Cell("" if _is_beyond(effect) and not _is_bounded(effect) else format_number(end, 1))
            for end in (effect.ci_low, effect.ci_high)
        ),
        _significance(effect),
        *_p_value_cells(effect),
    )


def _mean_cells(outcome: Outcome, by_phase: tuple[Effect, ...]) -> tuple[Cell, ...]:
    whole = by_phase[0]
    levels = (whole.before, whole.during, whole.difference)
    return (
        *(Cell(effect_measure(outcome).format(level)) for level in levels),
        *(
            Cell(effect_measure(outcome).format(phase.effect), phase.is_significant is True)
            for phase in by_phase
        ),
        *(_significance(phase) for phase in by_phase),
        *_p_value_cells(whole),
    )


def _significance(effect: Effect) -> Cell:
    known = effect.is_significant
    return Cell("" if known is None else str(known).lower())


def _p_value_cells(effect: Effect) -> tuple[Cell, ...]:
    p_values = (effect.p_value, effect.p_value_adjusted, effect.p_value_holm)
    return tuple(Cell(format_number(p_value, 4)) for p_value in p_values)


def _common_footnotes(study: Study, estimates: pl.DataFrame, outcome: str) -> list[str]:
    """What holds for every table of effects; the pooled method is named where there is one."""
    windows = study.windows
    by_unit = f"{inference_label(choose_inference(study, outcome))} for a single job centre"
    is_pooled = focus_unit(study, estimates) == PARTICIPATING
    pooled = f", {inference_label(POOLED_INFERENCE)} for the participating ones together"
    return [
        f"Before: {windows[BEFORE]}. During: {windows[INTERVENTION]}. Effect: the change in the "
        "job centre minus the change in the rest of the country. An empty cell is unknown.",
        f"Bold: differs from zero at the 5 % level; {by_unit}{pooled if is_pooled else ''}.",
        *_describe_bold(study, estimates, outcome),
    ]


def _describe_bold(study: Study, estimates: pl.DataFrame, outcome: str) -> Iterator[str]:
    """How far bold can be trusted, and what it would be under the method that trusts too much."""
    effects = select_effects(study, estimates, outcome)
    units = [effect for effect in effects if effect.unit not in (PARTICIPATING, REST_OF_COUNTRY)]
    n_joint = sum(is_significant(effect.p_value_adjusted) is True for effect in units)
    measures = "size"
    if choose_inference(study, outcome) == PLACEBO_T_LEVEL:
        measures = "size and its own level"
    yield (
        "The placebo t sets a job centre's effect against those that job centres without the "
        f"programme seem to have, each by its {measures}. It looks at one job centre at a "
        "time, and of 20 without an effect one is bold by chance; looked at together (Romano and "
        f"Wolf), {n_joint} of {len(units)} differ from zero."
    )
    n_bold = sum(effect.is_significant is True for effect in effects)
    yield (
        "Clustering on persons, which assumes that nothing happens to a whole job centre at once, "
        f"would print {count_bold_by_person(study, estimates, outcome)} rows of the whole period "
        f"in bold instead of {n_bold}; for a single job centre it finds effects far too often."
    )
