"""Effects by time since the start, drawn."""

from __future__ import annotations

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from pipeline.report.event_figure import EventPath, EventPoint
from pipeline.report.formats import prettify_minus
from pipeline.report.plots.canvas import (
    BLUE,
    GREY,
    INK,
    PALE,
    STYLE,
    TINT,
    WIDTH,
    add_axes,
    start_figure,
    write_heading,
)

_TICK_WEEKS = 13


def draw_event_path(content: EventPath) -> Figure:
    """A mark and interval per block, the band of the whole path behind, the start as a line."""
    bottom, top, plot_height = 0.7, 1.05, 3.2
    with rc_context(STYLE):
        figure = start_figure(bottom + plot_height + top)
        write_heading(figure, content.title, content.subtitle)
        axes = add_axes(figure, (0.85, bottom, WIDTH - 1.1, plot_height))
        _draw_band(axes, content.points)
        for point in content.points:
            _draw_point(axes, point)
        _style_axes(axes, content)
    return figure


def _draw_band(axes: Axes, points: tuple[EventPoint, ...]) -> None:
    axes.fill_between(
        [point.weeks for point in points],
        [point.band[0] for point in points],
        [point.band[1] for point in points],
        color=TINT,
        linewidth=0,
        zorder=1,
    )
    effects = [point.effect for point in points]
    axes.plot([point.weeks for point in points], effects, color=BLUE, lw=0.8, alpha=0.5, zorder=3)


def _draw_point(axes: Axes, point: EventPoint) -> None:
    axes.plot([point.weeks] * 2, point.interval, color=BLUE, lw=1.8, zorder=3)
    axes.plot(
        point.weeks, point.effect, "o", color=BLUE, markersize=6.5, markeredgewidth=1.5, zorder=4,
        markerfacecolor="white" if point.is_base else BLUE,
    )  # fmt: skip


def _style_axes(axes: Axes, content: EventPath) -> None:
    axes.axhline(0, color=INK, linewidth=1, zorder=2)
    axes.axvline(0, color=GREY, linewidth=1, linestyle=(0, (4, 2)), zorder=2)
    for word, offset, side in (("before", -6, "right"), ("during", 6, "left")):
        axes.annotate(
            word, (0, 1), (offset, 5), axes.get_xaxis_transform(), "offset points",
            ha=side, va="bottom", fontsize=8.5, color=GREY, annotation_clip=False,
        )  # fmt: skip
    axes.xaxis.set_major_locator(MultipleLocator(_TICK_WEEKS))
    axes.yaxis.set_major_locator(MaxNLocator(7))
    as_number = FuncFormatter(lambda value, _: prettify_minus(f"{value:g}"))
    axes.xaxis.set_major_formatter(as_number)
    axes.yaxis.set_major_formatter(as_number)
    axes.grid(axis="y", color=PALE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Weeks since the start", fontsize=9, labelpad=4)
    axes.set_ylabel(content.axis_label, fontsize=9)
