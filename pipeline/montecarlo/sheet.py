"""A trial run and written: its score sheet as tables and figure, its truth, its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.events import Say
from pipeline.layout import OutFolder, write_aside
from pipeline.manifest import list_outputs, write_manifest
from pipeline.models.estimate import round_figures
from pipeline.models.inference import PERSON_CLUSTER
from pipeline.montecarlo.scores import compare_quantities, score_methods
from pipeline.montecarlo.series import run_repetitions
from pipeline.montecarlo.trial import Trial
from pipeline.report.figures import write_figure
from pipeline.report.headline import POOLED_INFERENCE, choose_inference
from pipeline.report.score_figure import build_score_figure
from pipeline.report.score_sheet import build_quantity_table, build_score_table
from pipeline.report.tables import write_tables
from pipeline.spec import Study


@dataclass(frozen=True)
class Sheet:
    """What a trial leaves behind for the one who asked.

    Attributes:
        scores: the table of scores.
        lines: how the headline methods, and clustering on persons, fare, in words.
    """

    scores: Path
    lines: tuple[str, ...]


def write_sheet(trial: Trial, n_repetitions: int, out: OutFolder, say: Say) -> Sheet:
    """Run what is missing of a trial and write its score sheet.

    Raises:
        UsageError: if the folder holds repetitions of another trial.
    """
    verdicts = run_repetitions(trial, n_repetitions, out, say)
    scores = round_figures(score_methods(trial, verdicts))
    quantities = round_figures(compare_quantities(trial, verdicts))
    # Without a manifest the folder is unfinished: whatever a kill leaves is never taken for a run.
    out.manifest.unlink(missing_ok=True)
    written = [out.root / f"{name}.csv" for name in ("scores", "quantities", "truth")]
    for path, frame in zip(written, (scores, quantities, round_figures(trial.truth)), strict=True):
        with write_aside(path) as aside:
            frame.write_csv(aside)
    tables = [
        build_score_table(trial.study, scores),
        build_quantity_table(trial.study, quantities),
    ]
    written += write_tables(tables, out.tables)
    written += write_figure("scores", build_score_figure(trial.study, scores), out.figures)
    content = trial.identify() | {"repetitions": n_repetitions}
    write_manifest(out.manifest, content | {"outputs": list_outputs(out, written)})
    return Sheet(out.tables / "scores.html", tuple(_tell(trial.study, scores)))


def _tell(study: Study, scores: pl.DataFrame) -> list[str]:
    """Size and coverage of the methods behind bold and of clustering on persons."""
    shared = (POOLED_INFERENCE, PERSON_CLUSTER)
    rows = scores.filter(size="all").to_dicts()
    return [
        f"{row['outcome']}, {row['tested']}, {row['inference']}: "
        f"size {_per_cent(row, 'rejection_rate')}, coverage {_per_cent(row, 'coverage')}"
        for row in rows
        if row["inference"] in (*shared, choose_inference(study, row["outcome"]))
    ]


def _per_cent(row: dict[str, float | None], score: str) -> str:
    value, error = row[score], row[f"{score}_error"]
    if value is None:
        return "unknown"
    return f"{100 * value:.1f} %" + ("" if error is None else f" ± {100 * error:.1f}")
