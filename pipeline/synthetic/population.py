"""Who the persons are: sex and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.chain import Calendar, State

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

WEEKS_PER_YEAR = 365.25 / 7
# Persons by age when a delivery begins; at 18 or younger as many as at 45, back to those who come
# of age as it ends.
_AGES, _PERSONS_BY_AGE = (45.0, 65.0, 98.0), (1.0, 0.6, 0.02)
_ADULT_AGE = 18
# Ages at which the course is awarded.
_YOUNGEST, _OLDEST = 20.0, 58.0


@dataclass(frozen=True)
class People:
    """Who they are.

    Attributes:
        born: day of birth; some may be born after the first Monday.
        ages: exact ages in years on the first Monday; negative for those not born yet.
        women: whether they are women.
    """

    born: Days
    ages: Floats
    women: Bools

    def age(self, persons: Ints, weeks: Ints) -> Floats:
        """Exact ages in years of persons on the Mondays of weeks."""
        return np.asarray(self.ages[persons] + weeks / WEEKS_PER_YEAR)

    def first_week_at(self, age: int) -> Ints:
        """The first week in which each person has an age; negative before the first."""
        return np.ceil((age - self.ages) * WEEKS_PER_YEAR).astype(np.int64)


def draw_people(
    calendar: Calendar, states: NDArray[np.uint8], n_others: int, rng: np.random.Generator
) -> People:
    """Persons never on the course, and then citizens with these states, (weeks, citizens)."""
    n_weeks, n_citizens = states.shape
    waits = states == State.WAITING
    awarded = np.where(waits.all(axis=0), n_weeks, np.argmin(waits, axis=0))
    ages = rng.uniform(_YOUNGEST, _OLDEST, n_citizens) - awarded / WEEKS_PER_YEAR
    others = _draw_ages(_ADULT_AGE - len(calendar.weeks) / WEEKS_PER_YEAR, n_others, rng)
    days = (np.concatenate([others, ages]) * 365.25).astype(np.int64)
    women = rng.random(n_others + n_citizens) < 0.5
    return People(np.datetime64(calendar.weeks[0]) - days, days / 365.25, women)


def _draw_ages(youngest: float, n_persons: int, rng: np.random.Generator) -> Floats:
    grid = np.linspace(youngest, _AGES[-1], 1_000)
    reached = np.cumsum(np.interp(grid, _AGES, _PERSONS_BY_AGE))
    return np.asarray(np.interp(rng.random(n_persons) * reached[-1], reached, grid))
