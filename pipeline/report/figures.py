"""What each figure shows: the frame behind it, its words, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.layout import write_aside
from pipeline.report.forest import Forest, build_forest
from pipeline.report.survival import Survival, build_survival
from pipeline.spec import Figure, Study

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
    study: Study, estimates: pl.DataFrame, curves: pl.DataFrame, folder: Path
) -> list[Drawn]:
    """The figures of the study file, in its order, without those that have nothing to show.

    Args:
        study: what is asked.
        estimates: rows of `ESTIMATE_SCHEMA`.
        curves: `population, outcome, period, unit, week, at_risk, survival, std_error, ci_low,
            ci_high`.
        folder: where the files go.
    """
    # Drawing takes 1.5 s to import, and most commands draw nothing.
    from pipeline.report.plots import (  # noqa: PLC0415
        draw_forest,
        draw_survival,
        save_figure,
    )

    drawn = []
    for figure in study.figures:
        content = _build(study, figure, estimates, curves)
        if content is None:
            continue
        canvas = draw_survival(content) if isinstance(content, Survival) else draw_forest(content)
        paths = [folder / f"{figure.name}.{kind}" for kind in ("svg", "png", "csv")]
        save_figure(canvas, paths[0], paths[1])
        with write_aside(paths[2]) as aside:
            _round(content.data).write_csv(aside)
        svg = paths[0].read_text(encoding="utf-8")
        words = (figure.name, figure.title, content.alt, content.caption)
        drawn.append(Drawn(*words, svg, tuple(paths)))
    return drawn


def _build(
    study: Study, figure: Figure, estimates: pl.DataFrame, curves: pl.DataFrame
) -> Survival | Forest | None:
    if figure.kind == "survival":
        return build_survival(study, figure, curves)
    return build_forest(study, figure, estimates)


def _round(data: pl.DataFrame) -> pl.DataFrame:
    """The frame with the digits that ``estimates.csv`` keeps."""
    return data.with_columns(pl.selectors.float().round_sig_figs(_SIGNIFICANT_DIGITS))
