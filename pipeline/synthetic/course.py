"""Draws the citizens of the course, week by week, from the chain that gives the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.chain import N_CLASSES, ON_BENEFIT, Chain, State
from pipeline.synthetic.geography import draw_homes
from pipeline.synthetic.hours import draw_hours
from pipeline.synthetic.kinds import BenefitCodes, Kinds
from pipeline.synthetic.months import make_months
from pipeline.synthetic.staff import draw_caseworkers
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Internships are more often in private companies; other measures have one code or equal parts.
_PRIVATE_INTERNSHIP = 0.6


@dataclass(frozen=True)
class _Paths:
    """States and job centres by week, and caseworkers by stint, of all persons."""

    states: NDArray[np.uint8]
    units: Ints
    caseworkers: Ints


@dataclass(frozen=True)
class Citizens:
    """Those who wait for the course, are on it, or have left it.

    Attributes:
        homes: municipality by position, shape (years, persons).
        states: shape (weeks, persons).
        codes: benefit codes on the course and 0 off it, shape (weeks, persons).
        hours: whether months have ordinary hours, on the course or off it, (months, persons).
        caseworkers: by stint, -1 for none, shape (stints, persons).
    """

    homes: Ints
    states: NDArray[np.uint8]
    codes: NDArray[np.int16]
    hours: NDArray[np.bool_]
    caseworkers: Ints


def draw_citizens(
    course: Course, codes: BenefitCodes, n_persons: int, rng: np.random.Generator
) -> Citizens:
    """Independent citizens of the course's chain; a loop over weeks, none over persons."""
    chain, geography = course.chain, course.geography
    homes, years = _draw_homes(course, n_persons, rng)
    units = geography.unit_of[homes]
    states = _draw_states(chain, units, years, rng)
    caseworkers = np.empty((0, n_persons), dtype=np.int64)
    if course.staff is not None:
        own_units = units[years[course.staff.first_weeks]]
        caseworkers = draw_caseworkers(course.staff, own_units, rng)
    drawn = _draw_codes(course, codes, _Paths(states, units[years], caseworkers), rng)
    hours = draw_hours(course, make_months(chain.calendar.weeks), units, rng)
    return Citizens(homes, states, drawn, hours, caseworkers)


def draw_states(course: Course, n_persons: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """States of independent citizens, shape (weeks, persons)."""
    homes, years = _draw_homes(course, n_persons, rng)
    return _draw_states(course.chain, course.geography.unit_of[homes], years, rng)


def _draw_homes(course: Course, n_persons: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Municipalities by year, shape (years, persons), and the year of each week."""
    calendar = course.chain.calendar
    years = calendar.years - calendar.years[0]
    shape = (int(years[-1]) + 1, n_persons)
    mover_share = course.calibration.process.mover_share
    weights = course.municipality_weights
    return draw_homes(course.geography, weights, shape, mover_share, rng), years


def _draw_states(
    chain: Chain, units: Ints, years: Ints, rng: np.random.Generator
) -> NDArray[np.uint8]:
    n_persons = units.shape[1]
    classes = rng.choice(N_CLASSES, n_persons, p=chain.class_shares)
    states = np.empty((chain.n_weeks, n_persons), dtype=np.uint8)
    first = chain.initial / chain.initial.sum(axis=-1, keepdims=True)
    states[0] = _draw_rows(first[classes, units[0]], rng)
    for week in range(1, chain.n_weeks):
        rows = chain.transition(week)[classes, units[years[week]], states[week - 1]]
        states[week] = _draw_rows(rows, rng)
    return states


def _draw_rows(rows: Floats, rng: np.random.Generator) -> Ints:
    """One position per row, with the row's probabilities."""
    reached = np.cumsum(rows[:, :-1], axis=1)
    return np.asarray((rng.random(len(rows))[:, None] >= reached).sum(axis=1))


def _draw_codes(
    course: Course, codes: BenefitCodes, paths: _Paths, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Codes by week; a measure's kind lasts a while, and over borders of its rates if it can.

    A person's chance is drawn anew now and then, and read off the probabilities again whenever
    these may change: so in every single week the kind has exactly the probabilities of that week.
    """
    kinds, calendar = course.kinds, course.chain.calendar
    numbers, reached = _code_table(kinds, codes)
    states = paths.states
    border = calendar.starts_year | (np.diff(kinds.segment, prepend=-1) != 0)
    if course.staff is not None:
        border |= np.diff(course.staff.stint, prepend=-1) != 0
    renewal = course.calibration.process.kind_renewal
    drawn = np.zeros(states.shape, dtype=np.int16)
    current = np.zeros(states.shape[1], dtype=np.int16)
    chance = rng.random(int(states.shape[1]))
    for week, state in enumerate(states):
        active = state == State.MEASURE
        started = states[max(week - 1, 0)] != State.MEASURE
        anew = active & (started | (rng.random(len(state)) < renewal))
        chance[anew] = rng.random(int(anew.sum()))
        who = np.flatnonzero(active if border[week] else anew)
        table = reached[paths.units[week, who], kinds.segment[week]]
        own = _favour(course, paths, week, who, chance[who])
        current[who] = numbers[(own[:, None] >= table).sum(axis=1)]
        passive = np.isin(state, ON_BENEFIT[:2])
        drawn[week] = np.where(active, current, np.where(passive, codes.passive, 0))
    return drawn


def _favour(course: Course, paths: _Paths, week: int, who: Ints, chance: Floats) -> Floats:
    """Chances moved so that internships come as often as caseworkers have them begun.

    Internships are the lowest chances; all others keep their proportions.
    """
    staff = course.staff
    if staff is None or staff.stint[week] < 0:
        return chance
    usual = course.kinds.probabilities[paths.units[week, who], course.kinds.segment[week], 0]
    shift = staff.shift[week, paths.caseworkers[staff.stint[week], who]]
    own = np.clip(usual + shift, 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        internship = chance * usual / own
        other = usual + (chance - own) * (1.0 - usual) / (1.0 - own)
    return np.asarray(np.where(chance < own, internship, other))


def _code_table(kinds: Kinds, codes: BenefitCodes) -> tuple[NDArray[np.int16], Floats]:
    """Measure codes, and their cumulated probabilities (units, segments, codes but the last)."""
    numbers: list[int] = []
    parts: list[Floats] = []
    for position, name in enumerate(kinds.names):
        own = codes.measures[name]
        split = np.full(len(own), 1.0 / len(own))
        if position == 0 and len(own) == 2:
            split = np.array([_PRIVATE_INTERNSHIP, 1.0 - _PRIVATE_INTERNSHIP])
        numbers.extend(own)
        parts.append(kinds.probabilities[..., position, None] * split)
    reached = np.cumsum(np.concatenate(parts, axis=-1), axis=-1)[..., :-1]
    return np.array(numbers, dtype=np.int16), reached
