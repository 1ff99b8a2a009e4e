"""The course as a weekly chain of states: one set of probabilities for draws and for the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.spec import Study, Weeks
from pipeline.synthetic.calibration import Process
from pipeline.weeks import WEEK, list_weeks

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

N_CLASSES = 2
# Weeks after the last one over which awards are still spread: some wait beyond the data's end.
AWARD_TAIL_WEEKS = 26


class State(IntEnum):
    """Where a citizen is in a week; GONE is never left."""

    WAITING = 0
    FAST = 1
    PARKED = 2
    MEASURE = 3
    OFF = 4
    GONE = 5


ON_BENEFIT = (State.FAST, State.PARKED, State.MEASURE)
PASSIVE = [State.FAST, State.PARKED]
_UNDER_WAY = [State.FAST, State.PARKED, State.MEASURE, State.OFF]


@dataclass(frozen=True)
class Calendar:
    """The weeks of a delivery, by position.

    Attributes:
        weeks: Mondays.
        start: position of the intervention's first week.
        end: position of the intervention's last week.
        opening: position of the first week in which the study's benefit exists.
    """

    weeks: tuple[date, ...]
    start: int
    end: int
    opening: int = 0

    @cached_property
    def years(self) -> Ints:
        """ISO year of each week."""
        return np.array([week.isocalendar().year for week in self.weeks])

    @cached_property
    def starts_year(self) -> Bools:
        """Whether a week is the first of its ISO year, when people have moved."""
        return np.diff(self.years, prepend=self.years[0]) > 0

    def span(self, window: Weeks) -> range:
        """Positions of a window's weeks."""
        first = (window.first_week - self.weeks[0]).days // 7
        return range(first, first + window.n_weeks)


def make_calendar(study: Study, weeks: Weeks, introduced: int) -> Calendar:
    """The calendar of a delivery with the study's intervention in it.

    `introduced` is the first ISO year of the study's benefit; 0 if it has always been there, as it
    has for a study that asks of years before.
    """
    mondays = tuple(list_weeks(weeks.first_week, weeks.last_week))
    intervention = study.periods.intervention
    start = (intervention.first_week - weeks.first_week).days // 7
    opening = sum(monday.isocalendar().year < introduced for monday in mondays)
    if weeks.first_week + opening * WEEK >= study.span[0]:
        opening = 0
    return Calendar(mondays, start, start + intervention.n_weeks - 1, opening)


@dataclass(frozen=True)
class Rates:
    """What differs between job centres; the last axis is before, during.

    Attributes:
        restart: weekly probability that a fast gap ends in a measure, shape (units, 2).
        end: weekly probability that a measure ends, shape (units, 2).
        parked: probability that the gap after it is parked, shape (classes, units, 2).
    """

    restart: Floats
    end: Floats
    parked: Floats


@dataclass(frozen=True)
class Chain:
    """The process of all citizens.

    Attributes:
        unit_weights: shares of new citizens by job centre, summing to one.
        restart_factors: what restart rates are multiplied by, shape (weeks, units); None for ones.
        kin: the same number for job centres that were one at some time; nobody moves between them.
        apart_since: the ISO year in which a job centre came out of a joint one; 0 if it never did.
    """

    process: Process
    unit_weights: Floats
    calendar: Calendar
    rates: Rates
    kin: Ints
    apart_since: Ints
    restart_factors: Floats | None = None

    @property
    def n_weeks(self) -> int:
        """Number of weeks."""
        return len(self.calendar.weeks)

    @property
    def class_shares(self) -> Floats:
        """Shares of the classes of persons: those who start again and again, and the rare."""
        return np.array([1.0 - self.process.rare_share, self.process.rare_share])

    def transition(self, week: int) -> Floats:
        """Probabilities from the week before to `week`, shape (classes, units, states, states).

        People who move have moved already: the job centre is that of `week`.
        """
        during = int(week >= self.calendar.start)
        matrix = self._periods[during].copy()
        award = 1.0 / (self.n_weeks + AWARD_TAIL_WEEKS - week)
        award *= week >= self.calendar.opening
        matrix[..., State.WAITING, :] = award * self._after_award
        matrix[..., State.WAITING, State.WAITING] += 1.0 - award
        if self.restart_factors is not None:
            _multiply_restarts(matrix, self.restart_factors[week])
        return matrix

    def stay_share(self, week: int) -> Floats:
        """Probability of being in the same job centre as the week before, by unit.

        Nobody is whose job centre came out of a joint one in this week.
        """
        if not self.calendar.starts_year[week]:
            return np.ones(len(self.unit_weights))
        stay = 1.0 - self.process.mover_share
        return np.where(self.apart_since == self.calendar.years[week], 0.0, stay)

    def move_forward(self, mass: Floats, week: int) -> Floats:
        """Mass by unit (axis 1) after the moves just before `week`."""
        if not self.calendar.starts_year[week]:
            return mass
        moved = np.einsum("cu...,uv->cv...", mass, self._destinations)
        share = self.process.mover_share
        return np.asarray((1.0 - share) * mass + share * moved)

    def move_backward(self, value: Floats, week: int) -> Floats:
        """Expected value by unit (axis 1) before the moves just before `week`."""
        if not self.calendar.starts_year[week]:
            return value
        moved = np.einsum("uv,cv...->cu...", self._destinations, value)
        share = self.process.mover_share
        return np.asarray((1.0 - share) * value + share * moved)

    @cached_property
    def initial(self) -> Floats:
        """Shares of all citizens in the first week, shape (classes, units, states).

        As if awards at the later pace had gone on for ever, so that the first weeks of the
        data look like the later ones; but all wait where the benefit is introduced later.
        """
        if self.calendar.opening:
            return self._all_wait()
        inner = self._periods[0][..., _UNDER_WAY, :][..., _UNDER_WAY]
        entries = self._after_award[_UNDER_WAY]
        leaving = np.swapaxes(np.eye(len(_UNDER_WAY)) - inner, -1, -2)
        sojourns = np.linalg.solve(leaving, entries[:, None])[..., 0]
        pace = 1.0 / (self.n_weeks + AWARD_TAIL_WEEKS)
        waiting = 1.0 / (1.0 + pace * sojourns.sum(-1))
        shares = np.zeros((*waiting.shape, len(State)))
        shares[..., State.WAITING] = waiting
        shares[..., _UNDER_WAY] = (waiting * pace)[..., None] * sojourns
        return np.asarray(shares * self.class_shares[:, None, None] * self.unit_weights[:, None])

    def _all_wait(self) -> Floats:
        shares = np.zeros((N_CLASSES, len(self.unit_weights), len(State)))
        shares[..., State.WAITING] = self.class_shares[:, None] * self.unit_weights
        return shares

    @cached_property
    def _after_award(self) -> Floats:
        """Probabilities of the first state on the benefit."""
        process = self.process
        passive = 1.0 - process.measure_at_award
        entries = np.zeros(len(State))
        entries[State.MEASURE] = process.measure_at_award
        entries[State.FAST] = passive * (1.0 - process.parked_at_award)
        entries[State.PARKED] = passive * process.parked_at_award
        return entries

    @cached_property
    def _periods(self) -> tuple[Floats, Floats]:
        """All rows but that of those waiting, before and during."""
        return self._matrix(0), self._matrix(1)

    def _matrix(self, during: int) -> Floats:
        process, rates = self.process, self.rates
        parked = rates.parked[..., during]
        matrix = np.zeros((*parked.shape, len(State), len(State)))
        restart: dict[State, Floats] = {
            State.FAST: rates.restart[:, during],
            State.PARKED: np.full(len(rates.restart), process.parked_restart),
        }
        on = 1.0 - process.exit_passive - process.interruption
        for state, probability in restart.items():
            matrix[..., state, State.MEASURE] = on * probability
            matrix[..., state, state] = on * (1.0 - probability)
            matrix[..., state, State.OFF] = process.interruption
            matrix[..., state, State.GONE] = process.exit_passive
        on = 1.0 - process.exit_measure - process.interruption
        end = rates.end[:, during]
        matrix[..., State.MEASURE, State.MEASURE] = on * (1.0 - end)
        matrix[..., State.MEASURE, State.FAST] = on * end * (1.0 - parked)
        matrix[..., State.MEASURE, State.PARKED] = on * end * parked
        matrix[..., State.MEASURE, State.OFF] = process.interruption
        matrix[..., State.MEASURE, State.GONE] = process.exit_measure
        back = process.resumption
        matrix[..., State.OFF, State.FAST] = back * (1.0 - parked)
        matrix[..., State.OFF, State.PARKED] = back * parked
        matrix[..., State.OFF, State.GONE] = process.exit_off
        matrix[..., State.OFF, State.OFF] = 1.0 - back - process.exit_off
        matrix[..., State.GONE, State.GONE] = 1.0
        return matrix

    @cached_property
    def _destinations(self) -> Floats:
        """Where movers from each unit (row) go: any that was never one with it, by its weight."""
        others = np.where(self.kin[:, None] != self.kin, self.unit_weights, 0.0)
        return np.asarray(others / others.sum(axis=1, keepdims=True))


def _multiply_restarts(matrix: Floats, factors: Floats) -> None:
    """Multiplies the restart rates of each job centre in place, at the cost of gaps that go on."""
    for state in PASSIVE:
        restart, goes_on = matrix[..., state, State.MEASURE], matrix[..., state, state]
        change = np.minimum(restart * (factors - 1.0), goes_on)
        restart += change
        goes_on -= change
