"""Shocks of job centres: their own law, what they do to draws, and what the truth makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipeline.spec import Study, parse_weeks
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.chain import PASSIVE, State
from pipeline.synthetic.course import Citizens, draw_citizens
from pipeline.synthetic.figures import planted_figures, true_figures
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.hours import draw_hours
from pipeline.synthetic.kinds import read_benefit_codes
from pipeline.synthetic.months import make_months
from pipeline.synthetic.shocks import (
    draw_factors,
    shock_course,
    spread_factors,
    spread_shocks,
)
from pipeline.synthetic.truth import Course, plant_course

WEEKS = parse_weeks("2017-W01..2019-W13")
PERSONS = 20_000
# In standard errors; the draws are always the same.
FAR = 4.2
SHARE = "share_practice_or_hours"


@pytest.fixture(scope="module")
def course(planted_hir: Study) -> Course:
    calibration = load_calibration(planted_hir).with_shocks(0.5)
    return plant_course(planted_hir, read_geography(WEEKS), WEEKS, calibration)


@pytest.fixture(scope="module")
def shocked(course: Course) -> Course:
    return shock_course(course, np.random.default_rng(1))


@pytest.fixture(scope="module")
def citizens(shocked: Course) -> Citizens:
    codes = read_benefit_codes("resource_course")
    return draw_citizens(shocked, codes, PERSONS, np.random.default_rng(2))


def units_of(course: Course, citizens: Citizens) -> np.ndarray:
    years = course.chain.calendar.years - course.chain.calendar.years[0]
    return course.geography.unit_of[citizens.homes][years]


def test_factors_have_mean_one_their_size_and_their_correlation() -> None:
    factors = draw_factors(0.3, 0.8, (60, 4_000), np.random.default_rng(1))
    assert factors.mean() == pytest.approx(1.0, abs=0.01)
    logs = np.log(factors)
    assert logs[0].std() == pytest.approx(0.3, abs=0.012)
    assert logs[-1].std() == pytest.approx(0.3, abs=0.012)
    for apart in (1, 3):
        pairs = np.corrcoef(logs[:-apart].ravel(), logs[apart:].ravel())
        assert pairs[0, 1] == pytest.approx(0.8**apart, abs=0.02)
    assert abs(np.corrcoef(logs[:, 0], logs[:, 1])[0, 1]) < 0.6


def test_without_shocks_the_course_is_the_planted_one(course: Course, planted_hir: Study) -> None:
    calm = load_calibration(planted_hir).with_shocks(0.0)
    planted = plant_course(planted_hir, read_geography(WEEKS), WEEKS, calm)
    assert shock_course(planted, np.random.default_rng(1)) is planted
    assert list(spread_shocks(planted)) == [planted]
    assert true_figures(planted).equals(planted_figures(course))


def test_another_stream_draws_other_shocks(course: Course, shocked: Course) -> None:
    same, other = (shock_course(course, np.random.default_rng(seed)) for seed in (1, 3))
    assert np.array_equal(same.hours, shocked.hours)
    assert true_figures(same).equals(true_figures(shocked))
    assert not np.allclose(other.hours, shocked.hours)


def test_rows_stay_probabilities(shocked: Course) -> None:
    for week in (1, shocked.chain.calendar.start, shocked.chain.n_weeks - 1):
        matrix = shocked.chain.transition(week)
        assert matrix.min() >= 0.0
        assert np.allclose(matrix.sum(axis=-1), 1.0)
    assert shocked.kinds.probabilities.min() >= 0.0
    assert np.allclose(shocked.kinds.probabilities.sum(axis=-1), 1.0)


def test_restarts_are_multiplied_and_nothing_else(course: Course, shocked: Course) -> None:
    week = 40
    ratio = shocked.chain.transition(week) / course.chain.transition(week).clip(1e-300)
    factors = shocked.chain.restart_factors[week]
    for state in PASSIVE:
        assert np.allclose(ratio[..., state, State.MEASURE], factors)
        assert np.allclose(ratio[..., state, State.GONE], 1.0)
    assert np.allclose(ratio[..., State.MEASURE, State.MEASURE], 1.0)


def test_restarts_follow_the_shocks_of_their_job_centre(
    shocked: Course, citizens: Citizens
) -> None:
    units, chances, starts = units_of(shocked, citizens), 0.0, 0.0
    variance, shocks = 0.0, shocked.chain.restart_factors
    for week in range(1, shocked.chain.n_weeks):
        gap = (citizens.states[week - 1] == State.FAST) & (shocks[week, units[week]] > 1.3)
        restart = shocked.chain.transition(week)[0, :, State.FAST, State.MEASURE]
        chance = restart[units[week, gap]]
        chances, variance = chances + chance.sum(), variance + (chance * (1 - chance)).sum()
        starts += (citizens.states[week, gap] == State.MEASURE).sum()
    assert abs(starts - chances) < FAR * np.sqrt(variance)
    assert chances > 1_000


def test_internships_follow_the_shocks_of_every_month(shocked: Course, citizens: Citizens) -> None:
    probability = shocked.kinds.probability(("company_internship",))
    internship = np.isin(citizens.codes, (817, 818))
    units = units_of(shocked, citizens)
    for week in range(2, shocked.chain.n_weeks, 5):
        active = citizens.states[week] == State.MEASURE
        expected = probability[week, units[week, active]]
        error = np.sqrt((expected * (1 - expected)).sum())
        assert abs(internship[week, active].sum() - expected.sum()) < FAR * error
        high = active & (probability[week, units[week]] > np.median(expected))
        expected = probability[week, units[week, high]]
        error = np.sqrt((expected * (1 - expected)).sum())
        assert abs(internship[week, high].sum() - expected.sum()) < FAR * error


def test_internships_are_multiplied_by_the_factors_of_their_month(
    course: Course, shocked: Course
) -> None:
    months = make_months(course.chain.calendar.weeks)
    shape = (len(months.firsts), len(course.geography.units))
    stream = np.random.default_rng(1).spawn(3)[1]
    factors = draw_factors(0.5, course.calibration.shocks.correlation, shape, stream)
    planted, found = (one.kinds.probability(("company_internship",)) for one in (course, shocked))
    assert np.allclose(found, np.minimum(planted * factors[months.of_week], 1.0))


def test_hours_follow_the_shocks_of_every_month(shocked: Course) -> None:
    """Ten times as common as planted, so that a slip shows."""
    process = shocked.calibration.process.model_copy(update={"hours_ever": 0.6})
    calibration = shocked.calibration.model_copy(update={"process": process})
    common = replace(shocked, calibration=calibration, hours=10.0 * shocked.hours)
    months, calendar = make_months(common.chain.calendar.weeks), common.chain.calendar
    rng = np.random.default_rng(5)
    units = rng.integers(0, len(common.geography.units), (3, PERSONS))
    hours = draw_hours(common, months, units, rng)
    assert hours.shape == (len(months.firsts), PERSONS)
    last = None
    for month, on in enumerate(hours):
        week = months.weeks(month)[0]
        expected = common.hours[week, units[calendar.years[week] - calendar.years[0]]]
        falls = expected < 0.8 * (expected if last is None else last)
        for who in (falls, ~falls):
            error = np.sqrt((expected * (1.0 - expected))[who].sum())
            assert abs(on[who].sum() - expected[who].sum()) <= FAR * error
        last = expected
    spread = shocked.hours[months.weeks(5)[0]]
    assert spread.std() / spread.mean() == pytest.approx(0.5, abs=0.15)


def test_evenly_spread_factors_have_the_law_of_drawn_ones() -> None:
    size, correlation, shape = 0.3, 0.8, (40, 30)
    factors = spread_factors(size, correlation, shape, np.random.default_rng(1))
    again = spread_factors(size, correlation, shape, np.random.default_rng(1))
    assert np.array_equal(factors, again)
    assert factors.shape == (16, *shape)
    logs = (np.log(factors) + size**2 / 2) / size
    assert np.allclose(logs.mean(axis=0), 0.0, atol=1e-12)
    months = np.arange(shape[0])
    law = correlation ** np.abs(months[:, None] - months)
    variances, axes = np.linalg.eigh(law)
    long = axes[:, -15:]
    for unit in range(shape[1]):
        own = logs[:, :, unit].T @ logs[:, :, unit] / len(logs)
        assert np.allclose(long.T @ own @ long, np.diag(variances[-15:]))
        assert np.trace(own) == pytest.approx(shape[0])
    # Job centres are independent of each other.
    apart = np.corrcoef(logs.reshape(-1, shape[1]).T)[np.triu_indices(shape[1], 1)]
    assert abs(apart.mean()) < 0.02
    assert np.abs(apart).max() < 0.5


def test_months_without_correlation_are_spread_too() -> None:
    factors = spread_factors(0.3, 0.0, (3, 50), np.random.default_rng(1))
    logs = (np.log(factors) + 0.3**2 / 2) / 0.3
    assert np.allclose(np.abs(logs), 1.0)
    assert np.allclose(np.einsum("cmu,cnu->umn", logs, logs) / 16, np.eye(3))


def test_spread_shocks_are_of_the_sizes_asked_for(planted_hir: Study) -> None:
    """And none of the courses has any to come."""
    calibration = load_calibration(planted_hir)
    sizes = {"restart": 0.0, "internship": 0.2, "hours": 0.4, "correlation": 0.0}
    own = calibration.model_copy(update={"shocks": calibration.shocks.model_copy(update=sizes)})
    course = plant_course(planted_hir, read_geography(WEEKS), WEEKS, own)
    found = list(spread_shocks(course))
    internship = np.array([each.kinds.probability(("company_internship",)) for each in found])
    planted = course.kinds.probability(("company_internship",))
    assert np.log(internship / planted).std(axis=0) == pytest.approx(0.2)
    assert np.log([each.hours / course.hours for each in found]).std(axis=0) == pytest.approx(0.4)
    assert all((each.chain.restart_factors == 1.0).all() for each in found)
    assert [list(spread_shocks(each)) for each in found] == [[each] for each in found]


def test_the_truth_is_the_mean_of_what_is_known_in_every_course(course: Course) -> None:
    each = [planted_figures(one).drop("source") for one in spread_shocks(course)]
    truth = true_figures(course).drop("source")
    for column in truth.columns[3:]:
        known = pl.DataFrame([one[column].alias(str(number)) for number, one in enumerate(each)])
        is_known = known.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        assert truth[column].is_not_null().equals(is_known)
        mean = known.mean_horizontal().filter(is_known)
        assert np.allclose(truth[column].drop_nulls(), mean, rtol=1e-12)


class Mirrored:
    """Draws the opposite of what another stream draws."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def spawn(self, n: int) -> list[Mirrored]:
        return [Mirrored(stream) for stream in self.rng.spawn(n)]

    def standard_normal(self, shape: tuple[int, int]) -> np.ndarray:
        return -self.rng.standard_normal(shape)


def test_the_truth_is_the_mean_over_shocks(planted_hir: Study) -> None:
    """Of figures under shocks of the shipped size, drawn twenty times with their opposites.

    Beyond the errors of these draws it is right to 0.03 weeks for job centres together and 0.2 for
    single ones, whose weeks the shocks make longer by 0.3 and 0.6, and to 0.05 percentage points.
    """
    course = plant_course(planted_hir, read_geography(WEEKS), WEEKS)
    assert course.calibration.shocks.any
    truth, planted = true_figures(course), planted_figures(course)
    assert set(truth["source"]) == {"exact_mean"}
    assert set(planted["source"]) == {"exact"}
    names = ["before", "during", "effect"]
    drawn = np.array(
        [
            sum(
                true_figures(shock_course(course, stream)).select(names).to_numpy() / 2
                for stream in (np.random.default_rng(seed), Mirrored(np.random.default_rng(seed)))
            )
            for seed in range(20)
        ]
    )
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    away = np.abs(drawn.mean(axis=0) - truth.select(names).to_numpy())
    is_share = (truth["outcome"] == SHARE).to_numpy()
    is_pooled = truth["unit"].is_in(["participating", "rest_of_country"]).to_numpy()
    for own, allowed in (
        (is_share, 0.0005),
        (~is_share & is_pooled, 0.03),
        (~is_share & ~is_pooled, 0.2),
    ):
        known = ~np.isnan(away[own])
        assert (away[own][known] < FAR * error[own][known] + allowed).all()
    longer = truth.select(names).to_numpy() - planted.select(names).to_numpy()
    between = (truth["outcome"] == "weeks_between_measures").to_numpy()
    assert longer[between & is_pooled, :2].min() > 0.1
    assert longer[between & ~is_pooled, :2].mean() == pytest.approx(0.6, abs=0.2)
