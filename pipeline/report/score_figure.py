"""What the figure of a score sheet shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.report.headline import POOLED_INFERENCE, choose_inference
from pipeline.report.labels import capitalise, inference_label, outcome_label
from pipeline.report.score_sheet import SIZES
from pipeline.spec import Study

_PANELS = {
    "rejection_rate": ("Effects found where there is none, per cent", 0.05),
    "coverage": ("Intervals that hold the truth, per cent", 0.95),
}
_TESTED = {"one_unit": tuple(size for size in SIZES if size != "all"), "pooled": ("all",)}


@dataclass(frozen=True)
class ScoreMark:
    """One rate of a method: its group of unit size, value, and Monte-Carlo error, as shares."""

    size: str
    value: float
    error: float


@dataclass(frozen=True)
class ScoreLine:
    """One method and its rates."""

    label: str
    is_headline: bool
    is_pooled: bool
    marks: tuple[ScoreMark, ...]


@dataclass(frozen=True)
class ScorePanel:
    """One score on one outcome; `nominal` is what it should be, as a share."""

    title: str
    axis_label: str
    nominal: float
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True)
class ScoreFigure:
    """Two panels for each outcome, one above the other in pairs."""

    title: str
    subtitle: str
    panels: tuple[ScorePanel, ...]
    data: pl.DataFrame


def build_score_figure(study: Study, scores: pl.DataFrame) -> ScoreFigure:
    """Size and coverage of every method by quarter of unit size.

    Args:
        study: what is asked.
        scores: `outcome, tested, inference, size`, each score and its `_error`.
    """
    scored = set(scores["outcome"])
    panels = tuple(
        ScorePanel(
            outcome_label(study, outcome),
            label,
            nominal,
            _list_lines(study, scores, outcome, score),
        )
        for outcome in study.outcomes
        if outcome in scored
        for score, (label, nominal) in _PANELS.items()
    )
    subtitle = "Marks by quarter of unit size, bars two Monte-Carlo errors; the line is nominal"
    return ScoreFigure(f"{study.title}: score sheet", subtitle, panels, scores)


def _list_lines(
    study: Study, scores: pl.DataFrame, outcome: str, score: str
) -> tuple[ScoreLine, ...]:
    """A line for each method, the same in every panel: one without the score has no marks."""
    lines = []
    for tested, sizes in _TESTED.items():
        own = scores.filter(
            pl.col("outcome") == outcome, pl.col("tested") == tested, pl.col("size").is_in(sizes)
        )
        is_pooled = tested == "pooled"
        headline = POOLED_INFERENCE if is_pooled else choose_inference(study, outcome)
        for (method,), rows in own.group_by("inference", maintain_order=True):
            marks = tuple(
                ScoreMark(row["size"], row[score], row[f"{score}_error"] or 0.0)
                for row in rows.drop_nulls(score).to_dicts()
            )
            label = capitalise(inference_label(str(method))) + (", pooled" if is_pooled else "")
            lines.append(ScoreLine(label, method == headline, is_pooled, marks))
    return tuple(lines)
