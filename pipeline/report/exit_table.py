"""The table of ways out: who leaves, for what, and how much oftener than in the rest."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.codes import read_codes
from pipeline.report.formats import PER_CENT, format_count, format_number, format_p_value, known
from pipeline.report.headline import SIGNIFICANCE_LEVEL, focus_unit, select_effects
from pipeline.report.labels import population_label, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import BEFORE, INTERVENTION, PARTICIPATING, REST_OF_COUNTRY, Study, Table

_PER_WEEKS = 1000


def build_exit_table(
    study: Study, table: Table, estimates: pl.DataFrame, exit_hazards: pl.DataFrame
) -> PublishedTable:
    """Per cent that have left by each way within a year, and the hazards against the rest.

    Args:
        study: what is asked.
        table: names the outcome.
        estimates: rows of `ESTIMATE_SCHEMA`.
        exit_hazards: `population, outcome, period, way_out, unit, n_events, weeks_at_risk, hazard,
            hazard_ratio, ci_low, ci_high, p_value`.
    """
    name = table.outcome or ""
    focus = focus_unit(study, estimates) or PARTICIPATING
    hazards = {
        row["way_out"]: row
        for row in exit_hazards.filter(outcome=name, unit=focus, period="during").iter_rows(
            named=True
        )
    }
    ways = {way["way_out"]: way["label"] for way in read_codes("ways_out")}
    rows = [
        Row(way, label, (*_levels(study, estimates, name, way), *_hazard_cells(hazards.get(way))))
        for way, label in ways.items()
    ]
    counted = (*_levels(study, estimates, name), *_hazard_cells(None))
    rows.append(Row("counted", study.outcomes[name].label, counted, is_summary=True))
    return PublishedTable(
        table.name,
        table.title,
        Column("way_out", "Way out", is_text=True),
        _list_columns(focus),
        tuple(rows),
        _write_footnotes(study, name, [ways[way] for way in study.outcomes[name].any_of]),
    )


def _list_columns(focus: str) -> tuple[Column, ...]:
    prefix = "participating" if focus == PARTICIPATING else "unit"
    return (
        Column(f"{prefix}_before_pct", f"{unit_label(focus)}, before"),
        Column(f"{prefix}_during_pct", f"{unit_label(focus)}, during"),
        Column("rest_before_pct", "Rest of the country, before"),
        Column("rest_during_pct", "Rest of the country, during"),
        Column("effect_pp", "Effect, points"),
        Column("n_exits_during", "Left during"),
        Column("hazard_per_1000_weeks", f"Per {_PER_WEEKS:,} weeks", is_hidden=True),
        Column("hazard_ratio", "Hazard over the rest's, during"),
        Column("hazard_ratio_low", "95 % from"),
        Column("hazard_ratio_high", "to"),
        Column("p_value", "p", is_hidden=True),
    )


def _levels(
    study: Study, estimates: pl.DataFrame, outcome: str, way: str | None = None
) -> tuple[Cell, ...]:
    """Per cent before and during, of the unit and of the rest, and the effect."""
    focus = focus_unit(study, estimates)
    effects = {
        effect.unit: effect for effect in select_effects(study, estimates, outcome, part=way)
    }
    unit, rest = effects.get(focus or ""), effects.get(REST_OF_COUNTRY)
    figures = [
        getattr(effect, period) if effect else None
        for effect in (unit, rest)
        for period in ("before", "during")
    ]
    figures.append(unit.effect if unit else None)
    texts = [format_number(figure, 1, PER_CENT) for figure in figures]
    is_bold = unit is not None and unit.is_significant is True
    return (*map(Cell, texts[:-1]), Cell(texts[-1], is_bold))


def _hazard_cells(row: dict[str, Any] | None) -> tuple[Cell, ...]:
    if row is None:
        return (Cell(""),) * 6
    ratio, low, high = (
        format_number(known(row[name]), 2) for name in ("hazard_ratio", "ci_low", "ci_high")
    )
    return (
        Cell(format_count(row["n_events"])),
        Cell(format_number(known(row["hazard"]), 2, _PER_WEEKS)),
        Cell(ratio, is_bold=(known(row["p_value"]) or 1.0) < SIGNIFICANCE_LEVEL),
        Cell(low),
        Cell(high),
        Cell(format_p_value(known(row["p_value"]))),
    )


def _write_footnotes(study: Study, outcome: str, counted: list[str]) -> tuple[str, ...]:
    windows = study.windows
    return (
        "Per cent that have left by each way within 52 weeks of the start of the stay "
        "(Aalen–Johansen): who has left by one way can no longer leave by another. Before: "
        f"{windows[BEFORE]}. During: {windows[INTERVENTION]}. Everyone "
        f"{population_label(study, study.population_of(outcome))}.",
        "Effect: the change in the job centres minus the change in the rest of the country. "
        f"{study.outcomes[outcome].label}: {', '.join(counted)}.",
        "Hazard: ways out per week on the benefit. Its ratio compares the job centres with the "
        "rest in the intervention alone, with intervals clustered on persons; it is no effect.",
    )
