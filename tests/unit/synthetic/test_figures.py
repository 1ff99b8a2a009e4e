"""Figures of the truth: what of an outcome they follow, and where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from pipeline.models.expected_durations import summarise_expected
from pipeline.spec import Study, parse_weeks
from pipeline.synthetic.chain import State
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.figures import Summarise, planted_figures
from pipeline.synthetic.followed import (
    follow_gaps,
    follow_waits,
    median_weeks,
    restricted_mean,
    share_lasting,
)
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.truth import Course, plant_course

WEEKS = parse_weeks("2015-W40..2019-W13")


@pytest.fixture(scope="module")
def course(hir: Study) -> Course:
    return plant_course(hir, read_geography(WEEKS), WEEKS)


def find_figures(
    course: Course, summarise: Summarise | None = None, **changes: object
) -> dict[str, float]:
    """The truth of the pooled weeks between measures, asked for in another way."""
    own = course.study.outcomes["weeks_between_measures"].model_copy(update=changes)
    study = course.study.model_copy(update={"outcomes": {"weeks": own}})
    rows = planted_figures(replace(course, study=study), summarise)
    return rows.filter(phase="intervention", unit="participating").to_dicts()[0]


def test_gaps_followed_by_weeks_are_the_gaps_that_are_planted(course: Course, hir: Study) -> None:
    for window in hir.windows.values():
        span = course.chain.calendar.span(window)
        gaps = course.planted.expectation.gaps(span)
        followed = follow_gaps(course.planted.expectation, span, span.start)
        assert np.allclose(followed.at_risk.sum(0), gaps.exposure)
        assert np.allclose(followed.events.sum(0), gaps.events)
        assert followed.events[-1].max() == 0.0


def test_gaps_under_way_come_on_top_of_those_that_begin(course: Course, hir: Study) -> None:
    expectation = course.planted.expectation
    span = course.chain.calendar.span(hir.periods.before)
    flow, both = (follow_gaps(expectation, span, since) for since in (span.start, 1))
    n_weeks = len(span)
    assert (both.at_risk[:n_weeks] >= flow.at_risk - 1e-15).all()
    assert np.allclose(both.at_risk[0], flow.at_risk[0])
    assert both.at_risk[n_weeks:].sum() > 0.1 * flow.at_risk.sum()
    # Each week of a gap is seen in the year before or the one before that, and in no other.
    earlier = range(span.start - n_weeks, span.start)
    longer = range(earlier.start, span.stop)
    week_more = range(earlier.start, span.start + 1)
    first, second, whole, more = (
        follow_gaps(expectation, seen, earlier.start) for seen in (earlier, span, longer, week_more)
    )
    assert first.at_risk.sum() + second.at_risk.sum() == pytest.approx(whole.at_risk.sum())
    # Those that end in the second window's first week are seen in neither.
    unseen = more.events.sum() - first.events.sum()
    assert unseen > 0.01 * first.events.sum()
    assert first.events.sum() + unseen + second.events.sum() == pytest.approx(whole.events.sum())


def test_waits_begin_with_everybody_who_is_awarded(course: Course) -> None:
    """Without moves and breaks: all who were waiting, and no one else."""
    process = course.chain.process.model_copy(update={"mover_share": 0.0, "interruption": 1e-12})
    chain = replace(course.chain, process=process)
    still = Expectation(chain, recipients_in_intervention=False)
    waiting = still.mass[..., State.WAITING].sum(1)
    # A few were off when the data begin, and come back.
    waits = follow_waits(still, range(100, 130), 100)
    assert np.allclose(waits.at_risk[0], (waiting[99:129] - waiting[100:130]).sum(0), rtol=1e-3)
    assert (np.diff(waits.at_risk, axis=0) <= 0.0).all()
    assert np.allclose(waits.events[0] / waits.at_risk[0], process.measure_at_award, rtol=1e-3)
    assert follow_waits(still, range(1, 26), 1).at_risk.sum() == 0.0


def test_no_wait_goes_on_after_a_move(course: Course) -> None:
    process = course.chain.process.model_copy(update={"mover_share": 1.0})
    moving = replace(course.chain, process=process)
    everyone = Expectation(moving, recipients_in_intervention=False)
    new_year = int(np.flatnonzero(course.chain.calendar.starts_year)[-1])
    waits = follow_waits(everyone, range(new_year - 1, new_year + 1), new_year - 1)
    assert waits.at_risk[0].min() > 0.0
    assert waits.at_risk[1].max() == 0.0


def test_a_restricted_mean_is_that_of_the_curve() -> None:
    at_risk = np.full(60, 100.0)
    assert restricted_mean(at_risk, np.zeros(60)) == 52.0
    assert restricted_mean(at_risk, np.full(60, 10.0)) == pytest.approx((1 - 0.9**52) / 0.1)
    assert restricted_mean(at_risk[:51], np.zeros(51)) is None
    assert restricted_mean(np.where(np.arange(60) < 51, 100.0, 0.0), np.zeros(60)) is None


def test_the_truth_is_of_the_outcome_s_own_summary(course: Course) -> None:
    mean = find_figures(course)
    median = find_figures(course, summary="median")
    assert median["before"] == pytest.approx(log(2) * mean["before"])
    restricted = find_figures(course, summary="rmst_52")
    expected = mean["during"] * (1.0 - exp(-52 / mean["during"]))
    assert restricted["during"] == pytest.approx(expected)
    curve = find_figures(course, summary="rmst_52", model="kaplan_meier")
    for figure in ("before", "during", "effect"):
        assert curve[figure] == mean[f"{figure}_rmst_52"] == restricted[f"{figure}_rmst_52"]
    assert 29 < curve["before"] < 34
    median = find_figures(course, summary="median", model="kaplan_meier")
    assert median["before"] == mean["before_median"] == round(median["before"])
    assert 0.35 < mean["before_survival_52"] < 0.5 < mean["before_survival_26"] < 0.6
    change = mean["during_survival_26"] - mean["before_survival_26"]
    assert mean["effect_survival_26"] != pytest.approx(change)
    assert mean["source"] == median["source"] == "exact"


def test_a_model_with_a_shape_has_the_weeks_that_it_tends_to(course: Course) -> None:
    exponential = find_figures(course)
    found = find_figures(course, summarise=summarise_expected, model="weibull")
    assert found["source"] == "limit"
    # Those who start again seldom stretch the tail that a constant hazard does not have.
    assert found["before"] > exponential["before"] + 5.0
    assert found["effect"] == pytest.approx(exponential["effect"], abs=6.0)
    restricted = find_figures(
        course, summarise=summarise_expected, model="weibull", summary="rmst_52"
    )
    assert restricted["before"] == pytest.approx(exponential["before_rmst_52"], abs=1.0)
    for unknown in (
        find_figures(course, model="weibull"),
        find_figures(
            course, summarise=summarise_expected, model="hazard_ratio_did", summary="rmst_52"
        ),
    ):
        assert (unknown["before"], unknown["effect"]) == (None, None)
        assert unknown["effect_rmst_52"] == exponential["effect_rmst_52"]


def test_shares_that_last_longer_are_those_of_the_curve() -> None:
    at_risk, events = np.array([8.0, 4.0, 2.0, 0.0]), np.array([2.0, 2.0, 0.5, 0.0])
    shares = [share_lasting(week, at_risk, events) for week in range(5)]
    assert shares == [1.0, 0.75, 0.375, 0.28125, None]
    assert median_weeks(at_risk, events) == 2.0
    assert median_weeks(at_risk[:1], events[:1]) is None


def test_the_truth_is_of_the_outcome_s_own_sampling_and_population(course: Course) -> None:
    own = find_figures(course)["before"]
    assert find_figures(course, sampling="stock_and_flow")["before"] > own + 5.0
    each = find_figures(course, population="resource_course_each_period")
    assert abs(each["before"] - own) > 0.1
    # Who receives it in the intervention is a member of either.
    assert each["during"] == pytest.approx(find_figures(course)["during"])


def test_of_another_benefit_nothing_is_known(course: Course, hir: Study) -> None:
    other = hir.populations["resource_course"].model_copy(update={"benefit": "cash_benefit"})
    populations = {**hir.populations, "resource_course_each_period": other}
    own = hir.outcomes["weeks_between_measures"]
    other_population = {"population": "resource_course_each_period"}
    outcomes = {"own": own, "other": own.model_copy(update=other_population)}
    study = hir.model_copy(update={"populations": populations, "outcomes": outcomes})
    assert planted_figures(replace(course, study=study))["outcome"].unique().to_list() == ["own"]
