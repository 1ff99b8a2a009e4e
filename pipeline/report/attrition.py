"""The table of who is left after each step."""

from __future__ import annotations

import polars as pl

from pipeline.report.formats import format_count
from pipeline.report.labels import capitalise
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import BEFORE, INTERVENTION, Study

NAME = "attrition"
_PERIODS = {BEFORE: "before", INTERVENTION: "during"}


def build_attrition_table(study: Study, attrition: pl.DataFrame) -> PublishedTable:
    """Persons and person-weeks after each step, in the headline population.

    Args:
        study: names the population.
        attrition: `population, period, step_number, step, n_persons, n_weeks`.
    """
    rows = attrition.filter(pl.col("population") == study.headline_population)
    counts = {(row["step"], row["period"]): row for row in rows.iter_rows(named=True)}
    columns = tuple(
        Column(f"{period}_{key}", f"{label}, {period}")
        for period in _PERIODS.values()
        for key, label in (("persons", "Persons"), ("weeks", "Person-weeks"))
    )
    steps = rows.sort("step_number")["step"].unique(maintain_order=True)
    return PublishedTable(
        NAME,
        "Who is in the estimates: persons and person-weeks left after each step",
        Column("step", "Step", is_text=True),
        columns,
        tuple(Row(step, capitalise(step), _cells(counts, step)) for step in steps),
        ("A person counts in each period in which a week is left.",),
    )


def _cells(counts: dict[tuple[str, str], dict[str, int]], step: str) -> tuple[Cell, ...]:
    found = [counts.get((step, period), {}) for period in _PERIODS]
    return tuple(
        Cell(format_count(row.get(column))) for row in found for column in ("n_persons", "n_weeks")
    )
