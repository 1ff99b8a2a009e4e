"""Specification curves, drawn."""

from __future__ import annotations

import textwrap

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.report.formats import prettify_minus
from pipeline.report.plots.canvas import (
    BLUE,
    GREY,
    INK,
    PALE,
    STYLE,
    TINT,
    VERMILION,
    add_axes,
    start_figure,
    write_heading,
)
from pipeline.report.specification_curve import Specification, SpecificationCurve

_LABEL_LETTERS = 44
_LINE, _CURVE = 0.19, 2.6


def draw_specification_curve(content: SpecificationCurve) -> Figure:
    """Effects with intervals above, from the smallest to the largest; their choices below."""
    n_lines = sum(len(values) + 1 for values in content.dimensions.values())
    matrix = max(n_lines, 1) * _LINE
    top, bottom, between = 0.95, 0.25, 0.15
    with rc_context(STYLE):
        figure = start_figure(top + _CURVE + between + matrix + bottom)
        write_heading(figure, content.title, content.subtitle)
        upper = add_axes(figure, (3.2, bottom + matrix + between, 5.55, _CURVE))
        lower = add_axes(figure, (3.2, bottom, 5.55, matrix))
        for axes in (upper, lower):
            axes.set_xlim(-1, len(content.specifications))
        _draw_effects(upper, content)
        _draw_choices(lower, content, n_lines)
    return figure


def _draw_effects(axes: Axes, content: SpecificationCurve) -> None:
    low, high = content.limits
    axes.set_ylim(low, high)
    is_lower = content.favourable == "lower"
    axes.axhspan(low if is_lower else 0, 0 if is_lower else high, color=TINT, lw=0, zorder=0)
    axes.axhline(0, color=INK, linewidth=1, zorder=2)
    for place, each in enumerate(content.specifications):
        _draw_effect(axes, place, each)
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: prettify_minus(f"{y:g}")))
    axes.set_ylabel(content.axis_label, fontsize=9)
    axes.text(
        1, 0.02 if is_lower else 0.98, "favourable", transform=axes.transAxes, ha="right",
        va="bottom" if is_lower else "top", fontsize=8.5, color=BLUE,
    )  # fmt: skip


def _draw_effect(axes: Axes, place: int, each: Specification) -> None:
    low, high = axes.get_ylim()
    colour = VERMILION if each.is_headline else BLUE
    if each.ci_low is not None and each.ci_high is not None:
        ends = max(each.ci_low, low), min(each.ci_high, high)
        width = 2.4 if each.is_headline else 1.1
        if ends[0] < ends[1]:
            axes.plot([place, place], ends, color=colour, linewidth=width, alpha=0.75, zorder=3)
    if low <= each.effect <= high:
        axes.plot(
            place, each.effect, "D" if each.is_headline else "o", color=colour, zorder=4,
            markersize=6.5 if each.is_headline else 3.2,
        )  # fmt: skip
    else:
        head, edge = ("^", high) if each.effect > high else ("v", low)
        axes.plot(place, edge, head, color=colour, markersize=5, clip_on=False, zorder=4)


def _draw_choices(axes: Axes, content: SpecificationCurve, n_lines: int) -> None:
    """A line for each choice, with a mark under each specification that made it."""
    axes.set_ylim(max(n_lines, 1) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    beside = axes.get_yaxis_transform()
    line = 0
    for name, values in content.dimensions.items():
        axes.text(-0.02, line, name, transform=beside, ha="right", va="center", fontsize=8.5,
                  fontweight="bold")  # fmt: skip
        for value in values:
            line += 1
            axes.axhline(line, color=PALE, linewidth=0.6, zorder=1)
            label = textwrap.shorten(value, _LABEL_LETTERS, placeholder=" …")
            axes.text(-0.02, line, label, transform=beside, ha="right", va="center", fontsize=7.5,
                      color=GREY)  # fmt: skip
            for place, each in enumerate(content.specifications):
                if each.choices[name] == value:
                    colour = VERMILION if each.is_headline else BLUE
                    axes.plot(place, line, "s", color=colour, markersize=3, zorder=3)
        line += 1
