"""What is wrong with real deliveries, put into a clean one on demand, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl

from pipeline.codes import read_codes
from pipeline.synthetic.calibration import INTERNSHIP
from pipeline.synthetic.geography import FIRST_YEAR
from pipeline.synthetic.people import Plan
from pipeline.synthetic.writing import Registers
from pipeline.weeks import WEEK, format_week_column

DUPLICATES, MIXED_CASE = "duplicates", "mixed_case"
UNREPORTED, HOMELESS = "unreported_weeks", "missing_municipalities"
SPLIT = "split_jobcentres"
# Columns are those of a whole file, however many blocks it has.
IN_COLUMNS = (UNREPORTED, MIXED_CASE)
# How each kind is to be met with: by what a run says of it.
SEEN = {
    "late_code": "nothing: both are codes of one measure",
    HOMELESS: "weeks without a job centre in the attrition table",
    UNREPORTED: "a warning that counts the columns",
    "blanks_and_dots": "nothing: they are no benefit",
    "danish_letters": "nothing: the column is not read; CSV is in Latin-1",
    DUPLICATES: "a warning that counts the persons",
    MIXED_CASE: "nothing: names are matched without regard to case",
    SPLIT: "a warning that counts the persons, if it is within the study's weeks",
}
_DUPLICATE_SHARE, _HOMELESS_SHARE = 0.004, 0.01
_N_UNREPORTED = 8
# Of the week columns so many are text.
_TEXT_EVERY = 3
_NOTHING = pl.Series([None, "", " ", "."], dtype=pl.String)


def soil_registers(
    plan: Plan, registers: Registers, rng: np.random.Generator
) -> tuple[Registers, Counter[str]]:
    """A block's registers with the plan's kinds of dirt, and how many values, rows or columns.

    Each kind has a stream of its own: what there is of it does not depend on the others.
    """
    streams = dict(zip(SEEN, rng.spawn(len(SEEN)), strict=True))
    counts: Counter[str] = Counter()
    dream = registers["dream"]
    for kind, spoil in _SPOILERS.items():
        if kind in plan.dirt:
            dream, counts[kind] = spoil(plan, dream, streams[kind])
    soiled = {**registers, "dream": dream}
    if DUPLICATES in plan.dirt:
        soiled["dream"], counts[DUPLICATES] = _repeat_rows(dream, streams[DUPLICATES])
    if MIXED_CASE in plan.dirt:
        soiled = {name: frame.rename(_vary_case) for name, frame in soiled.items()}
        counts[MIXED_CASE] = sum(frame.width for frame in soiled.values())
    return soiled, counts


def _use_code_late(
    plan: Plan, dream: pl.DataFrame, _: np.random.Generator
) -> tuple[pl.DataFrame, int]:
    """The last code of internships comes half-way through the study; before, the first serves."""
    codes = plan.codes.measures[INTERNSHIP]
    begin, end = ((week - plan.calendar.weeks[0]) // WEEK for week in plan.course.study.span)
    early = [format_week_column(week) for week in plan.calendar.weeks[: (begin + end) // 2]]
    n_changed = int(dream.select(pl.sum_horizontal((pl.col(early) == codes[-1]).sum())).item())
    return dream.with_columns(pl.col(early).replace({codes[-1]: codes[0]})), n_changed


def _lose_homes(
    plan: Plan, dream: pl.DataFrame, rng: np.random.Generator
) -> tuple[pl.DataFrame, int]:
    """Some people have no municipality in one of their years."""
    names = [f"nykom{year}" for year in np.unique(plan.calendar.years)]
    year = rng.integers(0, len(names), dream.height)
    year[rng.random(dream.height) >= _HOMELESS_SHARE] = -1
    lost = [dream[name].set(pl.Series(year == i), None) for i, name in enumerate(names)]
    n_lost = sum(s.null_count() - dream[s.name].null_count() for s in lost)
    return dream.with_columns(lost), n_lost


def _show_splits(
    plan: Plan, dream: pl.DataFrame, _: np.random.Generator
) -> tuple[pl.DataFrame, int]:
    """People who stay where they are while their joint job centre splits.

    Where no delivered week shows a split, municipalities of earlier years do, back to the last one.
    """
    first, last = int(plan.calendar.years[0]), int(plan.calendar.years[-1])
    starts = [
        (int(row["code"]), int(row["valid_from_year"])) for row in read_codes("municipalities")
    ]
    splits = [(code, year) for code, year in starts if FIRST_YEAR < year <= last]
    begin = max((year - 1 for _, year in splits), default=first)
    home = pl.col(f"nykom{first}")
    shown = dream.with_columns(home.alias(f"nykom{year}") for year in range(begin, first))
    n_split = sum(
        shown.filter(pl.col(f"nykom{year - 1}") == code, pl.col(f"nykom{year}") == code).height
        for code, year in splits
        if min(begin, first) < year
    )
    return shown, n_split


def _add_unreported(
    plan: Plan, dream: pl.DataFrame, _: np.random.Generator
) -> tuple[pl.DataFrame, int]:
    """Columns for the weeks after the last one, of which nothing has been reported yet."""
    last = plan.calendar.weeks[-1]
    weeks = [last + WEEK * (1 + position) for position in range(_N_UNREPORTED)]
    names = [format_week_column(week) for week in weeks]
    years = {f"nykom{week.isocalendar().year}": None for week in weeks}
    names.extend(name for name in years if name not in dream.columns)
    empty = pl.lit(None, pl.Int16)
    return dream.with_columns(empty.alias(name) for name in names), len(names)


def _write_nothing(
    plan: Plan, dream: pl.DataFrame, rng: np.random.Generator
) -> tuple[pl.DataFrame, int]:
    """Every third week column is text, and no benefit is a blank, a full stop, or nothing."""
    weeks = [name for name in dream.columns if name.startswith("y_")][::_TEXT_EVERY]
    columns, n_written = [], 0
    for name in weeks:
        nothing = _NOTHING.gather(rng.integers(0, len(_NOTHING), dream.height))
        text = dream[name].cast(pl.String)
        column = text.zip_with(text.is_not_null(), nothing)
        n_written += text.null_count() - column.null_count()
        columns.append(column)
    return dream.with_columns(columns), n_written


def _name_homes(
    plan: Plan, dream: pl.DataFrame, _: np.random.Generator
) -> tuple[pl.DataFrame, int]:
    """The last municipality by name, in Danish letters."""
    names = {int(row["code"]): row["name"] for row in read_codes("municipalities")}
    codes = dream[f"nykom{plan.calendar.years[-1]}"]
    named = codes.replace_strict(names, default=None, return_dtype=pl.String).alias("kommunenavn")
    n_danish = int(named.str.contains("[æøåÆØÅ]").sum())
    return dream.with_columns(named), n_danish


_SPOILERS: dict[
    str,
    Callable[[Plan, pl.DataFrame, np.random.Generator], tuple[pl.DataFrame, int]],
] = {
    "late_code": _use_code_late,
    "danish_letters": _name_homes,
    HOMELESS: _lose_homes,
    # After those who lost a municipality: nothing tells that theirs split.
    SPLIT: _show_splits,
    UNREPORTED: _add_unreported,
    "blanks_and_dots": _write_nothing,
}


def _repeat_rows(rows: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, int]:
    """Some persons stand there twice, anywhere."""
    again = np.flatnonzero(rng.random(rows.height) < _DUPLICATE_SHARE)
    order = rng.permutation(np.concatenate([np.arange(rows.height), again]))
    return rows[order], len(again)


def _vary_case(name: str) -> str:
    """Upper, lower or mixed, by the name's length and last letter."""
    return (name.upper, name.lower, name.title)[(len(name) + ord(name[-1])) % 3]()
