"""Drawing: the only door to matplotlib. No state is shared between figures."""

from __future__ import annotations

from matplotlib.figure import Figure

from pipeline.report.event_figure import EventPath
from pipeline.report.exit_figure import WaysOut
from pipeline.report.forest import Forest
from pipeline.report.model_check import ModelCheck
from pipeline.report.plots.canvas import save_figure
from pipeline.report.plots.event_study import draw_event_path
from pipeline.report.plots.forest import draw_forest
from pipeline.report.plots.model_check import draw_model_check
from pipeline.report.plots.scores import draw_scores
from pipeline.report.plots.specification_curve import draw_specification_curve
from pipeline.report.plots.survival import draw_survival
from pipeline.report.plots.ways_out import draw_ways_out
from pipeline.report.score_figure import ScoreFigure
from pipeline.report.specification_curve import SpecificationCurve
from pipeline.report.survival import Survival

__all__ = ["draw_content", "save_figure"]


def draw_content(
    content: Survival
    | WaysOut
    | Forest
    | EventPath
    | SpecificationCurve
    | ModelCheck
    | ScoreFigure,
) -> Figure:
    """The figure of what it shows."""
    match content:
        case Survival():
            return draw_survival(content)
        case WaysOut():
            return draw_ways_out(content)
        case Forest():
            return draw_forest(content)
        case EventPath():
            return draw_event_path(content)
        case ModelCheck():
            return draw_model_check(content)
        case SpecificationCurve():
            return draw_specification_curve(content)
        case ScoreFigure():
            return draw_scores(content)
