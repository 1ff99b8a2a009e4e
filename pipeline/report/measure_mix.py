"""The table of what the weeks were spent on."""

from __future__ import annotations

import polars as pl

from pipeline.codes import read_codes
from pipeline.report.formats import format_small_percent
from pipeline.report.headline import focus_unit
from pipeline.report.labels import spell_out, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import BEFORE, INTERVENTION, PARTICIPATING, REST_OF_COUNTRY, Study, Table

# These are always printed, in the published order; others only where they occur.
PRINTED_MEASURES = (
    "none",
    "guidance_and_upskilling",
    "ordinary_education",
    "wage_subsidy",
    "company_internship",
)


def build_measure_mix_table(
    study: Study, table: Table, estimates: pl.DataFrame, measure_mix: pl.DataFrame
) -> PublishedTable:
    """Per cent of the weeks in each kind of measure, by group and period (HIR, table 3)."""
    focus = focus_unit(study, estimates) or PARTICIPATING
    prefixes = {focus: "participating" if focus == PARTICIPATING else "unit"}
    prefixes[REST_OF_COUNTRY] = "rest"
    periods = {BEFORE: "before", INTERVENTION: "during"}
    weeks = _count_weeks(study, measure_mix)
    groups = [(unit, period) for unit in prefixes for period in periods]
    columns = tuple(
        Column(f"{prefixes[unit]}_{periods[period]}_pct", f"{unit_label(unit)}, {periods[period]}")
        for unit, period in groups
    )
    totals = {group: sum(weeks.get(group, {}).values()) for group in groups}
    labels = _label_measures(measure_mix)
    rows = []
    for measure in _order_measures([weeks.get(group, {}) for group in groups]):
        shares = (_share(weeks.get(group, {}).get(measure, 0), totals[group]) for group in groups)
        cells = tuple(Cell(format_small_percent(share)) for share in shares)
        rows.append(Row(measure, labels.get(measure, spell_out(measure)), cells))
    windows = study.windows
    footnote = (
        f"Per cent of person-weeks on the benefit. Before: {windows[BEFORE]}. During: "
        f"{windows[INTERVENTION]}. <1: some, but less than one per cent."
    )
    stub = Column("measure", "Measure", is_text=True)
    return PublishedTable(table.name, table.title, stub, columns, tuple(rows), (footnote,))


def _count_weeks(study: Study, measure_mix: pl.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Weeks by measure for each unit and period of the headline population."""
    weeks: dict[tuple[str, str], dict[str, int]] = {}
    headline = measure_mix.filter(pl.col("population") == study.headline_population)
    for row in headline.iter_rows(named=True):
        group = weeks.setdefault((row["unit"], row["period"]), {})
        group[row["measure"]] = group.get(row["measure"], 0) + (row["n_weeks"] or 0)
    return weeks


def _share(weeks: int, total: int) -> float | None:
    return weeks / total if total else None


def _order_measures(groups: list[dict[str, int]]) -> list[str]:
    """The printed measures, then those that occur, in the order of the code list."""
    occurring = {measure for group in groups for measure, weeks in group.items() if weeks > 0}
    listed = [row["measure"] for row in read_codes("measure_groups")]
    known = [measure for measure in listed if measure in occurring]
    others = [*known, *sorted(occurring - set(known))]
    return [*PRINTED_MEASURES, *(m for m in others if m not in PRINTED_MEASURES)]


def _label_measures(measure_mix: pl.DataFrame) -> dict[str, str]:
    listed = {row["measure"]: row["label"] for row in read_codes("measure_groups")}
    given = measure_mix.select("measure", "label").unique().drop_nulls().sort("measure", "label")
    return listed | dict(given.iter_rows())
