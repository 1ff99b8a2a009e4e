from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.models.comparison import list_comparisons
from pipeline.models.survival import CURVE_SCHEMA, fit_curve, fit_survival_curves
from pipeline.spec import Study


def draw_gaps(*gaps: tuple[int, int, bool]) -> pl.DataFrame:
    return pl.DataFrame(gaps, ["entry_weeks", "duration_weeks", "has_event"], orient="row")


def test_the_curve_by_hand() -> None:
    curve = fit_curve(draw_gaps((0, 1, True), (0, 1, False), (0, 3, True), (0, 3, True)))

    assert curve["week"].to_list() == [0, 1, 2, 3]
    assert curve["at_risk"].to_list() == [4, 4, 2, 2]
    assert curve["survival"].to_list() == [1.0, pytest.approx(0.75), pytest.approx(0.75), 0.0]
    greenwood = (1 / 12) ** 0.5
    expected = [0.0, pytest.approx(0.75 * greenwood), pytest.approx(0.75 * greenwood), None]
    assert curve["std_error"].to_list() == expected
    low = pytest.approx(0.75 * 2.718281828459045 ** (-1.959963984540054 * greenwood))
    assert curve["ci_low"].to_list() == [1.0, low, low, None]
    assert curve["ci_high"].to_list() == [1.0, 1.0, 1.0, None]


def test_late_entry_is_at_risk_from_the_week_after() -> None:
    curve = fit_curve(draw_gaps((0, 2, True), (0, 4, False), (2, 4, True)))

    assert curve["at_risk"].to_list() == [2, 2, 2, 2, 2]
    expected = [1.0, 1.0, 0.5, 0.5, 0.25]
    assert curve["survival"].to_list() == pytest.approx(expected)


def test_gaps_of_one_kind() -> None:
    curve = fit_curve(draw_gaps((0, 2, False), (0, 2, False)))

    assert curve["survival"].to_list() == [1.0, 1.0, 1.0]
    assert curve["at_risk"].to_list() == [2, 2, 2]


def test_no_gaps_no_curve() -> None:
    curve = fit_curve(draw_gaps((0, 1, True)).clear())

    assert curve.is_empty()
    assert curve.columns == list(CURVE_SCHEMA)[4:]


def test_curves_of_the_pooled_units_and_the_rest(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    curves = fit_survival_curves(study, many_spells, list_comparisons(study, jobcentres))

    assert curves.schema == pl.Schema(CURVE_SCHEMA)
    assert curves.select("period", "unit").unique(maintain_order=True).rows() == [
        ("before", "participating"),
        ("before", "rest_of_country"),
        ("during", "participating"),
        ("during", "rest_of_country"),
    ]
    gaps = many_spells.filter(
        pl.col("sampling") == "flow",
        pl.col("period") == "intervention",
        pl.col("jobcentre").is_in(["Anholt", "Brund"]),
    )
    shown = curves.filter(period="during", unit="participating")
    assert_frame_equal(shown.drop("population", "outcome", "period", "unit"), fit_curve(gaps))
    assert shown["at_risk"][0] == gaps.height


def test_curves_of_one_unit_whatever_the_row_order(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    alone = list_comparisons(study, jobcentres, only="Dragør")
    shuffled = many_spells.sample(fraction=1, shuffle=True, seed=7)

    curves = fit_survival_curves(study, many_spells, alone)

    assert set(curves["unit"]) == {"Dragør", "rest_of_country"}
    again = fit_survival_curves(study, shuffled, alone)
    assert_frame_equal(again, curves, check_exact=True)
