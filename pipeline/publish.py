"""Estimates turned into everything that an out folder shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.evaluate import (
    describe_study,
    fit_estimates,
    keep_other_units,
    read_estimates,
    write_estimates,
)
from pipeline.events import Event
from pipeline.layout import OutFolder
from pipeline.manifest import list_outputs, list_versions, read_manifest, write_manifest
from pipeline.models.estimate import Estimates
from pipeline.models.gates import WITHHELD_SCHEMA, list_withheld, withhold_rows
from pipeline.models.inference import SEED
from pipeline.prepare import Job, Prepared, identify_question
from pipeline.report.balance import build_balance_table
from pipeline.report.document import ReportContents, write_report
from pipeline.report.evidence import collect_evidence
from pipeline.report.figures import draw_figures
from pipeline.report.headline import focus_unit
from pipeline.report.power import build_power_table
from pipeline.report.pre_trend_table import build_pre_trend_table
from pipeline.report.summary import summarise_effects
from pipeline.report.tables import build_tables, write_tables
from pipeline.spec import PARTICIPATING, Study


@dataclass(frozen=True)
class Published:
    """What a run leaves behind for the one who asked.

    Attributes:
        report: path of the report.
        effects: the effect on each outcome of the unit in question, in words.
    """

    report: Path
    effects: tuple[str, ...]


def publish_study(study: Study, job: Job, prepared: Prepared) -> Published:
    """Estimate everything and write it."""
    estimates = fit_estimates(study, job.out, job.say)
    return _publish(study, job, prepared, estimates)


def publish_unit(study: Study, job: Job, prepared: Prepared, unit: str) -> Published:
    """Estimate one unit and write it among what the folder already holds.

    Raises:
        UsageError: if the folder holds units that are set against another rest of the country.
    """
    estimates = fit_estimates(study, job.out, job.say, unit)
    return _publish(study, job, prepared, _keep_others(estimates, job.out, unit), unit)


def _keep_others(estimates: Estimates, out: OutFolder, unit: str) -> Estimates:
    """The estimates of one unit among those that the folder already holds."""
    kept = read_estimates(out)
    if kept is None:
        return estimates
    earlier: list[str] = (read_manifest(out.manifest) or {}).get("notices", [])
    notices = [notice for notice in earlier if not notice.startswith(f"{unit},")]
    rows = keep_other_units(estimates.rows, kept, unit)
    return replace(estimates, rows=rows, notices=tuple(sorted({*notices, *estimates.notices})))


def _publish(
    study: Study, job: Job, prepared: Prepared, estimates: Estimates, unit: str | None = None
) -> Published:
    """Write the estimates, tables, figures, report and manifest."""
    out, focus = job.out, focus_unit(study, estimates.rows)
    only = None if focus == PARTICIPATING else focus
    description = describe_study(study, out, estimates.job_centres, only)
    evidence = collect_evidence(study, {**description.figures, **description.tables})
    earlier = read_manifest(out.manifest) or {}
    withheld = list_withheld(study, estimates.rows, evidence, _recall_withheld(earlier, unit))
    estimates = withhold_rows(study, estimates, evidence)
    rows = estimates.rows
    # Without a manifest the folder is unfinished: whatever a kill leaves is never taken for a run.
    out.manifest.unlink(missing_ok=True)
    write_estimates(rows, out)
    tables = build_tables(study, rows, {**description.tables, "withheld": withheld})
    before = [
        build_balance_table(study, rows, description.balance),
        build_power_table(study, rows, description.tables["power"]),
        build_pre_trend_table(study, description.figures["pre_trend"]),
    ]
    written = write_tables([*before, *tables], out.tables)
    figures = draw_figures(study, rows, description.figures, out.figures)
    contents = ReportContents(
        study=study,
        estimates=rows,
        before=before,
        tables=tables,
        figures=figures,
        attrition=description.attrition,
        sources=prepared.sources,
        warnings=prepared.warnings,
        notices=estimates.notices,
        versions=list_versions(),
    )
    write_report(contents, out.report)
    written += [out.estimates, out.report, *(file for figure in figures for file in figure.files)]
    _remove_outdated(out, earlier, written)
    _write_manifest(contents, prepared, withheld, out, written)
    job.say(Event("finished", "report"))
    return Published(out.report, summarise_effects(study, rows, unit))


def _recall_withheld(earlier: Mapping[str, Any], unit: str | None) -> pl.DataFrame:
    """What the gates withheld of those whom a run of one unit leaves as they are; else nothing."""
    rows = [] if unit is None else earlier.get("withheld", [])
    return pl.DataFrame(rows, WITHHELD_SCHEMA).filter(pl.col("unit") != (unit or ""))


def _write_manifest(
    contents: ReportContents,
    prepared: Prepared,
    withheld: pl.DataFrame,
    out: OutFolder,
    written: Sequence[Path],
) -> None:
    """Say what went in, what was done and what came out; its presence says that the run ended."""
    write_manifest(
        out.manifest,
        {
            "versions": contents.versions,
            **identify_question(contents.study, prepared.sources),
            "files": [record.told for source in prepared.sources for record in source.records],
            "seed": SEED,
            "stages": [asdict(stage) for stage in prepared.stages],
            "warnings": list(contents.warnings),
            "notices": list(contents.notices),
            "withheld": withheld.to_dicts(),
            "outputs": list_outputs(out, written),
        },
    )


def _remove_outdated(out: OutFolder, earlier: Mapping[str, Any], written: Sequence[Path]) -> None:
    """Take away what an earlier run wrote and this one did not: it would pass for a result."""
    for output in earlier.get("outputs", []):
        path = out.root / output["file"]
        if output["level"] == "aggregate" and path not in written:
            path.unlink(missing_ok=True)
