"""The report: one file that reads as a short evaluation and opens without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from markupsafe import Markup

from pipeline.layout import write_aside
from pipeline.registers.load import Source
from pipeline.report.attrition import build_attrition_table
from pipeline.report.certificate import NAME as CERTIFICATE
from pipeline.report.figures import Drawn
from pipeline.report.headline import focus_unit
from pipeline.report.labels import capitalise, phase_label, unit_label
from pipeline.report.published import PublishedTable
from pipeline.report.specifications import NAME as SPECIFICATIONS
from pipeline.report.summary import summarise_effects
from pipeline.report.templates import render
from pipeline.spec import DURATION_KINDS, PARTICIPATING, Study

_ID = re.compile(r'\b(id="|url\(#|href="#)')
_APART = (CERTIFICATE, SPECIFICATIONS)
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


@dataclass(frozen=True)
class ReportContents:
    """Everything that a report shows.

    Attributes:
        study: what was asked.
        estimates: rows of `ESTIMATE_SCHEMA`.
        before: tables of what was known before anything was estimated.
        tables: the study's tables, and the specifications.
        figures: the study's figures.
        attrition: `population, period, step_number, step, n_persons, n_weeks`.
        sources: the registers that were read.
        warnings: what the checks counted in them.
        notices: what units lack.
        versions: of the programs that made the figures.
    """

    study: Study
    estimates: pl.DataFrame
    before: Sequence[PublishedTable]
    tables: Sequence[PublishedTable]
    figures: Sequence[Drawn]
    attrition: pl.DataFrame
    sources: Sequence[Source]
    warnings: Sequence[str]
    notices: Sequence[str]
    versions: Mapping[str, str]


def write_report(contents: ReportContents, path: Path) -> None:
    """Write the report whole."""
    study = contents.study
    focus = focus_unit(study, contents.estimates)
    kinds = {outcome.kind for outcome in study.outcomes.values()}
    leaning = {table.name for table in study.tables if table.kind == "sensitivity"}
    text = render(
        "report.html.j2",
        study=study,
        focus=unit_label(focus or PARTICIPATING),
        is_pooled=focus == PARTICIPATING,
        kinds=kinds,
        durations=kinds & set(DURATION_KINDS),
        summary=summarise_effects(study, contents.estimates),
        windows=[(capitalise(phase_label(name)), w) for name, w in study.windows.items()],
        attrition=build_attrition_table(study, contents.attrition),
        before=contents.before,
        tables=[table for table in contents.tables if table.name not in {*_APART, *leaning}],
        sensitivity=[table for table in contents.tables if table.name in leaning],
        certificate=[table for table in contents.tables if table.name == CERTIFICATE],
        specifications=[table for table in contents.tables if table.name == SPECIFICATIONS],
        figures=[(figure, _inline(figure)) for figure in contents.figures],
        sources=contents.sources,
        warnings=contents.warnings,
        notices=contents.notices,
        versions=contents.versions,
    )
    with write_aside(path) as aside:
        aside.write_bytes(text.encode())


def _inline(figure: Drawn) -> Markup:
    """The drawing without its prologue, with names that no other drawing on the page has."""
    svg = _PROLOGUE.sub("", figure.svg)
    return Markup(_ID.sub(rf"\g<1>{figure.name}-", svg))
