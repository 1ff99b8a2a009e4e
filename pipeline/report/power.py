"""The table of how small an effect each unit could find."""

from __future__ import annotations

import polars as pl

from pipeline.report.formats import known
from pipeline.report.headline import POOLED_INFERENCE, choose_inference, order_units
from pipeline.report.labels import (
    effect_measure,
    effect_unit_label,
    inference_label,
    outcome_label,
    unit_label,
)
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import INTERVENTION, PARTICIPATING, Outcome, Study

NAME = "power"


def build_power_table(study: Study, estimates: pl.DataFrame, power: pl.DataFrame) -> PublishedTable:
    """Minimum detectable effects of the whole period, a row for each unit, a column per outcome.

    Args:
        study: names the outcomes and the order of the units.
        estimates: rows of `ESTIMATE_SCHEMA`, whose units are shown.
        power: rows of `POWER_SCHEMA`.
    """
    units = estimates["unit"].unique()
    whole = power.filter(pl.col("phase") == INTERVENTION, pl.col("unit").is_in(units.implode()))
    found = {(row["unit"], row["outcome"]): row for row in whole.iter_rows(named=True)}
    outcomes = [name for name in study.outcomes if name in set(whole["outcome"])]
    columns = tuple(
        Column(name, f"{outcome_label(study, name)}, {effect_unit_label(study.outcomes[name])}")
        for name in outcomes
    )
    rows = tuple(
        Row(
            unit,
            unit_label(unit),
            tuple(_print(study.outcomes[name], found.get((unit, name), {})) for name in outcomes),
            is_summary=unit == PARTICIPATING,
        )
        for unit in order_units(study, whole["unit"].unique())
    )
    footnotes = (
        "The smallest effect, either way, that would be told from zero at the 5 % level four times "
        f"in five: {_name_methods(study, outcomes)} for one job centre, "
        f"{inference_label(POOLED_INFERENCE)} for the participating together. A true effect that "
        "is smaller will most likely be missed, and one that is found will look larger than it is.",
        "An empty cell: no effect would be found, however large.",
    )
    title = "How small an effect could be found in the whole period"
    return PublishedTable(
        NAME, title, Column("unit", "Job centre", is_text=True), columns, rows, footnotes
    )


def _name_methods(study: Study, outcomes: list[str]) -> str:
    """The methods for one job centre; with their outcomes where there are several."""
    by_method: dict[str, list[str]] = {}
    for name in outcomes:
        by_method.setdefault(choose_inference(study, name), []).append(outcome_label(study, name))
    if len(by_method) == 1:
        return inference_label(*by_method)
    parts = (
        f"{inference_label(method)} ({'; '.join(labels)})" for method, labels in by_method.items()
    )
    return " and ".join(parts)


def _print(outcome: Outcome, row: dict[str, object]) -> Cell:
    return Cell(effect_measure(outcome).format(known(row.get("detectable_effect"))))
