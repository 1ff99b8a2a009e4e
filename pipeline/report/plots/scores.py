"""Score sheets, drawn."""

from __future__ import annotations

import textwrap

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.report.plots.canvas import (
    BLUE,
    GREY,
    INK,
    LEFT,
    PALE,
    STYLE,
    VERMILION,
    WIDTH,
    add_axes,
    start_figure,
    write_heading,
)
from pipeline.report.score_figure import ScoreFigure, ScoreLine, ScorePanel
from pipeline.report.score_sheet import SIZES

_LINE, _LABELS, _PANEL = 0.3, 2.75, 2.85
# Small job centres are small marks, large ones large.
_MARK_SIZES = {"smallest": 2.5, "second": 4.0, "third": 5.5, "largest": 7.0, "all": 6.0}
_SPREAD = 0.16
_LETTERS = 43


def draw_scores(content: ScoreFigure) -> Figure:
    """A row of two panels for each outcome, methods as lines."""
    pairs = [content.panels[start : start + 2] for start in range(0, len(content.panels), 2)]
    heights = [max(len(panel.lines) for panel in pair) * _LINE for pair in pairs]
    top, between, bottom = 1.25, 1.0, 0.95
    total = top + sum(heights) + between * (len(pairs) - 1) + bottom
    with rc_context(STYLE):
        figure = start_figure(total)
        write_heading(figure, content.title, content.subtitle)
        y = total - top
        for pair, height in zip(pairs, heights, strict=True):
            y -= height
            for place, panel in enumerate(pair):
                x = LEFT + _LABELS + place * (_PANEL + 0.3)
                axes = add_axes(figure, (x, y, _PANEL, height))
                _draw_panel(axes, panel, with_labels=place == 0)
            y -= between
        words = ", ".join(name.lower() for size, name in SIZES.items() if size != "all")
        note = f"Marks grow with unit size: {words}."
        figure.text(LEFT / WIDTH, 0.12 / total, note, fontsize=8, color=GREY)
    return figure


def _draw_panel(axes: Axes, panel: ScorePanel, *, with_labels: bool) -> None:
    axes.set_ylim(len(panel.lines) - 0.4, -0.6)
    axes.axvline(panel.nominal, color=INK, linewidth=1, zorder=2)
    for y, line in enumerate(panel.lines):
        _draw_line(axes, line, y)
        if with_labels:
            label = textwrap.shorten(line.label, _LETTERS, placeholder=" …")
            weight = "bold" if line.is_headline else "normal"
            axes.text(-0.03, y, label, transform=axes.get_yaxis_transform(), ha="right",
                      va="center", fontsize=8, fontweight=weight)  # fmt: skip
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g}"))
    axes.set_xlabel(panel.axis_label, fontsize=8.5)
    if with_labels:
        axes.set_title(panel.title, fontsize=9.5, fontweight="bold", loc="left")


def _draw_line(axes: Axes, line: ScoreLine, y: int) -> None:
    axes.axhline(y, color=PALE, linewidth=0.6, zorder=1)
    colour = VERMILION if line.is_headline else BLUE
    for place, mark in enumerate(line.marks):
        height = y + _SPREAD * (place - (len(line.marks) - 1) / 2)
        ends = (max(mark.value - 2 * mark.error, 0.0), min(mark.value + 2 * mark.error, 1.0))
        axes.plot(ends, [height, height], color=colour, linewidth=1, zorder=3)
        axes.plot(
            mark.value, height, "D" if line.is_pooled else "o", color=colour, zorder=4,
            markersize=_MARK_SIZES[mark.size],
        )  # fmt: skip
