"""What those who leave the course go on to: shares from a large draw, as a delivery shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.codes import list_ways_out, read_codes
from pipeline.synthetic.atlas import Atlas, read_atlas
from pipeline.synthetic.careers import draw_lives
from pipeline.synthetic.chain import ON_BENEFIT, Calendar, State
from pipeline.synthetic.course import draw_states
from pipeline.synthetic.population import WEEKS_PER_YEAR, People, draw_people
from pipeline.synthetic.stretches import find_stretches
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# So many weeks without any benefit are a way out of their own (decision 0020).
BLANK_WEEKS = 4
LEAVING = (State.OFF, State.GONE)
# The draw is the same for every delivery.
_SEED, _CITIZENS, _FATES = 20, 16_000, 20
_BACK, _NOTHING = -1, -2
_SELF_SUPPORT = "ordinary_job_or_self_support"
_MONTHS = 12


@dataclass(frozen=True)
class WaysOut:
    """What becomes of those who leave.

    Attributes:
        shares: who take each way out, told in the first week off the course or up to three later,
            by month of the year, shape (off or gone, months, ways, weeks until it is told).
            Together they lack those who are back before it is told.
        blank: who, still temporarily off, have no benefit in the first 1, 2 and 3 weeks.
    """

    shares: Floats
    blank: Floats


def draw_ways_out(course: Course) -> WaysOut:
    """What becomes of many who leave, each drawn many times over."""
    rng, calendar = np.random.default_rng(_SEED), course.chain.calendar
    benefit = course.study.populations[course.study.headline_population].benefit
    atlas, states = read_atlas(benefit), draw_states(course, _CITIZENS, rng)
    people = draw_people(calendar, states, 0, rng)
    leaves = np.isin(states[1:], LEAVING) & np.isin(states[:-1], ON_BENEFIT)
    week, person = np.nonzero(leaves)
    week = np.repeat(week + 1, _FATES)
    person = np.repeat(person, _FATES)
    month = np.array([monday.month - 1 for monday in calendar.weeks])
    counts = np.zeros((len(LEAVING), _MONTHS, len(list_ways_out()), BLANK_WEEKS))
    n_leaving = np.zeros((len(LEAVING), _MONTHS, 1, 1))
    blank = np.zeros((2, BLANK_WEEKS - 1))
    for number in range(_MONTHS):
        those = month[week] == number
        own = People(
            born=people.born[person[those]],
            ages=people.ages[person[those]] + week[those] / WEEKS_PER_YEAR,
            women=people.women[person[those]],
        )
        first = states[week[those], person[those]]
        off, told = _draw_fates(course, atlas, own, (first, week[those].max(initial=0)), rng)
        place = np.searchsorted(LEAVING, first)
        way, weeks = _tell(told)
        seen = way != _BACK
        np.add.at(counts, (place[seen], number, way[seen], weeks[seen]), 1.0)
        np.add.at(n_leaving, (place, number), 1.0)
        for n_weeks in range(1, BLANK_WEEKS):
            still_off = (off[:n_weeks] == State.OFF).all(axis=0)
            blank[:, n_weeks - 1] += (
                (still_off & (told[:n_weeks] == _NOTHING).all(axis=0)).sum(),
                still_off.sum(),
            )
    return WaysOut(counts / np.maximum(n_leaving, 1.0), blank[0] / np.maximum(blank[1], 1.0))


def _draw_fates(
    course: Course,
    atlas: Atlas,
    people: People,
    leaving: tuple[NDArray[np.uint8], int],
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], Ints]:
    """States in the first weeks off the course, and what these show: (weeks, persons) each.

    `leaving` are the states in the first of them, and its position.
    """
    first, week = leaving
    weeks = course.chain.calendar.weeks
    week = min(week, len(weeks) - BLANK_WEEKS)
    process = course.calibration.process
    states = np.tile(first, (BLANK_WEEKS, 1))
    for later in range(1, BLANK_WEEKS):
        luck, before = rng.random(len(first)), states[later - 1]
        after = np.where(luck < process.resumption, State.FAST, before)
        goes = (luck >= process.resumption) & (luck < process.resumption + process.exit_off)
        after = np.where(goes, State.GONE, after)
        states[later] = np.where(before == State.OFF, after, before)
    calendar = Calendar(weeks[week : week + BLANK_WEEKS], 0, BLANK_WEEKS - 1)
    stretches = find_stretches(atlas, states, 0, rng)
    lives = draw_lives(atlas, calendar, people, stretches, rng)
    told = _list_ways(atlas)[lives.careers]
    return states, np.where(np.isin(states, ON_BENEFIT), _BACK, told)


def _list_ways(atlas: Atlas) -> Ints:
    """The way out that each career is, by number."""
    ways = {row["benefit"]: row["way_out"] for row in read_codes("benefit_groups")}
    numbers = {way: number for number, way in enumerate(list_ways_out())}
    return np.array([numbers[ways[name]] if name in ways else _NOTHING for name in atlas.names])


def _tell(told: Ints) -> tuple[Ints, Ints]:
    """The way out of each person, and the weeks until it is told."""
    something = told != _NOTHING
    weeks = np.where(something.any(axis=0), np.argmax(something, axis=0), BLANK_WEEKS - 1)
    way = told[weeks, np.arange(told.shape[1])]
    return np.where(way == _NOTHING, list_ways_out().index(_SELF_SUPPORT), way), weeks
