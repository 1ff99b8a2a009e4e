"""What each figure shows: the frame behind it, its words, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.layout import write_aside
from pipeline.report.event_figure import EventPath, build_event_path
from pipeline.report.exit_figure import WaysOut, build_ways_out
from pipeline.report.forest import Forest, build_forest
from pipeline.report.model_check import ModelCheck, build_model_check
from pipeline.report.score_figure import ScoreFigure
from pipeline.report.specification_curve import SpecificationCurve, build_specification_curve
from pipeline.report.survival import Survival, build_survival
from pipeline.spec import Figure, Study

Content = Survival | WaysOut | Forest | EventPath | SpecificationCurve | ModelCheck
_SIGNIFICANT_DIGITS = 10


@dataclass(frozen=True)
class Drawn:
    """A figure that was drawn.

    Attributes:
        name: of its files and of its place in the report.
        title: as in the study file.
        alt: what it shows, for those who do not see it.
        caption: how to read it.
        svg: the drawing as text.
        files: the drawing as SVG and PNG, and the data behind it as CSV.
    """

    name: str
    title: str
    alt: str
    caption: str
    svg: str
    files: tuple[Path, ...]


def draw_figures(
    study: Study, estimates: pl.DataFrame, shown: Mapping[str, pl.DataFrame], folder: Path
) -> list[Drawn]:
    """The figures of the study file, in its order, without those that have nothing to show.

    Args:
        study: what is asked.
        estimates: rows of `ESTIMATE_SCHEMA`.
        shown: by kind of figure, the frame behind it: curves for `survival`, the share by way
            out for `incidence`, effects by block for `event_study` and, for it too, `pre_trend`.
        folder: where the files go.
    """
    drawn = []
    for figure in study.figures:
        content = _build(study, figure, estimates, shown)
        if content is None:
            continue
        paths = write_figure(figure.name, content, folder)
        svg = paths[0].read_text(encoding="utf-8")
        words = (figure.name, figure.title, content.alt, content.caption)
        drawn.append(Drawn(*words, svg, paths))
    return drawn


def write_figure(name: str, content: Content | ScoreFigure, folder: Path) -> tuple[Path, ...]:
    """The paths of a figure: drawn as SVG and as PNG, and the data behind it as CSV."""
    # Drawing takes 1.5 s to import, and most commands draw nothing.
    from pipeline.report.plots import draw_content, save_figure  # noqa: PLC0415

    svg, png, data = (folder / f"{name}.{kind}" for kind in ("svg", "png", "csv"))
    save_figure(draw_content(content), svg, png)
    with write_aside(data) as aside:
        _round(content.data).write_csv(aside)
    return svg, png, data


def _build(
    study: Study, figure: Figure, estimates: pl.DataFrame, shown: Mapping[str, pl.DataFrame]
) -> Content | None:
    if figure.kind == "survival":
        return build_survival(study, figure, shown["survival"])
    if figure.kind == "incidence":
        return build_ways_out(study, figure, shown["incidence"])
    if figure.kind == "duration_fit":
        return build_model_check(study, figure, shown["duration_fit"])
    if figure.kind == "specification_curve":
        return build_specification_curve(study, figure, estimates)
    if figure.kind == "event_study":
        return build_event_path(study, figure, estimates, shown["event_study"], shown["pre_trend"])
    return build_forest(study, figure, estimates)


def _round(data: pl.DataFrame) -> pl.DataFrame:
    """The frame with the digits that ``estimates.csv`` keeps."""
    return data.with_columns(pl.selectors.float().round_sig_figs(_SIGNIFICANT_DIGITS))
