"""The study's tables: built as display text, written as CSV and as HTML."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from pipeline.layout import write_aside
from pipeline.report.certificate import build_certificate_table, describe_certificate
from pipeline.report.effect_tables import build_mean_table, build_weeks_table
from pipeline.report.exit_table import build_exit_table
from pipeline.report.hazard_table import build_hazard_table
from pipeline.report.measure_mix import build_measure_mix_table
from pipeline.report.model_table import build_model_table
from pipeline.report.published import PublishedTable
from pipeline.report.sensitivity import build_sensitivity_table
from pipeline.report.specifications import build_specifications_table
from pipeline.report.templates import render
from pipeline.report.waiting_table import build_waiting_table
from pipeline.report.withheld import describe_withheld
from pipeline.spec import MEAN_KINDS, Study, Table


def build_tables(
    study: Study, estimates: pl.DataFrame, shown: Mapping[str, pl.DataFrame]
) -> list[PublishedTable]:
    """The tables of the study file in its order; the certificate and the specifications last.

    Args:
        study: what is asked.
        estimates: rows of `ESTIMATE_SCHEMA`.
        shown: by kind of table, the frame behind it besides the estimates: for `measure_mix`
            `population, period, unit, measure, label, n_weeks`, for `exits` the hazards, for
            `duration_models` how each fits, for `sensitivity` what effects lean on, for
            `certificate` how often each method finds an effect where there is none, and
            `withheld` what gates empty.
    """

    def build(table: Table) -> PublishedTable:
        if table.kind == "weeks":
            return certified(build_weeks_table(study, table, estimates), table)
        if table.kind in MEAN_KINDS:
            return certified(build_mean_table(study, table, estimates), table)
        if table.kind == "duration_models":
            return build_model_table(study, table, shown["duration_models"])
        if table.kind == "hazard_effects":
            return build_hazard_table(study, table, estimates)
        if table.kind == "still_waiting":
            return build_waiting_table(study, table, estimates)
        if table.kind == "sensitivity":
            return build_sensitivity_table(study, table, estimates, shown["sensitivity"])
        if table.kind == "exits":
            return certified(build_exit_table(study, table, estimates, shown["exits"]), table)
        return build_measure_mix_table(study, table, estimates, shown["measure_mix"])

    def certified(published: PublishedTable, table: Table) -> PublishedTable:
        notes = [
            *describe_withheld(study, table, shown["withheld"]),
            *describe_certificate(study, shown["certificate"], table.outcome or ""),
        ]
        return replace(published, footnotes=(*published.footnotes, *notes))

    certificate = build_certificate_table(study, shown["certificate"])
    specifications = build_specifications_table(study, estimates)
    return [*map(build, study.tables), certificate, specifications]


def write_tables(tables: Iterable[PublishedTable], folder: Path) -> list[Path]:
    """The paths of what was written: a CSV and an HTML fragment for each table."""
    written = []
    for table in tables:
        written += [_write_csv(table, folder), _write_html(table, folder)]
    return written


def _write_csv(table: PublishedTable, folder: Path) -> Path:
    """As printed, with the columns that stand in the CSV only."""
    path = folder / f"{table.name}.csv"
    with (
        write_aside(path) as aside,
        aside.open("w", encoding="utf-8", newline="") as lines,
    ):
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([table.stub.key, *(column.key for column in table.columns)])
        writer.writerows([row.key, *(cell.text for cell in row.cells)] for row in table.rows)
    return path


def _write_html(table: PublishedTable, folder: Path) -> Path:
    path = folder / f"{table.name}.html"
    with write_aside(path) as aside:
        aside.write_bytes(render("table.html.j2", table=table).encode())
    return path
