"""The table of what each effect on an outcome leans on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from pipeline.report.formats import (
    format_number,
    format_sign,
    is_beyond_a_year,
    known,
)
from pipeline.report.headline import Effect, select_effects
from pipeline.report.labels import effect_measure, effect_unit_label, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import PARTICIPATING, REST_OF_COUNTRY, Study, Table

_COLUMNS = (
    Column("effect", "Effect"),
    Column("lowest_effect", "Lowest as one job centre of the rest is left out"),
    Column("highest_effect", "Highest"),
    Column("synthetic_effect", "Synthetic difference in differences"),
    Column("synthetic_std_error", "Its placebo standard error", is_hidden=True),
    Column("breakdown", "Violation of parallel trends that its sign survives"),
)
_OF_WEEKS = (
    "Of weeks it is on the measures that start per week at risk in all spells under way, every "
    "block alike, and told in weeks: their level during less what it would have been. It is not "
    "the effect on the spells that begin in the period."
)
_NOTES = (
    "Lowest and highest: the effect as each job centre of the rest of the country is left out in "
    "turn. A wide range says that one job centre carries the comparison.",
    "Synthetic difference in differences: job centres and blocks of four weeks are weighted so "
    "that the rest moves as the job centre did before the start (Arkhangelsky and others 2021). A "
    "second opinion on the size of the effect, not on its uncertainty: its placebo standard error, "
    "in the CSV, is the same for a small job centre and for a large one.",
    "Violation: the trends of the two groups may part, from one block of thirteen weeks after the "
    "start to the next, by this many times as much as they ever did before it, until zero comes "
    "into the 95 % interval (Rambachan and Roth 2023, relative magnitudes). The effect is counted "
    "from the last block before the start. 0: zero is there under parallel trends. An empty cell: "
    "unknown.",
)


def build_sensitivity_table(
    study: Study, table: Table, estimates: pl.DataFrame, leanings: pl.DataFrame
) -> PublishedTable:
    """What the headline effect of every unit leans on, on one outcome.

    Args:
        study: names the order of the units.
        table: names the outcome.
        estimates: rows of `ESTIMATE_SCHEMA`.
        leanings: rows of `LEANING_SCHEMA`.
    """
    outcome = table.outcome or ""
    found = {row["unit"]: row for row in leanings.filter(outcome=outcome).iter_rows(named=True)}
    rows = tuple(
        _build_row(study, outcome, effect, found.get(effect.unit, {}))
        for effect in select_effects(study, estimates, outcome)
        if effect.unit != REST_OF_COUNTRY
    )
    asked = study.outcomes[outcome]
    notes = [
        f"In {effect_unit_label(asked)}.",
        *_NOTES,
        *([_OF_WEEKS] if asked.is_duration else ()),
    ]
    notes += _list_refusals(rows, found)
    stub = Column("unit", "Job centre", is_text=True)
    return PublishedTable(table.name, table.title, stub, _COLUMNS, rows, tuple(notes))


def _list_refusals(rows: tuple[Row, ...], found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Each reason for which there is no second opinion, with those that it is about."""
    units: dict[str, list[str]] = {}
    for row in rows:
        reason = found.get(row.key, {}).get("synthetic_refusal")
        if reason is not None:
            units.setdefault(reason, []).append(row.label)
    for reason, names in units.items():
        yield f"No second opinion, {reason}: {', '.join(names)}."


def _build_row(study: Study, outcome: str, effect: Effect, leaning: dict[str, Any]) -> Row:
    asked = study.outcomes[outcome]
    is_beyond = is_beyond_a_year(effect.before) or is_beyond_a_year(effect.during)
    # How far beyond a year is the model's opinion, so only the direction is printed.
    show = format_sign if asked.is_duration and is_beyond else effect_measure(asked).format
    # What a gate withholds must not come back under another name.
    shown = leaning if effect.effect is not None else {}
    names = ("lowest_effect", "highest_effect", "synthetic_effect", "synthetic_std_error")
    figures = (effect.effect, *(known(shown.get(name)) for name in names))
    cells = tuple(Cell(show(figure)) for figure in figures)
    breakdown = Cell(format_number(known(shown.get("breakdown")), 1))
    is_pooled = effect.unit == PARTICIPATING
    return Row(effect.unit, unit_label(effect.unit), (*cells, breakdown), is_pooled)
