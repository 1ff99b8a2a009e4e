"""What all drawings share: letters, colours, margins, headings and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pipeline.layout import write_aside

# Okabe and Ito's blue and vermilion are told apart by every kind of colour sight, and in grey.
BLUE = "#0072B2"
VERMILION = "#D55E00"
INK = "#1a1a1a"
GREY = "#5f6368"
PALE = "#e3e6ea"
TINT = "#eaf3f9"
WIDTH = 9.0
LEFT = 0.25
# Letters of a title that fit in the width at its full size; a longer one is set smaller.
_WIDEST_TITLE = 70
_DOTS_PER_INCH = 200
# The font comes with matplotlib, so a closed server draws what any other machine draws. Letters
# are outlines, so a reader's browser needs no font at all.
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "indsats",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.unicode_minus": True,
}


def save_figure(figure: Figure, svg: Path, png: Path) -> None:
    """Write the figure twice; the same figure gives the same bytes on every day."""
    no_metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with rc_context(STYLE):
        with write_aside(svg) as aside:
            figure.savefig(aside, format="svg", metadata=no_metadata)
        with write_aside(png) as aside:
            figure.savefig(aside, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})


def start_figure(height: float) -> Figure:
    """An empty figure of the common width and a height in inches."""
    figure = Figure(figsize=(WIDTH, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure: Figure, inches: tuple[float, float, float, float]) -> Axes:
    """Axes at a place given in inches, so that every figure has the same margins and letters."""
    width, height = figure.get_size_inches()
    x, y, w, h = inches
    axes: Axes = figure.add_axes((x / width, y / height, w / width, h / height))
    return axes


def write_heading(figure: Figure, title: str, subtitle: str) -> None:
    """Title and subtitle at the top left."""
    height = figure.get_figheight()
    x = LEFT / WIDTH
    # A study's title is text, not mathematics, though it may hold a dollar sign.
    words = " ".join(title.split())
    size = 13 * min(1.0, _WIDEST_TITLE / max(len(words), 1))
    figure.text(x, 1 - 0.36 / height, words, fontsize=size, fontweight="bold", parse_math=False)
    figure.text(x, 1 - 0.62 / height, subtitle, fontsize=9, color=GREY, parse_math=False)
