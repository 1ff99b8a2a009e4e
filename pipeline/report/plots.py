"""Drawing: the only door to matplotlib. No state is shared between figures."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from pipeline.layout import write_aside
from pipeline.report.forest import Forest, ForestRow
from pipeline.report.formats import PER_CENT, format_count, prettify_minus
from pipeline.report.survival import Curve, Panel, Survival

# Okabe and Ito's blue and vermilion are told apart by every kind of colour sight, and in grey.
_BLUE = "#0072B2"
_VERMILION = "#D55E00"
_INK = "#1a1a1a"
_GREY = "#5f6368"
_PALE = "#e3e6ea"
_TINT = "#eaf3f9"
_PERIOD_STYLES: dict[str, dict[str, Any]] = {
    "before": {"color": _GREY, "linestyle": (0, (4, 1.6)), "linewidth": 1.6},
    "during": {"color": _BLUE, "linestyle": "solid", "linewidth": 2.0},
}
_WIDTH = 9.0
_LEFT = 0.25
# Letters of a title that fit in the width at its full size; a longer one is set smaller.
_WIDEST_TITLE = 70
_DOTS_PER_INCH = 200
# The font comes with matplotlib, so a closed server draws what any other machine draws. Letters
# are outlines, so a reader's browser needs no font at all.
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "indsats",
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.8,
    "text.color": _INK,
    "xtick.color": _GREY,
    "ytick.color": _GREY,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "axes.unicode_minus": True,
}


def save_figure(figure: Figure, svg: Path, png: Path) -> None:
    """Write the figure twice; the same figure gives the same bytes on every day."""
    no_metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with rc_context(_STYLE):
        with write_aside(svg) as aside:
            figure.savefig(aside, format="svg", metadata=no_metadata)
        with write_aside(png) as aside:
            figure.savefig(aside, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})


def draw_survival(content: Survival) -> Figure:
    """One panel per group, before and during in each, the numbers at risk under them."""
    bottom, top, plot_height = 1.45, 1.0, 3.3
    height = bottom + plot_height + top
    with rc_context(_STYLE):
        figure = _start_figure(height)
        _write_heading(figure, content.title, content.subtitle)
        n_panels = len(content.panels)
        first, gap = 1.1, 0.5
        width = (_WIDTH - first - 0.25 - gap * (n_panels - 1)) / n_panels
        for i, panel in enumerate(content.panels):
            axes = _add_axes(figure, (first + i * (width + gap), bottom, width, plot_height))
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
    axes.grid(axis="y", color=_PALE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if not is_first:
        axes.set_yticklabels([])
    axes.set_xlabel("Weeks since the last measure", fontsize=9, labelpad=4)


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
            color=_INK, fontsize=8, ha="right", va="center", annotation_clip=False,
        )  # fmt: skip


def draw_forest(content: Forest) -> Figure:
    """One line per unit: mark, interval, and the figures beside it; the pooled effect last."""
    line_height, top = 0.3, 1.32
    notes = [line for note in content.footnotes for line in textwrap.wrap(note, 118)]
    bottom = 0.72 + 0.19 * len(notes)
    n_lines = len(content.rows) + 0.6
    height = top + n_lines * line_height + bottom
    with rc_context(_STYLE):
        figure = _start_figure(height)
        _write_heading(figure, content.title, content.subtitle)
        axes = _add_axes(figure, (2.3, bottom, 4.6, n_lines * line_height))
        places = _place_rows(content.rows)
        axes.set_ylim(max(places) + 0.8, -0.8)
        axes.set_xlim(*content.limits)
        for row, y in zip(content.rows, places, strict=True):
            _draw_row(axes, row, y)
        _style_forest(axes, content)
        for i, note in enumerate(reversed(notes)):
            figure.text(_LEFT / _WIDTH, (0.1 + 0.19 * i) / height, note, fontsize=8, color=_GREY)
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
        color=_INK if row.effect is not None else _GREY,
        fontstyle="normal" if row.effect is not None else "italic",
    )  # fmt: skip
    if row.is_pooled and y > 0:
        axes.axhline(y - 0.68, color=_PALE, linewidth=0.8, zorder=1)
    if row.effect is None:
        return
    colour = _VERMILION if row.is_pooled else _BLUE
    if row.ci_low is not None and row.ci_high is not None:
        _draw_interval(axes, (row.ci_low, row.ci_high), y, colour)
    low, high = axes.get_xlim()
    if low <= row.effect <= high:
        axes.plot(
            row.effect, y, "D" if row.is_pooled else "o", color=colour, zorder=4,
            markersize=8 if row.is_pooled else 6.5, markeredgewidth=1.5,
            markerfacecolor="white" if row.is_extrapolated else colour,
        )  # fmt: skip


def _draw_interval(axes: Axes, ends: tuple[float, float], y: float, colour: str) -> None:
    """A line between the ends, cut at the axis with an arrow head where it goes further."""
    left, right = axes.get_xlim()
    low, high = max(ends[0], left), min(ends[1], right)
    if low < high:
        axes.plot([low, high], [y, y], color=colour, linewidth=1.8, solid_capstyle="butt", zorder=3)
    for is_cut, edge, head in ((ends[0] < left, left, "<"), (ends[1] > right, right, ">")):
        if is_cut:
            axes.plot(edge, y, head, color=colour, markersize=6, clip_on=False, zorder=4)


def _style_forest(axes: Axes, content: Forest) -> None:
    low, high = content.limits
    is_lower = content.favourable == "lower"
    axes.axvspan(low if is_lower else 0, 0 if is_lower else high, color=_TINT, lw=0, zorder=0)
    axes.axvline(0, color=_INK, linewidth=1, zorder=2)
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
            color=_GREY if word.strip("← →").startswith("un") else _BLUE,
        )  # fmt: skip


def _start_figure(height: float) -> Figure:
    figure = Figure(figsize=(_WIDTH, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _add_axes(figure: Figure, inches: tuple[float, float, float, float]) -> Axes:
    """Axes at a place given in inches, so that every figure has the same margins and letters."""
    width, height = figure.get_size_inches()
    x, y, w, h = inches
    axes: Axes = figure.add_axes((x / width, y / height, w / width, h / height))
    return axes


def _write_heading(figure: Figure, title: str, subtitle: str) -> None:
    height = figure.get_figheight()
    x = _LEFT / _WIDTH
    # A study's title is text, not mathematics, though it may hold a dollar sign.
    words = " ".join(title.split())
    size = 13 * min(1.0, _WIDEST_TITLE / max(len(words), 1))
    figure.text(x, 1 - 0.36 / height, words, fontsize=size, fontweight="bold", parse_math=False)
    figure.text(x, 1 - 0.62 / height, subtitle, fontsize=9, color=_GREY, parse_math=False)
