"""How many cases each caseworker has, and what that does to the shares of their citizens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.calibration import Caseload
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.staff import Staff
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FULL_TIME = 37.0
_PART_TIME, _PART_TIME_SHARE = 30.0, 0.15
# Otherwise nobody's caseworker could differ from the job centre's mean.
_FEWEST = 2
_THURSDAY = timedelta(days=3)


def staff_course(course: Course, n_citizens: int, rng: np.random.Generator) -> Course:
    """The course with caseworkers in the job centres whose cases its calibration holds.

    A citizen's probability of an internship per measure week is moved by the cases, per full-time
    position, that their caseworker has beyond the mean of the job centre's citizens. So the share
    of weeks with internship or hours moves by the planted share per case, and that of the job
    centre as a whole does not.
    """
    caseload, units = course.calibration.caseload, course.calibration.units
    reported = {name: unit.cases for name, unit in units.items() if unit.cases}
    if caseload is None or not reported:
        return course
    jobcentres = np.array([course.geography.units.index(name) for name in reported])
    mean = np.array(list(reported.values())).T
    period = _place_weeks(course, caseload)
    everybody = Expectation(course.chain, recipients_in_intervention=False)
    within = period == np.arange(len(mean))[:, None]
    present = within @ everybody.benefit / np.maximum(within.sum(axis=1, keepdims=True), 1)
    heads = n_citizens * present[:, jobcentres] / mean
    crew = _hire(np.maximum(np.round(heads), _FEWEST).astype(np.int64), rng)
    cases = _deal_cases(caseload.spread, mean, crew, rng)
    stints, stint = _cut_stints(period, course.chain.calendar.years)
    shift = np.zeros((len(period), len(crew.place) + 1))
    beyond = _find_beyond(cases, crew)
    # Internships per measure week that make up a week more of the share; at first nobody is there.
    room = everybody.measure * (1.0 - course.hours)
    needed = np.divide(everybody.benefit, room, out=np.zeros_like(room), where=room > 0.0)
    watched = period >= 0
    needed = needed[watched][:, jobcentres[crew.place]]
    shift[watched, :-1] = caseload.share_per_case * beyond[period[watched]] * needed
    return replace(
        course,
        staff=Staff(
            jobcentres=jobcentres,
            place=crew.place,
            hours=crew.hours,
            periods=caseload.periods,
            cases=cases,
            stints=stints,
            stint=stint,
            shift=shift,
        ),
    )


@dataclass(frozen=True)
class _Crew:
    """Caseworkers: job centre and weekly hours of each, and whether they are there in a period."""

    place: Ints
    hours: Floats
    is_there: NDArray[np.bool_]

    @cached_property
    def positions(self) -> Floats:
        """Full-time positions, shape (periods, caseworkers)."""
        return np.where(self.is_there, self.hours / FULL_TIME, 0.0)

    def mean(self, weights: Floats, values: Floats) -> Floats:
        """Weighted mean of each caseworker's job centre, shape (periods, caseworkers)."""
        sums = [
            np.bincount(self.place, weight * value) / np.bincount(self.place, weight)
            for weight, value in zip(weights, values, strict=True)
        ]
        return np.asarray(np.array(sums)[:, self.place])


def _place_weeks(course: Course, caseload: Caseload) -> Ints:
    """The period of each week, -1 for none."""
    days = [monday + _THURSDAY for monday in course.chain.calendar.weeks]
    placed = np.full(len(days), -1)
    for number, period in enumerate(caseload.periods):
        placed[[period.start <= day <= period.end for day in days]] = number
    return placed


def _hire(heads: Ints, rng: np.random.Generator) -> _Crew:
    """As many caseworkers as there are to be, (periods, job centres); the last to come go first."""
    place = np.repeat(np.arange(heads.shape[1]), heads.max(axis=0))
    seniority = np.arange(len(place)) - np.searchsorted(place, place)
    part_time = rng.random(len(place)) < _PART_TIME_SHARE
    return _Crew(place, np.where(part_time, _PART_TIME, FULL_TIME), seniority < heads[:, place])


def _deal_cases(spread: float, mean: Floats, crew: _Crew, rng: np.random.Generator) -> Floats:
    """Cases of each caseworker; per full-time position they have the mean of their job centre.

    Half of how they differ is theirs, and half is the period's.
    """
    drawn = rng.uniform(-1.0, 1.0, (1 + len(mean), len(crew.place)))
    factor = 1.0 + spread * np.sqrt(1.5) * (drawn[0] + drawn[1:])
    usual = crew.mean(crew.positions, factor)
    return np.asarray(np.round(mean[:, crew.place] * crew.positions * factor / usual, 1))


def _find_beyond(cases: Floats, crew: _Crew) -> Floats:
    """Cases per full-time position beyond the mean of all citizens of the job centre."""
    full_time = cases * FULL_TIME / crew.hours
    return np.asarray(np.where(crew.is_there, full_time - crew.mean(cases, full_time), 0.0))


def _cut_stints(period: Ints, years: Ints) -> tuple[Ints, Ints]:
    """Periods cut at new year, when people move: the period of each part, the part of each week."""
    stint = np.full(len(period), -1)
    watched = period >= 0
    pairs = np.stack([period, years], axis=1)[watched]
    found, stint[watched] = np.unique(pairs, axis=0, return_inverse=True)
    return found[:, 0], stint
