"""The score sheet as a table and as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.montecarlo.scores import QUANTITY_SCHEMA, SCORE_SCHEMA
from pipeline.report.figures import write_figure
from pipeline.report.score_figure import ScoreFigure, build_score_figure
from pipeline.report.score_sheet import build_quantity_table, build_score_table
from pipeline.spec import Study
from tests.unit.report.conftest import SHARE_OUTCOME, WEEKS_OUTCOME


def score(outcome: str, tested: str, inference: str, size: str, **scores: Any) -> dict[str, Any]:
    key = {"outcome": outcome, "tested": tested, "inference": inference, "size": size}
    return dict.fromkeys(SCORE_SCHEMA) | key | {"n_repetitions": 1_000} | scores


@pytest.fixture
def scores() -> pl.DataFrame:
    rows = [
        score(SHARE_OUTCOME, "one_unit", "placebo_t", "all", bias=0.0123, rejection_rate=0.051,
              rejection_rate_error=0.002, coverage=0.949, ci_length=0.0456, endless_share=0.0),
        score(SHARE_OUTCOME, "one_unit", "placebo_t", "smallest", rejection_rate=0.06),
        score(WEEKS_OUTCOME, "one_unit", "placebo_t_joint", "largest", coverage=0.99),
        score(WEEKS_OUTCOME, "pooled", "cr3", "all", bias=-0.25, ci_length=12.34, power=0.5,
              rejection_rate=0.04, rejection_rate_error=None),
    ]  # fmt: skip
    return pl.DataFrame(rows, SCORE_SCHEMA)


def test_scores_are_printed_in_the_unit_of_the_outcome(study: Study, scores: pl.DataFrame) -> None:
    table = build_score_table(study, scores)
    keys = [column.key for column in table.columns]
    first, _, _, pooled = (
        dict(zip(keys, (cell.text for cell in row.cells), strict=True)) for row in table.rows
    )
    assert first["bias"] == "1.23"
    assert (first["rejection_rate"], first["rejection_rate_error"]) == ("5.1", "0.2")
    assert (first["ci_length"], first["coverage"], first["power"]) == ("4.6", "94.9", "")
    assert (pooled["bias"], pooled["ci_length"], pooled["power"]) == ("-0.25", "12.3", "50.0")
    assert pooled["tested"] == "Several together"
    assert [row.is_summary for row in table.rows] == [True, False, False, True]


def test_quantities_stand_beside_their_truth(study: Study) -> None:
    rows = [(SHARE_OUTCOME, "intervention", "Greve", "effect", 0.057, 0.0581, 0.0011, 0.0005, 40)]
    table = build_quantity_table(study, pl.DataFrame(rows, QUANTITY_SCHEMA, orient="row"))
    assert [cell.text for cell in table.rows[0].cells] == [
        "whole period", "Greve", "effect", "5.70", "5.81", "0.11", "0.05", "40",
    ]  # fmt: skip


def test_every_panel_of_an_outcome_has_the_same_lines(study: Study, scores: pl.DataFrame) -> None:
    figure = build_score_figure(study, scores)
    pairs: dict[str, list[list[str]]] = {panel.title: [] for panel in figure.panels}
    for panel in figure.panels:
        pairs[panel.title].append([line.label for line in panel.lines])
    assert all(lines == others for lines, others in pairs.values())
    weeks = [panel for panel in figure.panels if panel.title == "Weeks between measures"]
    assert [len(line.marks) for line in weeks[0].lines] == [0, 1]
    assert [line.is_headline for line in weeks[0].lines] == [False, True]
    assert [panel.nominal for panel in weeks] == [0.05, 0.95]


def test_quarters_are_marked_and_all_together_are_not(study: Study, scores: pl.DataFrame) -> None:
    figure = build_score_figure(study, scores)
    share = next(panel for panel in figure.panels if "Share" in panel.title)
    assert [(mark.size, mark.value) for mark in share.lines[0].marks] == [("smallest", 0.06)]


def test_the_figure_and_its_data_are_written(
    study: Study, scores: pl.DataFrame, tmp_path: Path
) -> None:
    figure: ScoreFigure = build_score_figure(study, scores)
    svg, png, data = write_figure("scores", figure, tmp_path)
    assert svg.read_text(encoding="utf-8").count("<svg") == 1
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert pl.read_csv(data).height == scores.height
