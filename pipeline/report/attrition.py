"""The table of who is left after each step."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.report.formats import format_count
from pipeline.report.labels import capitalise, population_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import BEFORE, INTERVENTION, Study

NAME = "attrition"
_PERIODS = {BEFORE: "before", INTERVENTION: "during"}


def build_attrition_table(study: Study, attrition: pl.DataFrame) -> PublishedTable:
    """Persons and person-weeks after each step, in the headline population.

    Those that count weeks off the benefit, too, follow where tables show them: their weeks are
    others.

    Args:
        study: names the populations.
        attrition: `population, period, step_number, step, n_persons, n_weeks`.
    """
    shown = {study.population_of(name) for name in study.outcomes}
    wider = [
        name for name, each in study.populations.items() if each.weeks == "all" and name in shown
    ]
    names = dict.fromkeys([study.headline_population, *wider])
    columns = tuple(
        Column(f"{period}_{key}", f"{label}, {period}")
        for period in _PERIODS.values()
        for key, label in (("persons", "Persons"), ("weeks", "Person-weeks"))
    )
    return PublishedTable(
        NAME,
        "Who is in the estimates: persons and person-weeks left after each step",
        Column("step", "Step", is_text=True),
        columns,
        tuple(row for name in names for row in _list_rows(study, attrition, name)),
        ("A person counts in each period in which a week is left.",),
    )


def _list_rows(study: Study, attrition: pl.DataFrame, population: str) -> Iterator[Row]:
    """The steps of one population, which is named where it is not the headline's."""
    is_headline = population == study.headline_population
    of = "" if is_headline else f"{population_label(study, population)}: "
    rows = attrition.filter(pl.col("population") == population)
    counts = {(row["step"], row["period"]): row for row in rows.iter_rows(named=True)}
    for step in rows.sort("step_number")["step"].unique(maintain_order=True):
        key = step if is_headline else f"{population}: {step}"
        yield Row(key, capitalise(f"{of}{step}"), _cells(counts, step))


def _cells(counts: dict[tuple[str, str], dict[str, int]], step: str) -> tuple[Cell, ...]:
    found = [counts.get((step, period), {}) for period in _PERIODS]
    return tuple(
        Cell(format_count(row.get(column))) for row in found for column in ("n_persons", "n_weeks")
    )
