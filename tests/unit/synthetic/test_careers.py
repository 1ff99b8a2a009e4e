"""Careers off the course: who has which, from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.spec import parse_weeks
from pipeline.synthetic.atlas import WORK, Atlas, read_atlas, read_career_rows
from pipeline.synthetic.careers import Lives, draw_lives
from pipeline.synthetic.chain import Calendar, State
from pipeline.synthetic.chances import Chances
from pipeline.synthetic.population import People, draw_people
from pipeline.synthetic.stretches import AT_RANDOM, find_stretches
from pipeline.weeks import list_weeks

FINAL = ("dead", "not_resident", "old_age_pension")


@dataclass(frozen=True)
class Drawn:
    calendar: Calendar
    people: People
    lives: Lives


def draw(atlas: Atlas, weeks: str, n_others: int, states: NDArray[np.uint8] | None = None) -> Drawn:
    """Lives of some who are never on the course, and of citizens with these states."""
    span = parse_weeks(weeks)
    calendar = Calendar(tuple(list_weeks(span.first_week, span.last_week)), 1, 2)
    n_weeks = len(calendar.weeks)
    states = np.zeros((n_weeks, 0), dtype=np.uint8) if states is None else states
    rng = np.random.default_rng(1)
    people = draw_people(calendar, states, n_others, rng)
    stretches = find_stretches(atlas, states, n_others, rng)
    return Drawn(calendar, people, draw_lives(atlas, calendar, people, stretches, rng))


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas("resource_course")


@pytest.fixture(scope="module")
def long(atlas: Atlas) -> Drawn:
    """Thirty years."""
    return draw(atlas, "1990-W01..2019-W52", 6_000)


def starts(drawn: Drawn, career: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Weeks and persons in which a career begins, but for those under way at the start."""
    has = drawn.lives.careers == career
    weeks, persons = np.nonzero(has[1:] & ~has[:-1])
    return weeks + 1, persons


def test_every_benefit_is_a_career(atlas: Atlas) -> None:
    benefits = {row["benefit"] for row in read_codes("benefit_groups")}
    assert benefits <= set(atlas.names)


def test_chances_are_drawn_as_often_as_they_weigh() -> None:
    weights = np.array([[[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]], [[0.0, 1.0, 1.0], [5.0, 0.0, 5.0]]])
    rows = tuple(np.repeat(axis, 4_000) for axis in ([0, 0, 1, 1], [0, 1, 0, 1]))
    drawn = Chances(weights).draw(rows, np.random.default_rng(1)).reshape(4, 4_000)
    found = np.stack([np.bincount(row, minlength=3) / 4_000 for row in drawn])
    expected = (weights / weights.sum(-1, keepdims=True)).reshape(4, 3)
    assert (found[expected == 0.0] == 0.0).all()
    assert found == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("benefit", ["resource_course", "cash_benefit", "flexible_job"])
def test_no_career_leads_to_the_study_s_benefit(benefit: str) -> None:
    """Not in years before others were introduced, either."""
    drawn = draw(read_atlas(benefit), "1995-W01..2019-W52", 2_000)
    own = read_atlas(benefit).at(benefit)
    assert not (drawn.lives.careers == own).any()


def test_codes_are_those_of_the_career(atlas: Atlas, long: Drawn) -> None:
    groups = {row["benefit_group"]: row["benefit"] for row in read_codes("benefit_groups")}
    benefits = {
        int(row["code"]): groups[row["benefit_group"]] for row in read_codes("benefit_codes")
    }
    cells = long.lives.careers[::10].astype(np.int64) * 1_000 + long.lives.codes[::10]
    for career, code in zip(*np.divmod(np.unique(cells), 1_000), strict=True):
        name = atlas.names[career]
        assert benefits.get(code, name) == name
        assert (code == 0) == (name not in benefits.values())


def test_codes_of_a_spell_last_some_weeks(atlas: Atlas, long: Drawn) -> None:
    cash = long.lives.careers == atlas.at("cash_benefit")
    goes_on = cash[1:] & cash[:-1]
    changes = (long.lives.codes[1:] != long.lives.codes[:-1])[goes_on].mean()
    shares = np.unique(long.lives.codes[cash], return_counts=True)[1] / cash.sum()
    assert changes == pytest.approx(0.125 * (1 - (shares**2).sum()), rel=0.1)


def test_who_may_come_back_to_the_course_does_not_die_or_leave(atlas: Atlas) -> None:
    states = np.full((200, 3_000), State.OFF, dtype=np.uint8)
    states[:, :1_500] = State.WAITING
    drawn = draw(atlas, "2015-W01..2018-W43", 1, states)
    assert len(drawn.calendar.weeks) == 200
    final = [atlas.at(name) for name in (*FINAL, "disability_pension", "flexible_job")]
    assert not np.isin(drawn.lives.careers[:, 1:], final).any()


def test_who_has_left_the_course_for_good_goes_elsewhere(atlas: Atlas) -> None:
    states = np.full((60, 3_000), State.GONE, dtype=np.uint8)
    states[:20] = State.MEASURE
    drawn = draw(atlas, "2015-W01..2016-W07", 1, states)
    assert (drawn.lives.codes[:20, 1:] == 0).all()
    shares = np.bincount(drawn.lives.careers[20, 1:], minlength=len(atlas.names)) / 3_000
    assert shares[atlas.at("flexible_job")] == pytest.approx(0.33, abs=0.06)
    assert shares[atlas.at("disability_pension")] == pytest.approx(0.24, abs=0.06)
    assert shares[atlas.at("dead")] > 0.01


def test_stretches_are_the_weeks_off_the_course(atlas: Atlas) -> None:
    rng = np.random.default_rng(1)
    states = rng.choice([0, 1, 2, 3, 4, 5], (80, 50)).astype(np.uint8)
    found = find_stretches(atlas, states, 2, rng)
    covered = np.zeros((80, 52), dtype=np.int64)
    for person, start, end in zip(found.person, found.start, found.end, strict=True):
        assert start < end
        covered[start:end, person] += 1
    assert (covered[:, :2] == 1).all()
    off = np.isin(states, (State.WAITING, State.OFF, State.GONE))
    assert np.array_equal(covered[:, 2:], off)
    assert (found.entry[:2] == AT_RANDOM).all()
    assert not found.is_temporary[:2].any()


def test_stays_are_as_long_as_the_list_says(atlas: Atlas, long: Drawn) -> None:
    listed = {row["career"]: float(row["stay_weeks"]) for row in read_career_rows()}
    weeks = long.lives.careers[200:-200]
    for name in ("unemployment_insurance", "parental_leave", "sickness_benefit"):
        n_starts = (starts(long, atlas.at(name))[0] < 1_250).sum()
        mean = (weeks == atlas.at(name)).sum() / n_starts * 1_250 / len(weeks)
        assert mean == pytest.approx(listed[name], rel=0.2), name
    working_age = (long.people.ages > 20) & (long.people.ages < 35)
    assert (long.lives.careers[:, working_age] == atlas.at(WORK)).mean() > 0.4


def test_ages_bound_careers(atlas: Atlas, long: Drawn) -> None:
    week = 800
    age = long.people.ages + week / 52.1775
    career = long.lives.careers[week]
    assert (career[age < 17.9] == atlas.at("child")).all()
    assert not np.isin(career[age > 19.1], [atlas.at("child")]).any()
    gone = [atlas.at("dead"), atlas.at("old_age_pension")]
    assert np.isin(career[age > 65.1], gone).all()
    _, persons = starts(long, atlas.at("old_age_pension"))
    weeks, _ = starts(long, atlas.at("old_age_pension"))
    assert long.people.ages[persons] + weeks / 52.1775 == pytest.approx(65.0, abs=0.03)
    weeks, persons = starts(long, atlas.at("early_retirement_pay"))
    assert (long.people.ages[persons] + weeks / 52.1775).min() > 60


def test_the_old_die_as_life_tables_say(atlas: Atlas, long: Drawn) -> None:
    """Men at 70: about 24 of a thousand a year; women fewer; and nobody comes back."""
    dead = long.lives.careers == atlas.at("dead")
    assert not (dead[:-1] & ~dead[1:]).any()
    rates = []
    for women in (False, True):
        weeks = np.arange(len(dead))[:, None]
        age = long.people.ages + weeks / 52.1775
        at_risk = ~dead[:-1] & ((age >= 66) & (age < 75))[:-1] & (long.people.women == women)
        rates.append(dead[1:][at_risk].mean() * 52.18)
    assert rates[0] == pytest.approx(0.025, rel=0.2)
    assert rates[1] == pytest.approx(0.0155, rel=0.25)


def test_some_leave_the_country_and_come_back(atlas: Atlas, long: Drawn) -> None:
    away = long.lives.careers == atlas.at("not_resident")
    back = away[:-1] & ~away[1:]
    assert back.sum() > 100
    assert (long.lives.codes[away] == 997).all()


def test_sexes_and_seasons_differ(atlas: Atlas, long: Drawn) -> None:
    _, persons = starts(long, atlas.at("parental_leave"))
    assert long.people.women[persons].mean() > 0.75
    weeks, _ = starts(long, atlas.at("student_grant"))
    months = np.array([week.month for week in long.calendar.weeks])[weeks]
    autumn = np.isin(months, (8, 9)).mean()
    assert autumn > 0.3
    weeks, _ = starts(long, atlas.at("holiday_benefit_from_employment"))
    months = np.array([week.month for week in long.calendar.weeks])[weeks]
    assert (months == 7).mean() > 0.2


def test_no_benefit_comes_before_its_time(atlas: Atlas, long: Drawn) -> None:
    years = long.calendar.years
    for row in read_career_rows():
        if row["introduced"]:
            has = (long.lives.careers == atlas.at(row["career"])).any(axis=1)
            assert not has[years < int(row["introduced"])].any(), row["career"]
    assert (long.lives.careers[-1] == atlas.at("education_benefit")).any()


def test_about_as_many_have_a_benefit_as_in_the_country(atlas: Atlas, long: Drawn) -> None:
    listed = {row["career"]: float(row["recipients"] or 0) for row in read_career_rows()}
    late = long.lives.careers[long.calendar.years >= 2010]
    for name in (
        "unemployment_insurance",
        "student_grant",
        "disability_pension",
        "flexible_job",
        "parental_leave",
        "sickness_benefit",
        "cash_benefit",
    ):
        found = (late == atlas.at(name)).mean() * 5_300_000
        assert 0.5 < found / listed[name] < 2.0, name
