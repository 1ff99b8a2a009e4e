"""Drawing: the only door to matplotlib. No state is shared between figures."""

from pipeline.report.plots.canvas import save_figure
from pipeline.report.plots.forest import draw_forest
from pipeline.report.plots.survival import draw_survival

__all__ = ["draw_forest", "draw_survival", "save_figure"]
