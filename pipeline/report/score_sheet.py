"""The score sheet of a trial as tables: how each method fares, and how near estimates come."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.report.formats import PER_CENT, format_count, format_number
from pipeline.report.labels import (
    capitalise,
    effect_measure,
    effect_unit_label,
    inference_label,
    outcome_label,
    phase_label,
    unit_label,
)
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import Study

SIZES = {
    "all": "All",
    "smallest": "Smallest quarter",
    "second": "Second",
    "third": "Third",
    "largest": "Largest",
}
TESTED = {"one_unit": "One job centre", "pooled": "Several together"}
_PER_CENT = {"rejection_rate": "Size, %", "power": "Power, %", "coverage": "Coverage, %"}
_DECIMALS = 1


def build_score_table(study: Study, scores: pl.DataFrame) -> PublishedTable:
    """Bias, size, power, coverage and length of every method, a row for each group of size.

    Args:
        study: what is asked.
        scores: `outcome, tested, inference, size`, each score and its `_error`, `endless_share`.
    """
    measured = {"bias": "Bias", **_PER_CENT, "ci_length": "Interval length"}
    columns = (
        Column("tested", "Programme", is_text=True),
        Column("inference", "Method", is_text=True),
        Column("size", "Unit size", is_text=True),
        *(
            column
            for name, label in measured.items()
            for column in (Column(name, label), Column(f"{name}_error", "±"))
        ),
        Column("endless_pct", "Endless, %"),
        Column("n_repetitions", "Repetitions"),
    )
    rows = tuple(_print_scores(study, row, tuple(measured)) for row in scores.to_dicts())
    footnotes = (
        "Bias: estimate minus truth. Size: how often an effect is found at the 5 % level where "
        "there is none, in job centres that took no part and in participating ones without a "
        "planted effect. Power: how often a planted effect is found. Coverage: how often the 95 % "
        "interval holds the truth. Interval length: of intervals with two ends; endless: share of "
        "those without. Bias and length are in weeks, percentage points or hours a week.",
        "±: one Monte-Carlo error, over repetitions. Quarters are of all job centres by their "
        "expected weeks on the benefit. Clustering on persons takes a person who moved for two.",
    )
    stub = Column("outcome", "Outcome", is_text=True)
    return PublishedTable("scores", "Score sheet", stub, columns, rows, footnotes)


def build_quantity_table(study: Study, quantities: pl.DataFrame) -> PublishedTable:
    """Every planted quantity beside the mean of its estimates.

    Args:
        study: what is asked.
        quantities: `outcome, phase, unit, quantity, truth, mean, bias, bias_error,
            n_repetitions`.
    """
    columns = (
        Column("phase", "Period", is_text=True),
        Column("unit", "Job centre", is_text=True),
        Column("quantity", "Quantity", is_text=True),
        Column("truth", "Truth"),
        Column("mean", "Mean estimate"),
        Column("bias", "Bias"),
        Column("bias_error", "±"),
        Column("n_repetitions", "Repetitions"),
    )
    rows = tuple(_print_quantity(study, row) for row in quantities.to_dicts())
    footnotes = (
        "Weeks, per cent or hours a week; effects on shares in percentage points. ±: one "
        "Monte-Carlo error.",
    )
    stub = Column("outcome", "Outcome", is_text=True)
    title = "Planted quantities and the means of their estimates"
    return PublishedTable("quantities", title, stub, columns, rows, footnotes)


def _print_scores(study: Study, row: dict[str, Any], measured: tuple[str, ...]) -> Row:
    measure = effect_measure(study.outcomes[row["outcome"]])

    def show(name: str) -> Cell:
        if name.removesuffix("_error") in _PER_CENT:
            return Cell(format_number(row[name], _DECIMALS, PER_CENT))
        return Cell(format_number(row[name], measure.decimals + ("bias" in name), measure.scale))

    return Row(
        row["outcome"],
        _label(study, row["outcome"]),
        (
            Cell(TESTED[row["tested"]]),
            Cell(capitalise(inference_label(row["inference"]))),
            Cell(SIZES[row["size"]]),
            *(show(part) for name in measured for part in (name, f"{name}_error")),
            Cell(format_number(row["endless_share"], _DECIMALS, PER_CENT)),
            Cell(format_count(row["n_repetitions"])),
        ),
        is_summary=row["size"] == "all",
    )


def _print_quantity(study: Study, row: dict[str, Any]) -> Row:
    measure = effect_measure(study.outcomes[row["outcome"]])
    figures = ("truth", "mean", "bias", "bias_error")
    return Row(
        row["outcome"],
        outcome_label(study, row["outcome"]),
        (
            Cell(phase_label(row["phase"])),
            Cell(unit_label(row["unit"])),
            Cell(row["quantity"]),
            *(
                Cell(format_number(row[name], measure.decimals + 1, measure.scale))
                for name in figures
            ),
            Cell(format_count(row["n_repetitions"])),
        ),
    )


def _label(study: Study, outcome: str) -> str:
    return f"{outcome_label(study, outcome)}, {effect_unit_label(study.outcomes[outcome])}"
