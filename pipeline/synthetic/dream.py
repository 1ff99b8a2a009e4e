"""DREAM: one row per person, one column per week, and what it says of years and months."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.synthetic.jobs import Jobs
from pipeline.synthetic.pay import FULL_TIME_MONTH
from pipeline.synthetic.people import Crowd, Plan
from pipeline.synthetic.residents import is_resident
from pipeline.weeks import format_week_column

# DREAM tells ages in week 31 of 1991: on its Monday, as year and as month and day.
_REFERENCE_YEAR, _REFERENCE_DAY = 1991, 729
# Industries of the main job, as Statistics Denmark numbers them.
_INDUSTRIES = (
    "011100", "101110", "310900", "412000", "432100", "451120", "471120", "494100", "561010",
    "620100", "681040", "702200", "812100", "841100", "851000", "853110", "861000", "871010",
    "881010", "889130",
)  # fmt: skip


def make_dream(plan: Plan, crowd: Crowd, jobs: Jobs | None) -> pl.DataFrame:
    """The rows of a block, in its order; with pay by month if there are jobs."""
    columns = [
        crowd.keys[: len(crowd.order)],
        *_list_homes(plan, crowd),
        *([] if jobs is None else _list_pay(crowd, jobs)),
        pl.Series("kon", 1 + crowd.people.women.astype(np.int8)),
        _find_ages(crowd),
    ]
    key, *rest = pl.DataFrame(columns)[crowd.order].get_columns()
    return pl.DataFrame([key, *_list_weeks(plan, crowd), *rest])


def _list_weeks(plan: Plan, crowd: Crowd) -> list[pl.Series]:
    """A column of benefit codes per week, in the block's order."""
    # Put in order as rows, which lie in one piece, and then turned into columns.
    codes = np.ascontiguousarray(crowd.lives.codes.T[crowd.order].T)
    names = map(format_week_column, plan.calendar.weeks)
    weeks = pl.DataFrame([pl.Series(name, week) for name, week in zip(names, codes, strict=True)])
    return weeks.select(pl.when(pl.all() != 0).then(pl.all()).name.keep()).get_columns()


def _list_homes(plan: Plan, crowd: Crowd) -> list[pl.Series]:
    """A column of municipality codes per year; none for the dead, away and unborn."""
    years, codes = plan.calendar.years, plan.course.geography.codes
    columns = []
    for position, year in enumerate(np.unique(years)):
        away = ~is_resident(plan, crowd, int(np.argmax(years == year)))
        homes = pl.Series(f"nykom{year}", codes[crowd.homes[position]].astype(np.int16))
        columns.append(homes.set(pl.Series(away), None))
    return columns


def _list_pay(crowd: Crowd, jobs: Jobs) -> list[pl.Series]:
    """Columns of employment ratio and industry per month; none without pay."""
    numbers = crowd.keys[: len(crowd.order)].cast(pl.Int64)
    industry = pl.Series(_INDUSTRIES).gather((numbers % len(_INDUSTRIES)).cast(pl.UInt32))
    columns = []
    for first, hours in zip(jobs.months, jobs.hours, strict=True):
        unpaid = pl.Series(hours == 0.0)
        ratio = pl.Series(f"grad_{first:%Y_%m}", (hours / FULL_TIME_MONTH).round(2).clip(0.01, 1.0))
        columns += [ratio.set(unpaid, None), industry.alias(f"branche_{first:%Y_%m}")]
        columns[-1] = columns[-1].set(unpaid, None)
    return columns


def _find_ages(crowd: Crowd) -> pl.Series:
    """Age in whole years in week 31 of 1991; none for those born later."""
    born = pl.Series(crowd.people.born.astype("datetime64[ms]")).cast(pl.Date)
    later = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) > _REFERENCE_DAY
    ages = (_REFERENCE_YEAR - born.dt.year() - later.cast(pl.Int32)).cast(pl.Int16)
    return ages.set(ages < 0, None).alias("alder9131")
