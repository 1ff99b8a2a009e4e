"""Curves of cumulative incidence, drawn."""

from __future__ import annotations

import math
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.report.exit_figure import IncidenceCurve, IncidencePanel, WaysOut
from pipeline.report.formats import PER_CENT
from pipeline.report.plots.canvas import (
    BLUE,
    GREY,
    LEFT,
    PALE,
    STYLE,
    WIDTH,
    add_axes,
    start_figure,
    write_heading,
)

_DASHES = (0, (4, 1.6))
_COLUMNS = 3
_TICK_WEEKS = 13


def draw_ways_out(content: WaysOut) -> Figure:
    """A panel for each way out, with the unit and the rest, before and during in each."""
    n_rows = math.ceil(len(content.panels) / _COLUMNS)
    top, bottom, left, row_height, plot_height = 1.5, 0.6, 0.62, 2.35, 1.65
    height = top + n_rows * row_height - (row_height - plot_height) + bottom
    gap = 0.6
    width = (WIDTH - left - 0.2 - gap * (_COLUMNS - 1)) / _COLUMNS
    with rc_context(STYLE):
        figure = start_figure(height)
        write_heading(figure, content.title, content.subtitle)
        for i, panel in enumerate(content.panels):
            row, column = divmod(i, _COLUMNS)
            x = left + column * (width + gap)
            y = bottom + (n_rows - 1 - row) * row_height
            axes = add_axes(figure, (x, y, width, plot_height))
            _draw_panel(axes, panel)
            _style_panel(axes, content, is_last=row == n_rows - 1)
        _write_legend(figure, content)
    return figure


def _draw_panel(axes: Axes, panel: IncidencePanel) -> None:
    axes.set_title(panel.label, loc="left", fontsize=9.5, fontweight="bold", pad=6)
    for curve in panel.curves:
        style = _style_curve(curve)
        # Four bands would hide each other; those of the year before are in the data.
        if curve.period == "during":
            axes.fill_between(
                curve.weeks,
                [low or 0.0 for low in curve.lows],
                [high or 0.0 for high in curve.highs],
                where=[low is not None for low in curve.lows],
                step="post", color=style["color"], alpha=0.16, linewidth=0, zorder=2,
            )  # fmt: skip
        axes.step(curve.weeks, curve.shares, where="post", zorder=3, **style)


def _style_curve(curve: IncidenceCurve) -> dict[str, Any]:
    """Blue for the unit, grey for the rest; dashes for the year before."""
    is_before = curve.period == "before"
    return {
        "color": GREY if curve.is_rest else BLUE,
        "linestyle": _DASHES if is_before else "solid",
        "linewidth": 1.3 if is_before else 1.9,
        "label": f"{curve.is_rest}-{curve.period}",
    }


def _style_panel(axes: Axes, content: WaysOut, *, is_last: bool) -> None:
    axes.set_xlim(0, max(content.last_week, 1))
    axes.set_xticks(range(0, content.last_week + 1, _TICK_WEEKS))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * PER_CENT:g} %"))
    axes.grid(axis="y", color=PALE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if is_last:
        axes.set_xlabel("Weeks since the stay began", fontsize=9, labelpad=4)


def _write_legend(figure: Figure, content: WaysOut) -> None:
    """One legend for all panels, under the heading."""
    names = {True: "Rest of the country", False: content.unit}
    handles, labels = figure.axes[0].get_legend_handles_labels()
    words = []
    for label in labels:
        is_rest, _, period = label.partition("-")
        words.append(f"{names[is_rest == 'True']}, {period}")
    figure.legend(
        handles, words, loc="upper left", ncols=2, frameon=False, fontsize=8.5, handlelength=2.6,
        bbox_to_anchor=((LEFT - 0.1) / WIDTH, 1 - 0.68 / figure.get_figheight()),
    )  # fmt: skip
