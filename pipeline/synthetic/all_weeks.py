"""Shares and hours of members in all their weeks: on the benefit exactly, off it from a draw."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.spec import BEFORE, INTERVENTION, ORDINARY_HOURS, Study
from pipeline.synthetic.atlas import read_atlas
from pipeline.synthetic.chain import ON_BENEFIT
from pipeline.synthetic.expectation import Expectation, find_memberships
from pipeline.synthetic.jobs import expect_earnings
from pipeline.synthetic.off_weeks import OFF_BENEFIT, Followed, OffWeeks, draw_off_weeks
from pipeline.synthetic.pay import weekly_hours
from pipeline.synthetic.truth import Course, expect_members, expect_weeks

Floats = NDArray[np.float64]

_ON, _OFF = list(ON_BENEFIT), list(OFF_BENEFIT)


def counts_all_weeks(study: Study, name: str) -> bool:
    """Whether an outcome is a mean over weeks on the benefit and off it (decision 0048)."""
    population = study.populations[study.population_of(name)]
    return study.outcomes[name].is_mean and population.weeks == "all"


class AllWeeks:
    """What is expected of a study's means over all weeks of their members.

    How many weeks off the benefit members have in which state follows from the chain of each job
    centre. What they do in these does not depend on it, and is from one draw for all. Shocks do
    next to nothing to either, and have no part in it.
    """

    def __init__(self, course: Course) -> None:
        self._course = course

    def expect(self, course: Course, name: str, window: str) -> tuple[Floats, Floats]:
        """Numerator and denominator of a mean in a window, by unit.

        `course` is the one that this was made for, or the same with shocks.
        """
        study, calendar = course.study, course.chain.calendar
        outcome, span = study.outcomes[name], calendar.span(study.windows[window])
        population = study.populations[study.population_of(name)]
        named, weeks = expect_weeks(course, outcome, expect_members(course, population), span)
        followed = self._follow(name, window)
        off_named, off_weeks = self._expect_off(name, followed)
        first = followed.counted.start
        rows = slice(span.start - first, span.stop - first)
        return named + off_named[rows].sum(0), weeks + off_weeks[rows].sum(0)

    def _follow(self, name: str, window: str) -> Followed:
        """Whose weeks count: of those who make up the period of a window (decision 0048)."""
        study = self._course.study
        population = study.populations[study.population_of(name)]
        spans = {
            period: self._course.chain.calendar.span(study.windows[period])
            for period in (BEFORE, INTERVENTION)
        }
        counted = spans[BEFORE if window == BEFORE else INTERVENTION]
        is_own = population.window == "each_period"
        return Followed(counted if is_own else spans[INTERVENTION], counted)

    @cached_property
    def _drawn(self) -> dict[Followed, OffWeeks]:
        study = self._course.study
        names = [name for name in study.outcomes if counts_all_weeks(study, name)]
        windows = (BEFORE, INTERVENTION)
        asked = {self._follow(name, window): None for name in names for window in windows}
        return draw_off_weeks(self._course, asked)

    @cached_property
    def _members(self) -> dict[Followed, Floats]:
        expectation = self._course.planted.expectation
        return {followed: follow_members(expectation, followed) for followed in self._drawn}

    def _expect_off(self, name: str, followed: Followed) -> tuple[Floats, Floats]:
        """Weeks off the benefit that an outcome names, or their hours, and all; (weeks, units)."""
        course, outcome = self._course, self._course.study.outcomes[name]
        off, members = self._drawn[followed], self._members[followed]

        def weigh(shares: Floats) -> Floats:
            return np.asarray(np.einsum("wz,wzu->wu", shares, members))

        here = weigh(off.here)
        if outcome.kind == "share" and ORDINARY_HOURS not in outcome.any_of:
            return np.zeros_like(here), here
        benefit = course.study.populations[course.study.headline_population].benefit
        earnings = expect_earnings(read_atlas(benefit))
        rows = slice(followed.counted.start, followed.counted.stop)
        on_course, elsewhere = course.hours[rows], earnings.share
        if outcome.kind == "hours":
            on_course = on_course * weekly_hours(course.pay.expected[rows])
            elsewhere = weekly_hours(earnings.hours)
        return weigh(off.touched) * on_course + weigh(off.careers @ elsewhere), here


def follow_members(expectation: Expectation, followed: Followed) -> Floats:
    """Expected weeks of members off the benefit, per citizen, shape (weeks, states, units).

    Exactly: who has received it so far, by a forward recursion, and who has not and will.
    """
    chain, mass = expectation.chain, expectation.mass
    will = find_memberships(chain, followed.received)
    has = np.zeros_like(mass[0])
    found = np.empty((len(followed.counted), len(_OFF), mass.shape[2]))
    for week in range(min(followed.received.start, followed.counted.start), followed.counted.stop):
        if week >= followed.received.start:
            has = np.einsum("cus,cusz->cuz", chain.move_forward(has, week), chain.transition(week))
            has[..., _ON] = mass[week][..., _ON]
        if week in followed.counted:
            members = has + (mass[week] - has) * will[week]
            found[week - followed.counted.start] = members[..., _OFF].sum(axis=0).T
    return found
