"""The population register: who lives where at each quarter's end."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.synthetic.atlas import DEAD, NOT_RESIDENT
from pipeline.synthetic.people import Crowd, Plan

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# The register is quarterly since then.
_FIRST_YEAR = 2008
_DANISH, _IMMIGRANT, _DESCENDANT = 1, 2, 3
_ORIGINS = {_DANISH: 0.87, _IMMIGRANT: 0.10, _DESCENDANT: 0.03}
_EVER_MARRIED, _EVER_DIVORCED = 0.75, 0.4


def draw_residents(plan: Plan, crowd: Crowd, rng: np.random.Generator) -> pl.DataFrame:
    """One row per quarter and person who lived in the country when the quarter began.

    Deaths and departures are registered by the end of the next quarter: so the register knows a
    municipality for every week that DREAM knows one for.
    """
    people, n_persons = crowd.people, len(crowd.order)
    origin = rng.choice(list(_ORIGINS), n_persons, p=list(_ORIGINS.values())).astype(np.int8)
    married, divorced = _draw_marriages(n_persons, rng)
    codes, years = plan.course.geography.codes.astype(np.int16), plan.calendar.years
    parts = []
    for week, last_day in _list_quarters(plan.calendar.weeks):
        here = np.flatnonzero(is_resident(plan, crowd, week))
        age = people.age(here, np.full(len(here), week))
        status = np.where(age < married[here], "U", np.where(age < divorced[here], "G", "F"))
        homes = crowd.homes[last_day.year - years[0], here]
        parts.append(
            pl.DataFrame(
                {
                    "person": here,
                    "referencetid": pl.repeat(last_day, len(here), dtype=pl.Date, eager=True),
                    "koen": 1 + people.women[here].astype(np.int8),
                    "foed_dag": pl.Series(people.born[here].astype("datetime64[ms]")).cast(pl.Date),
                    "kom": codes[homes],
                    "ie_type": origin[here],
                    "civst": status,
                }
            )
        )
    rows = pl.concat(parts)
    return rows.select(crowd.keys.gather(rows["person"]), pl.exclude("person"))


def is_resident(plan: Plan, crowd: Crowd, week: int) -> Bools:
    """Whether each person is alive and lives in the country in a week."""
    away = [plan.atlas.at(DEAD), plan.atlas.at(NOT_RESIDENT)]
    is_born = crowd.people.born <= np.datetime64(plan.calendar.weeks[week])
    return np.asarray(is_born & ~np.isin(crowd.lives.careers[week], away))


def _list_quarters(mondays: tuple[date, ...]) -> list[tuple[int, date]]:
    """First week and last day of each quarter; a week belongs to that of its Thursday."""
    quarters: dict[date, int] = {}
    for week, monday in enumerate(mondays):
        thursday = monday + timedelta(days=3)
        month = 3 * ((thursday.month - 1) // 3) + 3
        next_quarter = date(thursday.year + month // 12, month % 12 + 1, 1)
        quarters.setdefault(next_quarter - timedelta(days=1), week)
    return [(week, day) for day, week in quarters.items() if day.year >= _FIRST_YEAR]


def _draw_marriages(n_persons: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Ages at marriage and divorce, beyond any age where there is none."""
    married = np.maximum(rng.normal(31.0, 5.0, n_persons), 18.0)
    married[rng.random(n_persons) >= _EVER_MARRIED] = np.inf
    divorced = married + rng.gamma(2.0, 6.0, n_persons)
    divorced[rng.random(n_persons) >= _EVER_DIVORCED] = np.inf
    return married, divorced
