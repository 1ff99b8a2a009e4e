"""The table of duration models: which fits, and how much of its mean nobody saw."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.report.formats import PER_CENT, format_number, format_weeks, known
from pipeline.report.labels import capitalise, model_label, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import Study, Table

_COLUMNS = (
    Column("unit", "Job centres", is_text=True),
    Column("period", "Period", is_text=True),
    Column("aic", "AIC"),
    Column("mean_weeks", "Mean"),
    Column("mean_low", "95 % from"),
    Column("mean_high", "to"),
    Column("beyond_pct", "of it not seen, per cent"),
    Column("median_weeks", "Median"),
    Column("rmst_52_weeks", "Mean of 52 weeks"),
    Column("rmst_52_low", "95 % from"),
    Column("rmst_52_high", "to"),
)


def build_model_table(study: Study, table: Table, summaries: pl.DataFrame) -> PublishedTable:
    """Every model of an outcome by group and period; the lowest AIC of each is bold.

    Args:
        study: what is asked.
        table: names the outcome.
        summaries: `population, outcome, unit, period, model, aic, mean, mean_low, mean_high,
            median, rmst_52, rmst_52_low, rmst_52_high, beyond_share`.
    """
    rows = summaries.filter(outcome=table.outcome or "").sort("unit", "period", maintain_order=True)
    lowest = {
        (unit, period): aic
        for unit, period, aic in rows.group_by("unit", "period")
        .agg(pl.col("aic").min())
        .iter_rows()
    }
    printed = tuple(
        Row(
            row["model"],
            capitalise(model_label(row["model"])),
            _list_cells(row, lowest[row["unit"], row["period"]]),
        )
        for row in rows.iter_rows(named=True)
    )
    footnotes = (
        f"Of {study.outcomes[table.outcome or ''].label.lower()}, in weeks. AIC: Akaike's "
        "criterion, comparable within a group and period; the lowest is bold. Intervals are "
        "clustered on persons.",
        "Not seen: the share of a mean that lies beyond the longest duration in the group; it is "
        "the model's opinion alone. The mean of 52 weeks cuts every duration at 52 weeks and needs "
        "no such opinion. An empty mean is infinite or could not be fitted.",
    )
    stub = Column("model", "Model", is_text=True)
    return PublishedTable(table.name, table.title, stub, _COLUMNS, printed, footnotes)


def _list_cells(row: dict[str, Any], lowest: float | None) -> tuple[Cell, ...]:
    def show(name: str, decimals: int = 1, scale: int = 1) -> Cell:
        return Cell(format_number(known(row[name]), decimals, scale))

    aic = known(row["aic"])
    return (
        Cell(unit_label(row["unit"])),
        Cell(capitalise(row["period"])),
        Cell(format_number(aic), is_bold=aic is not None and aic == lowest),
        Cell(format_weeks(known(row["mean"]), 1)),
        Cell(format_weeks(known(row["mean_low"]), 1)),
        Cell(format_weeks(known(row["mean_high"]), 1)),
        show("beyond_share", 0, PER_CENT),
        show("median"),
        show("rmst_52"),
        show("rmst_52_low"),
        show("rmst_52_high"),
    )
