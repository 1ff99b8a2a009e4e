"""What a check of duration models shows."""

import pytest

from pipeline.report.model_check import build_model_check
from tests.unit.report.conftest import draw_fits


@pytest.fixture
def figure(study):
    return next(figure for figure in study.figures if figure.kind == "duration_fit")


def test_each_group_and_period_has_the_data_and_every_model(study, figure):
    check = build_model_check(study, figure, draw_fits("participating"))
    assert [panel.label for panel in check.panels] == [
        "Participating job centres, before",
        "Participating job centres, during",
        "Rest of the country, before",
        "Rest of the country, during",
    ]
    panel = check.panels[0]
    assert panel.weeks == (1, 2, 3, 4, 5)
    assert panel.kaplan_meier[1] == pytest.approx(0.81)
    assert [(curve.label, curve.is_headline) for curve in panel.curves] == [
        ("Exponential", True),
        ("Weibull", False),
    ]
    assert panel.curves[0].fitted == pytest.approx(panel.kaplan_meier)
    assert "Weibull at most 26.3%" in check.alt


def test_weeks_with_hardly_anybody_are_in_the_data_alone(study, figure):
    fitted = draw_fits("participating")
    few = fitted.with_columns(at_risk=fitted["week"] * -4 + 22)
    check = build_model_check(study, figure, few)
    assert check.panels[0].weeks == (1, 2, 3)
    assert check.data.height == fitted.height


def test_without_a_curve_there_is_no_figure(study, figure):
    assert build_model_check(study, figure, draw_fits("participating").clear()) is None
