"""Tables of effects by unit, in the published layout."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipeline.report.formats import (
    LONGEST_PRINTED_WEEKS,
    PER_CENT,
    format_number,
    format_sign,
    format_weeks,
    is_beyond_a_year,
)
from pipeline.report.headline import (
    POOLED_INFERENCE,
    UNIT_INFERENCE,
    Effect,
    focus_unit,
    select_effects,
)
from pipeline.report.labels import capitalise, inference_label, phase_label, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import BEFORE, INTERVENTION, PARTICIPATING, REST_OF_COUNTRY, Study, Table

_UNIT_STUB = Column("unit", "Job centre", is_text=True)
_PERSONS = Column("n_persons", "Persons", is_hidden=True)


def build_weeks_table(study: Study, table: Table, estimates: pl.DataFrame) -> PublishedTable:
    """Expected weeks before and during, their difference and the effect (HIR, table 2)."""
    columns = (
        Column("before_weeks", "Before"),
        Column("during_weeks", "During"),
        Column("difference", "Difference"),
        Column("effect", "Effect"),
        Column("significant_5pct", "Significant at 5 %", is_hidden=True),
        _PERSONS,
    )
    effects = select_effects(study, estimates, table.outcome or "")
    rows = tuple(_unit_row(effect, _weeks_cells(effect)) for effect in effects)
    beyond = (
        f">{LONGEST_PRINTED_WEEKS}: the expected number of weeks exceeds a year. How far is the "
        "model's opinion, not an observation, so the difference and the effect are given by "
        "their sign only."
    )
    has_beyond = any(_is_beyond(effect) for effect in effects)
    footnotes = (*_common_footnotes(study, estimates), *([beyond] if has_beyond else []))
    return PublishedTable(table.name, table.title, _UNIT_STUB, columns, rows, footnotes)


def build_share_table(study: Study, table: Table, estimates: pl.DataFrame) -> PublishedTable:
    """Shares before and during, their difference and the effects by phase (HIR, table 4)."""
    phases = (INTERVENTION, *table.extra_phases)
    by_phase = [select_effects(study, estimates, table.outcome or "", phase) for phase in phases]
    extra = table.extra_phases
    columns = (
        Column("before_pct", "Before, per cent"),
        Column("during_pct", "During, per cent"),
        Column("difference_pp", "Difference, points"),
        Column("effect_pp", "Effect, points"),
        *(Column(f"effect_{p}_pp", f"Effect, {phase_label(p)}, points") for p in extra),
        Column("significant_5pct", "Significant at 5 %", is_hidden=True),
        *(
            Column(f"significant_5pct_{p}", f"Significant, {phase_label(p)}", is_hidden=True)
            for p in extra
        ),
        _PERSONS,
    )
    rows = tuple(
        _unit_row(effects[0], _share_cells(effects)) for effects in zip(*by_phase, strict=True)
    )
    points = "Shares are of person-weeks on the benefit; points are percentage points."
    windows = [
        f"{capitalise(phase_label(phase))}: {study.windows[phase]}, against the whole year before."
        for phase in extra
    ]
    footnotes = (points, *_common_footnotes(study, estimates), *windows)
    return PublishedTable(table.name, table.title, _UNIT_STUB, columns, rows, footnotes)


def _unit_row(effect: Effect, cells: tuple[Cell, ...]) -> Row:
    is_summary = effect.unit in (PARTICIPATING, REST_OF_COUNTRY)
    persons = Cell("" if effect.n_persons is None else str(effect.n_persons))
    return Row(effect.unit, unit_label(effect.unit), (*cells, persons), is_summary)


def _is_beyond(effect: Effect) -> bool:
    return is_beyond_a_year(effect.before) or is_beyond_a_year(effect.during)


def print_weeks_effect(effect: Effect, decimals: int = 0) -> str:
    """An effect in weeks as printed: by its sign where either level exceeds a year."""
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
        _significance(effect),
    )


def _share_cells(by_phase: tuple[Effect, ...]) -> tuple[Cell, ...]:
    whole = by_phase[0]
    levels = (whole.before, whole.during, whole.difference)
    return (
        *(Cell(format_number(level, 1, PER_CENT)) for level in levels),
        *(
            Cell(format_number(phase.effect, 1, PER_CENT), phase.is_significant is True)
            for phase in by_phase
        ),
        *(_significance(phase) for phase in by_phase),
    )


def _significance(effect: Effect) -> Cell:
    known = effect.is_significant
    return Cell("" if known is None else str(known).lower())


def _common_footnotes(study: Study, estimates: pl.DataFrame) -> list[str]:
    """What holds for every table of effects; the pooled method is named where there is one."""
    windows = study.windows
    by_unit = f"the row of a single job centre is {inference_label(UNIT_INFERENCE)}"
    is_pooled = focus_unit(study, estimates) == PARTICIPATING
    pooled = (
        f", the row of the participating job centres together {inference_label(POOLED_INFERENCE)}"
    )
    return [
        f"Before: {windows[BEFORE]}. During: {windows[INTERVENTION]}. Effect: the change in the "
        "job centre minus the change in the rest of the country. An empty cell is unknown.",
        f"Bold: differs from zero at the 5 % level; {by_unit}{pooled if is_pooled else ''}.",
        "Clustering on persons assumes that nothing happens to a whole job centre at once. That "
        "is seldom so, and for a single job centre the method then finds effects far too often "
        "where there are none: bold on a single job centre is not evidence by itself.",
    ]
