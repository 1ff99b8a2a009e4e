"""Weeks off the benefit in a large draw: who is not in the country, and what the others do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.atlas import DEAD, NOT_RESIDENT, Atlas, read_atlas
from pipeline.synthetic.careers import draw_careers
from pipeline.synthetic.chain import ON_BENEFIT, Calendar, State
from pipeline.synthetic.course import draw_states
from pipeline.synthetic.months import Months, make_months
from pipeline.synthetic.population import draw_people
from pipeline.synthetic.stretches import find_stretches
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OFF_BENEFIT = (State.WAITING, State.OFF, State.GONE)
# The draw is the same for every delivery.
_SEED, _CITIZENS, _FATES = 51, 30_000, 20


@dataclass(frozen=True)
class Followed:
    """Members and the weeks in which they count.

    Attributes:
        received: weeks in one of which a member is on the benefit.
        counted: weeks that count of members.
    """

    received: range
    counted: range


@dataclass(frozen=True)
class OffWeeks:
    """What becomes of members' weeks off the benefit, by week and state, (weeks, states).

    Attributes:
        here: share that counts: alive, in the country, and registered somewhere.
        touched: share that counts, in a month with another week on the benefit.
        careers: share that counts, in any other month, by career; shape (weeks, states, careers).
    """

    here: Floats
    touched: Floats
    careers: Floats


def draw_off_weeks(course: Course, asked: Iterable[Followed]) -> dict[Followed, OffWeeks]:
    """The weeks off the benefit of many citizens, each of whom has many fates there."""
    rng, calendar = np.random.default_rng(_SEED), course.chain.calendar
    benefit = course.study.populations[course.study.headline_population].benefit
    atlas, states = read_atlas(benefit), draw_states(course, _CITIZENS, rng)
    counts = {one: _Counts(states, calendar, one, len(atlas.names)) for one in asked}
    for _ in range(_FATES):
        people = draw_people(calendar, states, 0, rng)
        stretches = find_stretches(atlas, states, 0, rng)
        careers = draw_careers(atlas, calendar, people, stretches, rng)
        away = find_away(atlas, calendar, careers)
        for own in counts.values():
            own.add(careers, away)
    return {one: own.share_out() for one, own in counts.items()}


def find_away(atlas: Atlas, calendar: Calendar, careers: NDArray[np.uint8]) -> Bools:
    """Whether a week does not count for somebody of this career: dead, abroad or nowhere.

    DREAM tells by the year where people live: who is away when it begins lives nowhere in it.
    """
    away = np.isin(careers, [atlas.at(DEAD), atlas.at(NOT_RESIDENT)])
    return np.asarray(away | away[np.searchsorted(calendar.years, calendar.years)])


class _Counts:
    """Counts weeks off the benefit by week, state, and career or what stands in its place."""

    def __init__(
        self, states: NDArray[np.uint8], calendar: Calendar, followed: Followed, n_careers: int
    ) -> None:
        months: Months = make_months(calendar.weeks)
        on = np.isin(states, ON_BENEFIT)
        received, counted = followed.received, followed.counted
        is_member = on[received.start : received.stop].any(axis=0)
        week, self._person = np.nonzero(~on[counted.start : counted.stop] & is_member)
        self._week = week + counted.start
        month = months.of_week[self._week]
        first_weeks = np.searchsorted(months.of_week, np.arange(len(months.firsts)))
        in_month = np.logical_or.reduceat(on, first_weeks, axis=0)
        self._is_touched = in_month[month, self._person]
        # A month has the jobs of the career in its middle.
        self._middle = months.middles[month]
        state = np.searchsorted(OFF_BENEFIT, states[self._week, self._person])
        self._row = week * len(OFF_BENEFIT) + state
        self._touched, self._away = n_careers, n_careers + 1
        self._counts = np.zeros((len(counted), len(OFF_BENEFIT), n_careers + 2), dtype=np.int64)

    def add(self, careers: NDArray[np.uint8], away: Bools) -> None:
        """Counts the weeks of one fate of everybody; both are by week and person."""
        kind = careers[self._middle, self._person].astype(np.int64)
        kind[self._is_touched] = self._touched
        kind[away[self._week, self._person]] = self._away
        cells = self._row * self._counts.shape[-1] + kind
        found = np.bincount(cells, minlength=self._counts.size)
        self._counts += found.reshape(self._counts.shape)

    def share_out(self) -> OffWeeks:
        """The counts as shares of all weeks of a state."""
        totals = np.maximum(self._counts.sum(axis=-1, keepdims=True), 1)
        shares = self._counts / totals
        return OffWeeks(
            here=1.0 - shares[..., self._away],
            touched=shares[..., self._touched],
            careers=shares[..., : self._touched],
        )
