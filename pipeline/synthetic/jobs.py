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
from pipeline.synthetic.careers import WORK, read_career_rows
from pipeline.synthetic.chain import ON_BENEFIT
from pipeline.synthetic.people import Crowd, Plan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ORDINARY, SUBSIDISED = 0, 1
_STRANGER_JOB, _SUBSIDISED_JOB, _SECOND_JOB = 0.75, 0.97, 0.04
_REPORTED, _WHOLE_MONTH = 0.85, 0.95
_COURSE_HOURS, _SUBSIDISED_HOURS, _FULL_HOURS, _SECOND_HOURS = 30.0, 110.0, 140.0, 25.0
_LEAST_HOURS, _MOST_HOURS = 1.0, 260.0


@dataclass(frozen=True)
class _Rows:
    """Jobs of one month: who, how many paid hours, with what support."""

    person: Ints
    hours: Floats
    support: Ints


@dataclass(frozen=True)
class _Market:
    """Chances of a job by career, and what such a job is like.

    Attributes:
        share: probability of a job in a month.
        support: code of its support.
        hours: mean paid hours.
        work: position of the career that is ordinary work.
        subsidies: benefit codes of jobs with wage subsidy.
    """

    share: Floats
    support: Ints
    hours: Floats
    work: int
    subsidies: list[int]


def draw_jobs(plan: Plan, crowd: Crowd, rng: np.random.Generator) -> pl.DataFrame:
    """All jobs of a block, by register names.

    A citizen's ordinary jobs in months with a week on the course are those of their hours, and of
    nothing else. All other months follow the career.
    """
    lives, citizens, months = crowd.lives, crowd.citizens, plan.months
    n_persons = lives.careers.shape[1]
    first, n_strangers = n_persons - citizens.hours.shape[1], len(crowd.keys) - n_persons
    market, parts = _read_market(), []
    for month in range(len(months.firsts)):
        weeks = months.weeks(month)
        on_course = np.zeros(n_persons, dtype=np.bool_)
        on_course[first:] = np.isin(citizens.states[weeks], ON_BENEFIT).any(axis=0)
        middle = weeks[len(weeks) // 2]
        works = (lives.careers[middle] == market.work) & ~on_course
        rows = [
            _career_jobs(market, (lives.careers[middle], lives.codes[middle]), on_course, rng),
            _course_jobs(first + np.flatnonzero(citizens.hours[month] & on_course[first:]), rng),
            *_other_jobs(works, n_strangers, rng),
        ]
        parts.append(_frame(rows, months.firsts[month], rng))
    jobs = pl.concat(parts)
    return jobs.select(crowd.keys.gather(jobs["person"]), pl.exclude("person"))


def _career_jobs(
    market: _Market,
    week: tuple[NDArray[np.uint8], NDArray[np.int16]],
    on_course: Bools,
    rng: np.random.Generator,
) -> _Rows:
    """Jobs that go with the careers and codes of a week in the middle of the month."""
    careers, codes = week
    subsidised = np.isin(codes, market.subsidies)
    share = np.where(on_course, 0.0, market.share[careers])
    share = np.where(subsidised, _SUBSIDISED_JOB, share)
    who = np.flatnonzero(rng.random(len(careers)) < share)
    support = np.where(subsidised, SUBSIDISED, market.support[careers])[who]
    mean = np.where(subsidised, _SUBSIDISED_HOURS, market.hours[careers])[who]
    return _Rows(who, _draw_hours(mean, rng), support)


def _course_jobs(who: Ints, rng: np.random.Generator) -> _Rows:
    mean = np.full(len(who), _COURSE_HOURS)
    return _Rows(who, _draw_hours(mean, rng), np.full(len(who), ORDINARY))


def _other_jobs(works: Bools, n_strangers: int, rng: np.random.Generator) -> Iterator[_Rows]:
    """Second jobs, and jobs of people who are not in DREAM."""
    second = np.flatnonzero(works & (rng.random(len(works)) < _SECOND_JOB))
    strangers = len(works) + np.flatnonzero(rng.random(n_strangers) < _STRANGER_JOB)
    for who, hours in ((second, _SECOND_HOURS), (strangers, _FULL_HOURS)):
        drawn = _draw_hours(np.full(len(who), hours), rng)
        yield _Rows(who, drawn, np.full(len(who), ORDINARY))


def _draw_hours(mean: Floats, rng: np.random.Generator) -> Floats:
    drawn = rng.standard_gamma(8.0, len(mean)) * mean / 8.0
    return np.asarray(np.round(np.clip(drawn, _LEAST_HOURS, _MOST_HOURS), 2))


def _frame(rows: list[_Rows], first: date, rng: np.random.Generator) -> pl.DataFrame:
    """One month's jobs under their register names; a few begin after the month's first day."""
    person = np.concatenate([part.person for part in rows])
    n_days = monthrange(first.year, first.month)[1]
    late = np.where(rng.random(len(person)) < _WHOLE_MONTH, 0, rng.integers(0, 10, len(person)))
    start = (np.datetime64(first) + late).astype("datetime64[ms]")
    hours = np.concatenate([part.hours for part in rows])
    reported = rng.random(len(person)) < _REPORTED
    last = first.replace(day=n_days)
    return pl.DataFrame(
        {
            "person": person,
            "ajo_job_start_dato": pl.Series(start).cast(pl.Date),
            "ajo_job_slut_dato": pl.repeat(last, len(person), dtype=pl.Date, eager=True),
            "ajo_loentimer": hours,
            "ajo_loentime_kode": reported.astype(np.int8),
            "ajo_indberettede_loentimer": pl.Series(hours).set(pl.Series(~reported), None),
            "stoette_besk_kode": np.concatenate([part.support for part in rows]).astype(np.int8),
        }
    )


def _read_market() -> _Market:
    rows = read_career_rows()
    groups = {row["measure_group"]: row["measure"] for row in read_codes("measure_groups")}
    return _Market(
        share=np.array([float(row["job_share"]) for row in rows]),
        support=np.array([int(row["support_code"]) for row in rows]),
        hours=np.array([float(row["mean_hours"]) for row in rows]),
        work=[row["career"] for row in rows].index(WORK),
        subsidies=[
            int(row["code"])
            for row in read_codes("benefit_codes")
            if groups[row["measure_group"]] == "wage_subsidy"
        ],
    )
