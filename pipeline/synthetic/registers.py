"""The registers of one block of persons."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.synthetic.blocks import Block
from pipeline.synthetic.careers import DEAD, NOT_RESIDENT
from pipeline.synthetic.jobs import draw_jobs
from pipeline.synthetic.people import Crowd, Plan, draw_crowd
from pipeline.synthetic.writing import Registers
from pipeline.weeks import format_week_column

_REFERENCE_YEAR = 1991


def draw_registers(plan: Plan, block: Block) -> Registers:
    """The rows that a block's persons have in each register, by its name in ``delivery.toml``."""
    *streams, for_dream, for_bfl = block.spawn_streams(plan.seed, 6)
    crowd = draw_crowd(plan, block, streams)
    return {"dream": _make_dream(plan, crowd, for_dream), "bfl": draw_jobs(plan, crowd, for_bfl)}


def _make_dream(plan: Plan, crowd: Crowd, rng: np.random.Generator) -> pl.DataFrame:
    """One row per person: weeks, municipality by year, sex, age in 1991."""
    n_persons, lives = len(crowd.order), crowd.lives
    ages = _REFERENCE_YEAR - int(plan.course.chain.calendar.years[0]) + lives.ages
    age = pl.Series(ages.astype(np.int16))
    rows = pl.DataFrame(
        [
            crowd.keys[:n_persons],
            *_list_weeks(plan, crowd),
            *_list_homes(plan, crowd),
            pl.Series("kon", rng.integers(1, 3, n_persons).astype(np.int8)),
            age.set(age < 0, None).alias("alder9131"),
        ]
    )
    return rows[crowd.order]


def _list_weeks(plan: Plan, crowd: Crowd) -> list[pl.Series]:
    """A column of benefit codes per week."""
    weeks = {
        format_week_column(monday): crowd.lives.codes[week]
        for week, monday in enumerate(plan.course.chain.calendar.weeks)
    }
    coded = pl.when(pl.all() != 0).then(pl.all()).name.keep()
    return pl.DataFrame(weeks).select(coded).get_columns()


def _list_homes(plan: Plan, crowd: Crowd) -> list[pl.Series]:
    """A column of municipality codes per year; who is dead or away in its first week has none."""
    years, codes = plan.course.chain.calendar.years, plan.course.geography.codes
    away = [plan.atlas.at(DEAD), plan.atlas.at(NOT_RESIDENT)]
    columns = []
    for position, year in enumerate(np.unique(years)):
        first_week = int(np.argmax(years == year))
        is_away = pl.Series(np.isin(crowd.lives.careers[first_week], away))
        homes = pl.Series(f"nykom{year}", codes[crowd.homes[position]].astype(np.int16))
        columns.append(homes.set(is_away, None))
    return columns
