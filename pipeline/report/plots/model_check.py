"""Checks of duration models, drawn."""

from __future__ import annotations

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.report.formats import PER_CENT
from pipeline.report.model_check import CheckPanel, ModelCheck
from pipeline.report.plots.canvas import (
    GREY,
    INK,
    LEFT,
    PALE,
    STYLE,
    WIDTH,
    add_axes,
    start_figure,
    write_heading,
)

# Okabe and Ito's, without the black of the data.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_TICK_WEEKS = 13
_COLUMNS = 4


def draw_model_check(content: ModelCheck) -> Figure:
    """Above, survival of models and data by group; below, the residuals against their hazard."""
    top, bottom, left, gap, upper, lower, between = 1.5, 0.55, 0.55, 0.38, 1.75, 1.75, 0.75
    width = (WIDTH - left - 0.2 - gap * (_COLUMNS - 1)) / _COLUMNS
    with rc_context(STYLE):
        figure = start_figure(top + upper + between + lower + bottom)
        write_heading(figure, content.title, content.subtitle)
        for column, panel in enumerate(content.panels):
            x = left + column * (width + gap)
            above = add_axes(figure, (x, bottom + lower + between, width, upper))
            below = add_axes(figure, (x, bottom, width, lower))
            _draw_survival(above, panel)
            _draw_residuals(below, panel)
            above.set_title(panel.label.replace(", ", ",\n"), loc="left", fontsize=8.5,
                            fontweight="bold", pad=6)  # fmt: skip
        _write_legend(figure)
    return figure


def _draw_survival(axes: Axes, panel: CheckPanel) -> None:
    for curve, colour in zip(panel.curves, _COLOURS, strict=False):
        axes.plot(panel.weeks, curve.fitted, color=colour, label=curve.label, zorder=3,
                  linewidth=2.2 if curve.is_headline else 1.1)  # fmt: skip
    axes.step(panel.weeks, panel.kaplan_meier, where="post", color=INK, linewidth=1.4, zorder=4,
              label="Kaplan–Meier")  # fmt: skip
    axes.set_ylim(0, 1)
    axes.set_xticks(range(0, max(panel.weeks) + 1, _TICK_WEEKS))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * PER_CENT:g} %"))
    axes.set_xlabel("Weeks", fontsize=8.5, labelpad=2)
    _style(axes)


def _draw_residuals(axes: Axes, panel: CheckPanel) -> None:
    largest = 1.1 * max(panel.cumulative_hazard)
    axes.plot([0, largest], [0, largest], color=GREY, linewidth=1, linestyle=(0, (4, 2)), zorder=2)
    for curve, colour in zip(panel.curves, _COLOURS, strict=False):
        axes.plot(curve.cox_snell, panel.cumulative_hazard, color=colour, zorder=3,
                  linewidth=2.2 if curve.is_headline else 1.1)  # fmt: skip
    axes.set_xlim(0, largest)
    axes.set_ylim(0, largest)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("Residual", fontsize=8.5, labelpad=2)
    axes.set_title("Cumulative hazard", loc="left", fontsize=8.5, pad=4)
    _style(axes)


def _style(axes: Axes) -> None:
    axes.grid(color=PALE, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def _write_legend(figure: Figure) -> None:
    """One legend for all panels, under the heading."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper left", ncols=4, frameon=False, fontsize=8.5, handlelength=2.2,
        bbox_to_anchor=((LEFT - 0.1) / WIDTH, 1 - 0.66 / figure.get_figheight()),
    )  # fmt: skip
