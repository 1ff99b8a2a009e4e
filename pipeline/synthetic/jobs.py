"""Monthly jobs: everybody's, and the ordinary hours of citizens on the course."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.synthetic.atlas import WORK, Atlas, read_career_rows
from pipeline.synthetic.chain import ON_BENEFIT
from pipeline.synthetic.course import Citizens
from pipeline.synthetic.pay import (
    LEAST_HOURS,
    MONTH_SPREAD,
    MOST_HOURS,
    USUAL_SPREAD,
    expect_paid_hours,
)
from pipeline.synthetic.people import Crowd, Plan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ORDINARY, SUBSIDISED = 0, 1
# E-income has jobs by the month since then.
_FIRST_MONTH = date(2008, 1, 1)
_STRANGER_JOB, _SUBSIDISED_JOB = 0.75, 0.97
# Of those who work, how many have a second job, and how many are absent without pay in a month.
_SECOND_JOB, _UNPAID = 0.05, 0.012
_REPORTED, _WHOLE_MONTH = 0.85, 0.95
_SUBSIDISED_HOURS, _FULL_HOURS, _SECOND_HOURS = 110.0, 140.0, 25.0


# Jobs of one month: who, how many paid hours, with what support.
_Rows = tuple[Ints, Floats, Ints]


@dataclass(frozen=True)
class _Market:
    """Chances of a job by career, and what such a job is like.

    Attributes:
        share: probability of a job in a month.
        support: code of its support.
        hours: mean paid hours.
        work: position of the career that is ordinary work.
        is_subsidy: by benefit code, whether it is that of a job with wage subsidy.
    """

    share: Floats
    support: Ints
    hours: Floats
    work: int
    is_subsidy: Bools


@dataclass(frozen=True)
class Earnings:
    """What is expected of the ordinary jobs of careers off the course, by position in the atlas.

    Attributes:
        share: probability of ordinary hours in a month.
        hours: ordinary hours of a month.
    """

    share: Floats
    hours: Floats


def expect_earnings(atlas: Atlas) -> Earnings:
    """What months have that are drawn of these careers."""
    market = _read_market()
    subsidised = (market.is_subsidy[atlas.codes] * atlas.code_shares).sum(axis=1)
    share = np.where(market.support == ORDINARY, market.share * (1.0 - subsidised), 0.0)
    share[market.work] *= 1.0 - _UNPAID
    hours = share * expect_paid_hours(np.maximum(market.hours, LEAST_HOURS))
    second = expect_paid_hours(np.array(_SECOND_HOURS))
    hours[market.work] += share[market.work] * _SECOND_JOB * second
    return Earnings(share, hours)


class _Habits:
    """Luck that lasts: who has a job this month mostly has one the next.

    Each is even between 0 and 1 in every single month, drawn anew once in a while.
    """

    _RENEWAL = 0.08

    def __init__(self, n_persons: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self.job, self.second_job, self.absence = rng.random((3, n_persons))
        self._usual = rng.standard_gamma(USUAL_SPREAD, n_persons) / USUAL_SPREAD

    def change(self) -> None:
        """Passes to the next month."""
        for luck in (self.job, self.second_job, self.absence):
            anew = np.flatnonzero(self._rng.random(len(luck)) < self._RENEWAL)
            luck[anew] = self._rng.random(len(anew))

    def draw_hours(self, who: Ints, mean: Floats) -> Floats:
        """Paid hours of a month, around what the person usually has of the mean."""
        month = self._rng.standard_gamma(MONTH_SPREAD, len(who)) / MONTH_SPREAD
        drawn = mean * self._usual[who] * month
        return np.asarray(np.round(np.clip(drawn, LEAST_HOURS, MOST_HOURS), 2))


@dataclass(frozen=True)
class Jobs:
    """What a block's persons are paid for.

    Attributes:
        rows: one per job and month, by register names.
        months: first days of the months.
        hours: paid hours of the persons in DREAM, all jobs together, shape (months, persons).
    """

    rows: pl.DataFrame
    months: list[date]
    hours: NDArray[np.float32]


def draw_jobs(plan: Plan, crowd: Crowd, rng: np.random.Generator) -> Jobs:
    """All jobs of a block in the months that e-income knows.

    A citizen's ordinary jobs in months with a week on the course are those of their hours, and of
    nothing else. All other months follow the career.
    """
    n_persons = len(crowd.order)
    habits = _Habits(len(crowd.keys), rng)
    market = _read_market()
    months = [month for month, first in enumerate(plan.months.firsts) if first >= _FIRST_MONTH]
    parts, hours = [], np.zeros((len(months), n_persons), dtype=np.float32)
    for position, month in enumerate(months):
        rows = list(_draw_month(plan, market, crowd, habits, month))
        habits.change()
        person, paid = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
        hours[position] = np.bincount(person, paid, minlength=n_persons)[:n_persons]
        parts.append(_frame(rows, plan.months.firsts[month], rng))
    found = pl.concat(parts)
    paid_jobs = found.select(crowd.keys.gather(found["person"]), pl.exclude("person"))
    return Jobs(paid_jobs, [plan.months.firsts[month] for month in months], hours)


def _draw_month(
    plan: Plan, market: _Market, crowd: Crowd, habits: _Habits, month: int
) -> Iterator[_Rows]:
    """Jobs of one month, by the careers and codes of a week in its middle."""
    weeks = plan.months.weeks(month)
    n_persons, citizens = len(crowd.order), crowd.citizens
    first = n_persons - citizens.hours.shape[1]
    middle = plan.months.middles[month]
    career, code = crowd.lives.careers[middle], crowd.lives.codes[middle]
    on_course = np.zeros(n_persons, dtype=np.bool_)
    on_course[first:] = np.isin(citizens.states[weeks], ON_BENEFIT).any(axis=0)
    subsidised = market.is_subsidy[code]
    share = np.where(subsidised, _SUBSIDISED_JOB, np.where(on_course, 0.0, market.share[career]))
    who = np.flatnonzero(habits.job[:n_persons] < share)
    hours = np.where(subsidised, _SUBSIDISED_HOURS, market.hours[career])[who]
    works = (career == market.work)[who] & ~on_course[who]
    unpaid = works & (habits.absence[who] < _UNPAID)
    support = np.where(subsidised, SUBSIDISED, market.support[career])[who]
    yield who, np.where(unpaid, 0.0, habits.draw_hours(who, hours)), support
    second = who[works & ~unpaid & (habits.second_job[who] < _SECOND_JOB)]
    has_hours = np.flatnonzero(citizens.hours[month] & on_course[first:])
    strangers = n_persons + np.flatnonzero(habits.job[n_persons:] < _STRANGER_JOB)
    usual = (
        (second, np.full(len(second), _SECOND_HOURS)),
        (first + has_hours, _find_course_hours(plan, citizens, month, has_hours)),
        (strangers, np.full(len(strangers), _FULL_HOURS)),
    )
    for who, mean in usual:
        yield who, habits.draw_hours(who, mean), np.full(len(who), ORDINARY)


def _find_course_hours(plan: Plan, citizens: Citizens, month: int, who: Ints) -> Floats:
    """Mean paid hours of some citizens on the course who have any, by their job centres."""
    course, week = plan.course, plan.months.weeks(month)[0]
    year = plan.calendar.years[week] - plan.calendar.years[0]
    units = course.geography.unit_of[citizens.homes[year, who]]
    return np.asarray(course.pay.drawn[week, units])


def _frame(rows: list[_Rows], first: date, rng: np.random.Generator) -> pl.DataFrame:
    """One month's jobs under their register names; a few begin after the month's first day."""
    person, hours, support = (np.concatenate(part) for part in zip(*rows, strict=True))
    n_days = monthrange(first.year, first.month)[1]
    late = np.where(rng.random(len(person)) < _WHOLE_MONTH, 0, rng.integers(0, 10, len(person)))
    start = (np.datetime64(first) + late).astype("datetime64[ms]")
    reported = (hours == 0.0) | (rng.random(len(person)) < _REPORTED)
    last = first.replace(day=n_days)
    return pl.DataFrame(
        {
            "person": person,
            "ajo_job_start_dato": pl.Series(start).cast(pl.Date),
            "ajo_job_slut_dato": pl.repeat(last, len(person), dtype=pl.Date, eager=True),
            "ajo_loentimer": hours,
            "ajo_loentime_kode": reported.astype(np.int8),
            "ajo_indberettede_loentimer": pl.Series(hours).set(pl.Series(~reported), None),
            "stoette_besk_kode": support.astype(np.int8),
        }
    )


def _read_market() -> _Market:
    rows = read_career_rows()
    groups = {row["measure_group"]: row["measure"] for row in read_codes("measure_groups")}
    is_subsidy = np.zeros(1_000, dtype=np.bool_)
    for row in read_codes("benefit_codes"):
        is_subsidy[int(row["code"])] = groups[row["measure_group"]] == "wage_subsidy"
    return _Market(
        share=np.array([float(row["job_share"]) for row in rows]),
        support=np.array([int(row["support_code"]) for row in rows]),
        hours=np.array([float(row["mean_hours"]) for row in rows]),
        work=[row["career"] for row in rows].index(WORK),
        is_subsidy=is_subsidy,
    )
