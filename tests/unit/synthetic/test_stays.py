"""Stays, and what those who leave go on to: laws, and a delivery counted by its own program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipeline.codes import list_ways_out
from pipeline.spec import Study, parse_weeks
from pipeline.synthetic.chain import ON_BENEFIT, State
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.shocks import spread_shocks
from pipeline.synthetic.stays import follow_stays, share_left
from pipeline.synthetic.truth import Course, plant_course
from pipeline.synthetic.ways_out import LEAVING, WaysOut, draw_ways_out
from tests.unit.synthetic.registers import BEFORE, INTERVENTION, Registers, Window, read_list

WEEKS = parse_weeks("2016-W01..2019-W13")
ON = list(ON_BENEFIT)
COUNTED = ("flexible_job", "ordinary_job_or_self_support", "education")


@pytest.fixture(scope="module")
def course(hir: Study) -> Course:
    return plant_course(hir, read_geography(WEEKS), WEEKS)


@pytest.fixture(scope="module")
def everyone(course: Course) -> Expectation:
    return Expectation(course.chain, recipients_in_intervention=False)


@pytest.fixture(scope="module")
def ways(course: Course) -> WaysOut:
    return draw_ways_out(course)


def tell_at_once(ways: WaysOut, blank: float) -> WaysOut:
    """All who leave have a flexible job in the first week, but those who stay on."""
    shares = np.zeros_like(ways.shares)
    shares[:, :, 0, 0] = 1.0
    return WaysOut(shares, np.full_like(ways.blank, blank))


def test_whoever_leaves_for_good_has_a_way_out(ways: WaysOut) -> None:
    told = ways.shares.sum(axis=(2, 3))
    assert told[LEAVING.index(State.GONE)] == pytest.approx(1.0)
    off = told[LEAVING.index(State.OFF)]
    # Nobody is told to have left who is back within three blank weeks.
    assert off.min() > 0.9
    assert off.max() < 1.0
    assert (np.diff(ways.blank) <= 0.03).all()
    assert 0.2 < ways.blank[0] < 0.5


def test_ways_out_follow_the_lists_of_careers(ways: WaysOut) -> None:
    mean = ways.shares[LEAVING.index(State.GONE)].mean(axis=0).sum(axis=-1)
    shares = dict(zip(list_ways_out(), mean, strict=True))
    assert shares["flexible_job"] == pytest.approx(0.39, abs=0.04)
    assert shares["disability_pension"] == pytest.approx(0.24, abs=0.04)
    assert shares["ordinary_job_or_self_support"] == pytest.approx(0.15, abs=0.04)


def test_every_week_on_the_benefit_belongs_to_a_stay(
    course: Course, everyone: Expectation, ways: WaysOut
) -> None:
    """All but those of stays inside which the delivery begins."""
    seen = range(1, 40)
    old, total = everyone.mass[0][..., ON], np.zeros(len(course.geography.units))
    for week in seen:
        old = course.chain.move_forward(old, week)
        old = np.einsum("cus,cusz->cuz", old, course.chain.transition(week)[..., ON, :][..., ON])
        total += everyone.benefit[week] - old.sum(axis=(0, 2))
    exits = follow_stays(everyone, tell_at_once(ways, 0.0), seen, 1)
    assert np.allclose(exits.at_risk.sum(axis=0), total)


def test_stays_that_go_on_are_neither_new_nor_over(course: Course, ways: WaysOut) -> None:
    """Where all stays are known, everybody on the benefit is in one, however many go on."""
    calendar = replace(course.chain.calendar, opening=30)
    known = Expectation(replace(course.chain, calendar=calendar), recipients_in_intervention=False)
    # With a new year in it, at which people move.
    seen = range(1, 80)
    over, on = (follow_stays(known, tell_at_once(ways, blank), seen, 1) for blank in (0.0, 0.5))
    assert np.allclose(over.at_risk.sum(axis=0), known.benefit[1:80].sum(axis=0))
    assert np.allclose(on.at_risk.sum(axis=0), known.benefit[1:80].sum(axis=0), rtol=1e-3)
    assert (on.at_risk[0] < over.at_risk[0]).all()


def test_stays_before_the_window_s_last_week_are_followed_to_the_next(
    course: Course, everyone: Expectation, ways: WaysOut
) -> None:
    """Without moves: who was at risk and has not left is at risk a week later, or is new."""
    process = course.chain.process.model_copy(update={"mover_share": 0.0})
    still = Expectation(replace(course.chain, process=process), recipients_in_intervention=False)
    told = tell_at_once(ways, 0.0)
    first, both = (follow_stays(still, told, range(60, end), 60) for end in (61, 62))
    second = both.at_risk - first.at_risk
    left = both.events.sum(axis=0)
    assert np.allclose(first.at_risk[0] - left[0], second[1])
    assert first.at_risk[1:].max() == 0.0
    assert first.events.max() == 0.0


def test_what_is_told_after_the_delivery_s_end_is_not_seen(
    course: Course, everyone: Expectation, ways: WaysOut
) -> None:
    late = np.zeros_like(ways.shares)
    late[:, :, 0, 3] = 1.0
    end = course.chain.n_weeks
    seen = range(end - 6, end)
    told, untold = (
        follow_stays(everyone, WaysOut(shares, ways.blank), seen, 1).events.sum()
        for shares in (tell_at_once(ways, 0.0).shares, late)
    )
    # Of the five weeks in which people can be seen to leave, what tells it comes too late in three.
    assert untold / told == pytest.approx(0.4, abs=0.02)


def test_shares_who_have_left_are_those_of_competing_risks() -> None:
    at_risk = np.full(52, 100.0)
    events = np.stack([np.full(52, 1.0), np.full(52, 2.0)])
    found = share_left(at_risk, events, np.array([0]))
    assert found == pytest.approx((1.0 - 0.97**52) / 3.0)
    at_risk[30] = 0.0
    assert share_left(at_risk, events, np.array([0])) is None


def list_stays(registers: Registers) -> list[tuple[int, int, int, str | None]]:
    """Person, first week, first week after, and way out of each stay, by the written rules."""
    groups = {row["benefit_group"]: row["way_out"] for row in read_list("benefit_groups")}
    way_of = {int(row["code"]): groups[row["benefit_group"]] for row in read_list("benefit_codes")}
    stays = []
    n_weeks = registers.codes.shape[1]
    for person in np.flatnonzero(registers.on_course.any(axis=1)):
        codes, on = registers.codes[person], registers.on_course[person]
        some = np.append(np.flatnonzero(codes > 0), n_weeks + 100)
        start = None
        for week in np.flatnonzero(on):
            start = week if start is None else start
            following = some[np.searchsorted(some, week, side="right")]
            if following < n_weeks and on[following] and following - week <= 4:
                continue
            way = None
            if following - week <= 4 and following < n_weeks:
                way = way_of[codes[following]]
            elif week + 4 < n_weeks:
                way = "ordinary_job_or_self_support"
            stays.append((person, start, week + 1, way))
            start = None
    return stays


@pytest.mark.parametrize(("period", "window"), [("before", BEFORE), ("during", INTERVENTION)])
def test_a_delivery_has_the_true_shares(registers: Registers, period: str, window: Window) -> None:
    """Stays of any job centre, late ones too; errors are about half a percentage point."""
    span = registers.span(window)
    at_risk, left, out = np.zeros((3, 53))
    for person, start, end, way in list_stays(registers):
        if start == 0:
            continue
        weeks = np.arange(max(start, span.start), min(end, span.stop))
        weeks = weeks[registers.on_course[person, weeks] & (weeks - start < 52)]
        at_risk[weeks - start + 1] += 1
        if span.start < end < span.stop and end - start <= 52 and way is not None:
            out[end - start] += 1
            left[end - start] += way in COUNTED
    reached = np.cumprod(np.concatenate([[1.0], 1.0 - out[1:52] / at_risk[1:52]]))
    found = (reached * left[1:] / at_risk[1:]).sum()
    truth = pl.read_csv(registers.folder / "truth.csv").filter(outcome="exits")
    assert truth["source"].unique().to_list() == ["draw"]
    own = truth.filter(phase="intervention").select("unit", period)
    shares = dict(own.iter_rows())
    assert found == pytest.approx(shares["rest_of_country"], abs=0.015)
    assert shares["participating"] == pytest.approx(shares["rest_of_country"], abs=0.01)


def test_shocks_leave_ways_out_as_they_are(
    course: Course, everyone: Expectation, ways: WaysOut, hir: Study
) -> None:
    """To less than 0.003 percentage points, so that the truth needs no mean over them."""
    span = course.chain.calendar.span(hir.periods.intervention)
    counted = np.array([list_ways_out().index(way) for way in COUNTED])
    units = [course.geography.units.index(unit) for unit in hir.participating]

    def find_shares(expectation: Expectation) -> list[float]:
        exits = follow_stays(expectation, ways, span, span.start)
        parts = [exits.at_risk[..., units], exits.events[..., units]]
        groups = [[place] for place in range(len(units))] + [list(range(len(units)))]
        return [share_left(*(part[..., own].sum(-1) for part in parts), counted) for own in groups]

    calm = np.array(find_shares(everyone))
    shocked = [
        find_shares(Expectation(each.chain, recipients_in_intervention=False))
        for each in spread_shocks(course)
    ]
    assert np.std(shocked, axis=0).max() > 1e-5
    assert np.abs(np.mean(shocked, axis=0) - calm).max() < 3e-5
