"""Forests of effects, drawn."""

from __future__ import annotations

import textwrap

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.report.forest import Forest, ForestRow
from pipeline.report.formats import prettify_minus
from pipeline.report.plots.canvas import (
    BLUE,
    GREY,
    INK,
    LEFT,
    PALE,
    STYLE,
    TINT,
    VERMILION,
    WIDTH,
    add_axes,
    start_figure,
    write_heading,
)


def draw_forest(content: Forest) -> Figure:
    """One line per unit: mark, interval, and the figures beside it; the pooled effect last."""
    line_height, top = 0.3, 1.32
    notes = [line for note in content.footnotes for line in textwrap.wrap(note, 118)]
    bottom = 0.72 + 0.19 * len(notes)
    n_lines = len(content.rows) + 0.6
    height = top + n_lines * line_height + bottom
    with rc_context(STYLE):
        figure = start_figure(height)
        write_heading(figure, content.title, content.subtitle)
        axes = add_axes(figure, (2.3, bottom, 4.6, n_lines * line_height))
        places = _place_rows(content.rows)
        axes.set_ylim(max(places) + 0.8, -0.8)
        axes.set_xlim(*content.limits)
        for row, y in zip(content.rows, places, strict=True):
            _draw_row(axes, row, y)
        _style_forest(axes, content)
        for i, note in enumerate(reversed(notes)):
            figure.text(LEFT / WIDTH, (0.1 + 0.19 * i) / height, note, fontsize=8, color=GREY)
    return figure


def _place_rows(rows: tuple[ForestRow, ...]) -> list[float]:
    """A line each; the pooled one stands a little apart."""
    return [i + 0.35 if row.is_pooled and len(rows) > 1 else float(i) for i, row in enumerate(rows)]


def _draw_row(axes: Axes, row: ForestRow, y: float) -> None:
    beside = axes.get_yaxis_transform()
    weight = "bold" if row.is_pooled else "normal"
    axes.text(-0.03, y, row.label, transform=beside, ha="right", va="center", fontweight=weight)
    axes.text(
        1.03, y, row.text, transform=beside, ha="left", va="center", fontsize=9, fontweight=weight,
        color=INK if row.effect is not None else GREY,
        fontstyle="normal" if row.effect is not None else "italic",
    )  # fmt: skip
    if row.is_pooled and y > 0:
        axes.axhline(y - 0.68, color=PALE, linewidth=0.8, zorder=1)
    if row.effect is None:
        return
    colour = VERMILION if row.is_pooled else BLUE
    if row.joint is not None:
        _draw_joint(axes, row.joint, y, colour)
    if row.interval is not None:
        _draw_interval(axes, row.interval, y, colour)
    low, high = axes.get_xlim()
    if low <= row.effect <= high:
        axes.plot(
            row.effect, y, "D" if row.is_pooled else "o", color=colour, zorder=4,
            markersize=8 if row.is_pooled else 6.5, markeredgewidth=1.5,
            markerfacecolor="white" if row.is_extrapolated else colour,
        )  # fmt: skip


def _draw_joint(axes: Axes, ends: tuple[float, float], y: float, colour: str) -> None:
    """A thin line with a tick at each end that is on the axis."""
    left, right = axes.get_xlim()
    axes.plot([max(ends[0], left), min(ends[1], right)], [y, y], color=colour, lw=0.8, zorder=2)
    for end in ends:
        if left <= end <= right:
            axes.plot([end, end], [y - 0.13, y + 0.13], color=colour, lw=0.8, zorder=2)


def _draw_interval(axes: Axes, ends: tuple[float, float], y: float, colour: str) -> None:
    """A line between the ends, cut at the axis with an arrow head where it goes further."""
    left, right = axes.get_xlim()
    low, high = max(ends[0], left), min(ends[1], right)
    if low < high:
        axes.plot([low, high], [y, y], color=colour, linewidth=2.6, solid_capstyle="butt", zorder=3)
    for is_cut, edge, head in ((ends[0] < left, left, "<"), (ends[1] > right, right, ">")):
        if is_cut:
            axes.plot(edge, y, head, color=colour, markersize=6, clip_on=False, zorder=4)


def _style_forest(axes: Axes, content: Forest) -> None:
    low, high = content.limits
    is_lower = content.favourable == "lower"
    axes.axvspan(low if is_lower else 0, 0 if is_lower else high, color=TINT, lw=0, zorder=0)
    axes.axvline(0, color=INK, linewidth=1, zorder=2)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: prettify_minus(f"{x:g}")))
    axes.set_xlabel(content.axis_label, fontsize=9)
    words = ("← favourable", "unfavourable →") if is_lower else ("← unfavourable", "favourable →")
    for word, offset, side in ((words[0], -6, "right"), (words[1], 6, "left")):
        axes.annotate(
            word, (0, 1), (offset, 5), axes.get_xaxis_transform(), "offset points",
            ha=side, va="bottom", fontsize=8.5, annotation_clip=False,
            color=GREY if word.strip("← →").startswith("un") else BLUE,
        )  # fmt: skip
