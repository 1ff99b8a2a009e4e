"""What a specification curve shows."""

import pytest

from pipeline.report.specification_curve import build_specification_curve
from pipeline.spec import Figure
from tests.unit.report.conftest import WEEKS_OUTCOME, make_row, to_estimates

FIGURE = Figure(name="curve", title="Curve", kind="specification_curve", outcome=WEEKS_OUTCOME)


def draw(model: str, effect: float | None, **figures: object) -> dict:
    row = make_row(WEEKS_OUTCOME, "participating", effect=effect, std_error=2.0)
    return row | {"model": model} | figures


def build(study, *rows):
    return build_specification_curve(study, FIGURE, to_estimates(list(rows)))


def test_specifications_stand_by_effect_with_their_choices(study):
    curve = build(
        study,
        draw("exponential", -3.0),
        draw("weibull.rmst_52_stock_and_flow", -5.0, inference="jobcentre_cluster"),
        draw("exponential.without_stv", 1.0),
        draw("lognormal", None),
    )
    assert [each.effect for each in curve.specifications] == [-5.0, -3.0, 1.0]
    assert [each.is_headline for each in curve.specifications] == [False, True, False]
    first = curve.specifications[0].choices
    assert (first["Model"], first["Summary"], first["Sampling"]) == (
        "Weibull", "Restricted mean to 52 weeks", "Stock and flow",
    )  # fmt: skip
    assert curve.specifications[2].choices["Job centres"].startswith("Without the job centres")
    assert "Population" not in curve.dimensions
    assert curve.dimensions["Sampling"] == ("Flow", "Stock and flow")
    assert curve.data.height == 3


def test_zero_is_always_on_the_axis_and_one_wild_model_does_not_stretch_it(study):
    rows = [draw(f"model_{number}", -3.0 - number / 10) for number in range(9)]
    curve = build(study, *rows, draw("lognormal", 900.0))
    low, high = curve.limits
    assert low < 0 < high
    assert high < 100


def test_phases_and_single_units_are_left_out(study):
    other = draw("exponential", 4.0, phase="last_3_months")
    curve = build(study, draw("exponential", -3.0), other, draw("weibull", 9.0, unit="Greve"))
    assert [each.effect for each in curve.specifications] == [-3.0]


def test_without_an_effect_there_is_no_figure(study):
    assert build(study, draw("exponential", None)) is None


@pytest.mark.parametrize("name", ["svg", "png"])
def test_it_is_drawn(study, tmp_path, name):
    from pipeline.report.plots import draw_content, save_figure

    curve = build(study, draw("exponential", -3.0), draw("weibull", -4.0, ci_low=None))
    save_figure(draw_content(curve), tmp_path / "curve.svg", tmp_path / "curve.png")
    assert (tmp_path / f"curve.{name}").stat().st_size > 1000
