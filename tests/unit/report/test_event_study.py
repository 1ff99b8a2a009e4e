"""The figure of effects by time, and the words on the time before the start."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.report.event_figure import build_event_path
from pipeline.report.pre_trend import describe_pre_trend
from tests.unit.report.conftest import draw_paths, draw_verdicts


def choose(study, name):
    return next(figure for figure in study.figures if figure.name == name)


def build(study, estimates, name="path_share_practice_or_hours"):
    paths = pl.concat([draw_paths(unit) for unit in ("Greve", "participating")])
    verdicts = pl.concat([draw_verdicts(unit) for unit in ("Greve", "participating")])
    return build_event_path(study, choose(study, name), estimates, paths, verdicts)


def test_shares_are_shown_in_percentage_points_at_the_middle_of_each_block(study, estimates):
    path = build(study, estimates)
    assert path is not None
    assert [point.weeks for point in path.points] == [
        -45.5, -32.5, -19.5, -6.5, 6.5, 19.5, 32.5, 45.5, 54
    ]  # fmt: skip
    assert path.points[5].effect == pytest.approx(2)
    assert path.points[5].interval == pytest.approx((0, 4))
    assert path.points[5].band == pytest.approx((-1, 5))
    assert path.axis_label == "Effect, percentage points"
    assert [point.is_base for point in path.points].index(True) == 3
    assert "2.0 around week 46" in path.alt


def test_weeks_are_shown_in_weeks(study, estimates):
    path = build(study, estimates, "path_weeks_between_measures")
    assert path is not None
    assert path.points[-1].effect == pytest.approx(2)
    assert path.axis_label == "Effect, weeks"


def test_exits_are_shown_as_those_of_a_thousand_weeks(study, estimates):
    path = build(study, estimates, "path_exits")
    assert path is not None
    assert path.points[-1].effect == pytest.approx(2)
    assert path.axis_label == "Effect, exits per 1,000 weeks"
    assert "by itself makes an effect of 1.5 exits per 1,000 weeks" in path.caption


def test_another_population_is_not_shown(study, estimates):
    paths = draw_paths("participating").with_columns(population=pl.lit("another"))
    figure = choose(study, "path_share_practice_or_hours")
    verdicts = draw_verdicts("participating")
    assert build_event_path(study, figure, estimates, paths, verdicts) is None


def test_the_data_hold_the_path_of_every_unit(study, estimates):
    path = build(study, estimates)
    assert path is not None
    assert len(path.points) == 9
    assert path.data["unit"].value_counts(sort=True).rows() == [("Greve", 9), ("participating", 9)]


def test_what_is_withheld_has_no_path(study, estimates):
    def withhold(unit):
        effect = pl.when(pl.col("unit") != unit).then("effect")
        return build(study, estimates.with_columns(effect=effect))

    path = withhold("Greve")
    assert path is not None
    assert path.data["unit"].unique().to_list() == ["participating"]
    assert withhold("participating") is None


def test_the_caption_says_what_was_found_and_what_may_be_missed(study, estimates):
    found = build(study, estimates)
    assert found is not None
    assert (
        "No difference in trends was found before the start (p = 0.432, 3 blocks of 13 weeks "
        "against the last before the start). The test finds four times in five a straight trend "
        "that by itself makes an effect of 2.5 percentage points; a smaller one it may miss."
    ) in found.caption


def test_a_divergence_is_called_one(study, estimates):
    diverging = build(study, estimates, "path_weeks_between_measures")
    assert diverging is not None
    assert "Trends were not parallel before the start (p <0.001" in diverging.caption
    assert "an effect of 12.3 weeks" in diverging.caption


def test_what_is_unknown_is_called_so(study):
    outcome = study.outcomes["share_practice_or_hours"]
    verdict = {"p_value": None, "refusal": "one treated cluster"}
    words = "Whether trends were parallel before the start is unknown: one treated cluster."
    assert describe_pre_trend(outcome, verdict) == words
    powerless = {"p_value": 0.5, "by": "month", "n_blocks": 12, "detectable_bias": None}
    assert "No straight trend, however steep" in describe_pre_trend(outcome, powerless)
