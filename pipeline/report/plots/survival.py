"""Survival curves, drawn."""

from __future__ import annotations

from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from pipeline.report.formats import PER_CENT, format_count
from pipeline.report.plots.canvas import (
    BLUE,
    GREY,
    INK,
    PALE,
    STYLE,
    WIDTH,
    add_axes,
    start_figure,
    write_heading,
)
from pipeline.report.survival import Curve, Panel, Survival

_PERIOD_STYLES: dict[str, dict[str, Any]] = {
    "before": {"color": GREY, "linestyle": (0, (4, 1.6)), "linewidth": 1.6},
    "during": {"color": BLUE, "linestyle": "solid", "linewidth": 2.0},
}


def draw_survival(content: Survival) -> Figure:
    """One panel per group, before and during in each, the numbers at risk under them."""
    bottom, top, plot_height = 1.45, 1.0, 3.3
    height = bottom + plot_height + top
    with rc_context(STYLE):
        figure = start_figure(height)
        write_heading(figure, content.title, content.subtitle)
        n_panels = len(content.panels)
        first, gap = 1.1, 0.5
        width = (WIDTH - first - 0.25 - gap * (n_panels - 1)) / n_panels
        for i, panel in enumerate(content.panels):
            axes = add_axes(figure, (first + i * (width + gap), bottom, width, plot_height))
            _draw_panel(axes, panel, content)
            _style_panel(axes, content, is_first=i == 0)
            _write_at_risk(axes, panel, content.ticks, is_first=i == 0)
    return figure


def _draw_panel(axes: Axes, panel: Panel, content: Survival) -> None:
    axes.set_title(panel.label, loc="left", fontsize=10.5, fontweight="bold", pad=8)
    for curve in panel.curves:
        style = _PERIOD_STYLES[curve.period]
        _draw_band(axes, curve, str(style["color"]))
        axes.step(
            curve.weeks,
            curve.shares,
            where="post",
            label=content.period_labels[curve.period],
            zorder=3,
            **style,
        )
    axes.legend(loc="upper right", frameon=False, fontsize=8.5, handlelength=2.6)


def _draw_band(axes: Axes, curve: Curve, colour: str) -> None:
    """The band where it is known; it breaks off where it is not."""
    ends = zip(curve.lows, curve.highs, strict=True)
    known = [low is not None and high is not None for low, high in ends]
    axes.fill_between(
        curve.weeks,
        [low if low is not None else 0.0 for low in curve.lows],
        [high if high is not None else 0.0 for high in curve.highs],
        where=known,
        step="post",
        color=colour,
        alpha=0.16,
        linewidth=0,
        zorder=2,
    )


def _style_panel(axes: Axes, content: Survival, *, is_first: bool) -> None:
    axes.set_xlim(0, max(content.last_week, 1))
    axes.set_ylim(0, 1.0)
    axes.set_xticks(content.ticks)
    axes.yaxis.set_major_locator(MultipleLocator(0.25))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * PER_CENT:.0f} %"))
    axes.grid(axis="y", color=PALE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if not is_first:
        axes.set_yticklabels([])
    axes.set_xlabel(content.axis_label, fontsize=9, labelpad=4)


def _write_at_risk(axes: Axes, panel: Panel, ticks: tuple[int, ...], *, is_first: bool) -> None:
    """A small table under the panel, one line per period, aligned with the ticks."""
    inch = 1 / (axes.get_position().height * axes.figure.get_figheight())  # type: ignore[union-attr]
    for line, curve in enumerate(panel.curves):
        y = -(0.72 + 0.22 * line) * inch
        colour = str(_PERIOD_STYLES[curve.period]["color"])
        place = axes.get_xaxis_transform()
        for tick, count in zip(ticks, curve.at_risk, strict=True):
            axes.text(
                tick, y, format_count(count), transform=place, color=colour, fontsize=8,
                ha="left" if tick == 0 else "center", va="center",
            )  # fmt: skip
        if is_first:
            axes.annotate(
                curve.period.capitalize(), (0, y), (-10, 0), place, "offset points",
                color=colour, fontsize=8, ha="right", va="center", annotation_clip=False,
            )  # fmt: skip
    if is_first:
        axes.annotate(
            "At risk", (0, -0.5 * inch), (-10, 0), axes.get_xaxis_transform(), "offset points",
            color=INK, fontsize=8, ha="right", va="center", annotation_clip=False,
        )  # fmt: skip
