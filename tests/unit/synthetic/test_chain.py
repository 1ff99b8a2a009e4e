"""Laws of the chain and of its expected values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.spec import Study, parse_weeks
from pipeline.synthetic.chain import PASSIVE, Calendar, Chain, State
from pipeline.synthetic.course import draw_citizens
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.kinds import read_benefit_codes
from pipeline.synthetic.planting import Planted
from pipeline.synthetic.shocks import shock_course
from pipeline.synthetic.truth import Course, plant_course
from pipeline.weeks import list_weeks

WEEKS = parse_weeks("2017-W01..2019-W13")


@pytest.fixture(scope="module")
def course(hir: Study) -> Course:
    return plant_course(hir, read_geography(WEEKS), WEEKS)


@pytest.fixture(scope="module")
def chain(course: Course) -> Chain:
    return course.chain


def test_rows_are_probabilities(chain: Chain) -> None:
    for week in (1, chain.calendar.start, chain.n_weeks - 1):
        matrix = chain.transition(week)
        assert matrix.min() >= 0.0
        assert np.allclose(matrix.sum(axis=-1), 1.0)


def test_all_citizens_are_somewhere_at_the_start(chain: Chain) -> None:
    assert chain.initial.min() >= 0.0
    assert chain.initial.sum() == pytest.approx(1.0)


def test_moves_keep_everybody_and_are_mirrored_backwards(chain: Chain) -> None:
    new_year = int(np.flatnonzero(chain.calendar.starts_year)[0])
    value = np.random.default_rng(1).random(chain.initial.shape)
    moved = chain.move_forward(chain.initial, new_year)
    assert moved.sum() == pytest.approx(1.0)
    assert not np.allclose(moved, chain.initial)
    assert (moved * value).sum() == pytest.approx(
        (chain.initial * chain.move_backward(value, new_year)).sum()
    )
    assert chain.move_forward(chain.initial, new_year + 1) is chain.initial


def test_rates_change_in_the_first_week_of_the_intervention(chain: Chain) -> None:
    start = chain.calendar.start
    before, last, first = (
        chain.transition(week)[..., State.MEASURE, :] for week in (1, start - 1, start)
    )
    assert np.array_equal(before, last)
    assert not np.allclose(last, first)


def test_a_measure_that_ends_in_the_week_of_a_move_begins_no_gap(chain: Chain) -> None:
    new_year = int(np.flatnonzero(chain.calendar.starts_year)[0])
    process = chain.process.model_copy(update={"mover_share": 1.0})
    all_move = replace(chain, process=process)
    expectation = Expectation(all_move, recipients_in_intervention=False)
    assert (expectation.gaps(range(new_year, new_year + 1)).exposure == 0.0).all()
    assert (expectation.gaps(range(new_year + 1, new_year + 2)).exposure > 0.0).all()


def test_the_calendar_knows_new_years_and_week_53() -> None:
    weeks = parse_weeks("2015-W50..2016-W02")
    calendar = Calendar(tuple(list_weeks(weeks.first_week, weeks.last_week)), 0, 1)
    assert calendar.years.tolist() == [2015, 2015, 2015, 2015, 2016, 2016]
    assert calendar.starts_year.tolist() == [False, False, False, False, True, False]
    assert list(calendar.span(parse_weeks("2015-W53..2016-W01"))) == [3, 4]


def test_membership_is_a_fair_game(course: Course) -> None:
    """The expected share of members is the same looked at from any week before."""
    expectation = course.planted.expectation
    shares = (expectation.mass * expectation.member).sum(axis=(1, 2, 3))
    start = course.chain.calendar.start
    assert np.allclose(shares[: start + 1], shares[0])
    assert 0.3 < shares[0] < 0.9


def test_conditioning_on_later_receipt_leaves_people_out(course: Course, hir: Study) -> None:
    everyone = Expectation(course.chain, recipients_in_intervention=False)
    before = course.chain.calendar.span(hir.periods.before)
    during = course.chain.calendar.span(hir.periods.intervention)
    members = course.planted.expectation
    assert (everyone.gaps(before).events > members.gaps(before).events).all()
    assert np.allclose(everyone.gaps(during).events, members.gaps(during).events)


def test_draws_follow_the_expected_states(course: Course) -> None:
    """The draws and the truth read one and the same array of probabilities."""
    n_persons = 20_000
    codes = read_benefit_codes("resource_course")
    citizens = draw_citizens(course, codes, n_persons, np.random.default_rng(1))
    mass = Expectation(course.chain, recipients_in_intervention=False).mass
    for week in (0, 60, course.chain.n_weeks - 1):
        expected = mass[week].sum(axis=(0, 1))
        found = np.bincount(citizens.states[week], minlength=len(State)) / n_persons
        error = np.sqrt(expected * (1 - expected) / n_persons)
        assert (np.abs(found - expected) < 4.2 * error + 1e-9).all()
    passive = np.isin(citizens.states, (State.FAST, State.PARKED))
    assert np.array_equal(citizens.codes == codes.passive, passive)
    assert np.array_equal(citizens.codes > codes.passive, citizens.states == State.MEASURE)


@pytest.mark.parametrize("split_share", [0.0, 0.5])
def test_gaps_end_and_do_not_begin_where_people_move(
    course: Course, hir: Study, split_share: float
) -> None:
    """With far more moves and splits than in life, so that a slip in their rules shows."""
    process = course.calibration.process.model_copy(update={"mover_share": 0.6})
    is_split = np.arange(len(course.geography.units)) < split_share * len(course.geography.units)
    apart = np.where(is_split, 2019, 0)
    chain = replace(course.chain, process=process, apart_since=apart)
    expectation = Expectation(chain, recipients_in_intervention=False)
    moving = replace(
        course,
        calibration=course.calibration.model_copy(update={"process": process}),
        planted=Planted(chain, expectation),
    )
    codes = read_benefit_codes("resource_course")
    citizens = draw_citizens(moving, codes, 40_000, np.random.default_rng(3))
    years = chain.calendar.years - chain.calendar.years[0]
    units = course.geography.unit_of[citizens.homes][years]
    span = chain.calendar.span(hir.periods.intervention)
    weeks, events, under_way = np.zeros((3, 40_000))
    for week in span:
        stays = units[week] == units[week - 1]
        stays &= (apart[units[week]] != 2019) | ~chain.calendar.starts_year[week]
        active, was = (citizens.states[w] == State.MEASURE for w in (week, week - 1))
        passive = np.isin(citizens.states[week], PASSIVE)
        events += under_way * stays * active
        under_way = np.where(stays & passive, np.maximum(under_way, was), 0)
        weeks += under_way
    gaps = expectation.gaps(span)
    for found, expected in ((weeks, gaps.exposure.sum()), (events, gaps.events.sum())):
        assert abs(found.mean() - expected) < 4.2 * found.std() / 200


def test_no_kind_lasts_over_a_border_of_its_rates(course: Course) -> None:
    """In every second segment all are internships, in the others none."""
    kinds = course.kinds
    alternate = np.zeros_like(kinds.probabilities)
    alternate[:, 0::2, 0] = 1.0
    alternate[:, 1::2, 1] = 1.0
    sharp = replace(course, kinds=replace(kinds, probabilities=alternate))
    codes = read_benefit_codes("resource_course")
    citizens = draw_citizens(sharp, codes, 2_000, np.random.default_rng(4))
    internship = np.isin(citizens.codes, codes.measures["company_internship"])
    even = (kinds.segment % 2 == 0)[:, None]
    assert np.array_equal(internship, (citizens.states == State.MEASURE) & even)


def test_kinds_last_over_borders_that_change_little(course: Course, hir: Study) -> None:
    """New months bring other shocks; they begin no other measure for most."""
    shocked = shock_course(course, np.random.default_rng(5))
    codes = read_benefit_codes("resource_course")
    citizens = draw_citizens(shocked, codes, 20_000, np.random.default_rng(6))
    active = citizens.states == State.MEASURE
    lasting = active[1:] & active[:-1]
    other = lasting & (citizens.codes[1:] != citizens.codes[:-1])
    border = np.diff(shocked.kinds.segment) != 0
    border |= course.chain.calendar.starts_year[1:]
    usual, at_border = (other[w].sum() / lasting[w].sum() for w in (~border, border))
    assert usual == pytest.approx(0.125 * 0.55, abs=0.02)
    assert usual < at_border < usual + 0.06


def test_kinds_follow_their_probabilities_in_every_segment(course: Course) -> None:
    n_persons = 20_000
    codes = read_benefit_codes("resource_course")
    citizens = draw_citizens(course, codes, n_persons, np.random.default_rng(2))
    years = course.chain.calendar.years - course.chain.calendar.years[0]
    probability = course.kinds.probability(("company_internship",))
    for week in np.flatnonzero(np.diff(course.kinds.segment, prepend=-1)):
        active = citizens.states[week] == State.MEASURE
        units = course.geography.unit_of[citizens.homes[years[week], active]]
        expected = probability[week, units]
        found = np.isin(citizens.codes[week, active], codes.measures["company_internship"])
        error = np.sqrt((expected * (1 - expected)).sum())
        assert abs(found.sum() - expected.sum()) < 4.2 * error
