"""The table of what the time before the start says of each unit."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.report.formats import format_p_value, known
from pipeline.report.headline import SIGNIFICANCE_LEVEL, order_units
from pipeline.report.labels import outcome_label, path_measure, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import PARTICIPATING, WEEKS_OF_BLOCK, Study

NAME = "pre_trend"
_FOOTNOTES = (
    "p: of all changes before the start being those of the rest of the country, tested together. "
    "Bold: trends were apart before the start, so that the effect may be one of the trend.",
    "Found: the bias of the effect by a straight trend that the test finds four times in five. A "
    "trend that makes less may be missed: no finding is no proof that trends were parallel.",
    "Exits: of the chance to leave in a week by the ways out that count.",
    "The participating together: Hotelling's test, clustered on job centres. One job centre: its "
    "furthest change among those of the others. Empty: too few job centres or blocks to tell, or "
    "no trend, however steep, would be found.",
)


def build_pre_trend_table(study: Study, verdicts: pl.DataFrame) -> PublishedTable:
    """The joint test and what it would find, by unit, outcome and length of the blocks.

    Args:
        study: names the outcomes and the order of the units.
        verdicts: rows of `PRE_TREND_SCHEMA`; those of other populations are left out.
    """
    found = {(row["outcome"], row["by"], row["unit"]): row for row in _choose(study, verdicts)}
    outcomes = [name for name in study.outcomes if any(key[0] == name for key in found)]
    columns = [Column("unit", "Job centre", is_text=True)]
    for by, weeks in WEEKS_OF_BLOCK.items():
        columns.append(Column(f"{by}_p", f"p, blocks of {weeks} weeks"))
        columns.append(Column(f"{by}_found", f"Found, blocks of {weeks} weeks"))
    columns.append(Column("found_unit", "Counted in", is_text=True, is_hidden=True))
    rows = [
        _build_row(study, outcome, unit, found)
        for outcome in outcomes
        for unit in order_units(study, {key[2] for key in found})
    ]
    title = "Whether trends were parallel before the start"
    stub = Column("outcome", "Outcome", is_text=True)
    return PublishedTable(NAME, title, stub, tuple(columns), tuple(rows), _FOOTNOTES)


def _choose(study: Study, verdicts: pl.DataFrame) -> list[dict[str, Any]]:
    rows = verdicts.iter_rows(named=True)
    return [
        row
        for row in rows
        if row["outcome"] in study.outcomes
        and row["population"] == study.population_of(row["outcome"])
    ]


def _build_row(
    study: Study, outcome: str, unit: str, found: dict[tuple[str, str, str], dict[str, Any]]
) -> Row:
    measure = path_measure(study.outcomes[outcome])
    cells = [Cell(unit_label(unit))]
    for by in WEEKS_OF_BLOCK:
        row = found.get((outcome, by, unit), {})
        p_value = known(row.get("p_value"))
        is_apart = p_value is not None and p_value < SIGNIFICANCE_LEVEL
        cells.append(Cell(format_p_value(p_value), is_bold=is_apart))
        cells.append(Cell(measure.format(known(row.get("detectable_bias")))))
    cells.append(Cell(measure.unit))
    label = f"{outcome_label(study, outcome)}, {measure.unit}"
    return Row(outcome, label, tuple(cells), unit == PARTICIPATING)
