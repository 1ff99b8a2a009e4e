"""What each member adds to a job centre's sums, week by week, wherever the start is put."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.models.inference import WEEKS, Law
from pipeline.spec import Study


@dataclass(frozen=True)
class Contributions:
    """Numerators and denominators of one outcome in one job centre, by member and week.

    With a start week put anywhere, `before` is summed over the weeks ahead of it and `during`
    over the weeks from it on. The two differ for durations that begin inside a window: each is
    counted whole in the week it begins, but cut at the start it is counted week by week.

    Attributes:
        unit: the job centre's name.
        n_weeks: of the study; weeks are numbered from 0.
        law: of the outcome; weeks at risk over starts have that of weeks.
        before: `person_id, week, numerator, denominator`; persons by key or by number.
        during: the same columns.
    """

    unit: str
    n_weeks: int
    law: Law | None
    before: pl.DataFrame
    during: pl.DataFrame


def count_means(study: Study, courses: pl.DataFrame, law: Law | None) -> Iterator[Contributions]:
    """What weeks add to a mean over them; one job centre at a time, as each week becomes a row.

    Args:
        study: gives the weeks.
        courses: of one population, outcome and the job centres in question: `jobcentre,
            person_id, week_numbers, week_weight, outcome_week_numbers, outcome_amounts`.
        law: of the outcome.

    Yields:
        Those of each job centre with any row, by name.
    """
    for unit, own in _list_units(courses):
        weekly = _list_course_weeks(own)
        if not weekly.is_empty():
            yield Contributions(unit, _count_weeks(study), law, weekly, weekly)


def count_durations(
    study: Study, spells: pl.DataFrame, sampling: str, *, counts_start: bool = False
) -> Iterator[Contributions]:
    """Weeks at risk, and measure starts; one job centre at a time, as each week becomes a row.

    Args:
        study: gives the weeks.
        spells: of one population and the job centres in question: `jobcentre, person_id,
            start_week, end_week, has_event`.
        sampling: `flow` for spells that begin inside a window, or `stock_and_flow`.
        counts_start: whether the week in which a measure starts is the last of the spell, as it
            is of waits, or the first after it, as it is of gaps.

    Yields:
        Those of each job centre with any row, by name.
    """
    for unit, own in _list_units(spells):
        inside = _cut_spells(study, own, sampling, counts_start)
        at_risk = _list_weeks_at_risk(inside)
        weekly = pl.concat([at_risk, _list_events(inside, pl.col("end") - counts_start)])
        # A measure in the very week of the start ends a gap of before, and neither window sees it.
        whole = pl.concat([at_risk, _list_events(inside, pl.col("end") - 1)])
        if sampling == "flow":
            at_start = inside.with_columns(
                week="start", numerator=pl.col("end") - pl.col("start"), denominator=pl.lit(0)
            )
            whole = pl.concat([_keep(at_start), _list_events(inside, pl.col("start"))])
        if not weekly.is_empty():
            yield Contributions(unit, _count_weeks(study), WEEKS, weekly, whole)


def _list_units(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    parts = rows.sort("jobcentre").partition_by("jobcentre", as_dict=True)
    return ((str(unit), own) for (unit,), own in parts.items())


def _list_course_weeks(courses: pl.DataFrame) -> pl.DataFrame:
    # Numbers in the order of the keys: text takes ten times as much.
    numbered = courses.with_columns(pl.col("person_id").rank("dense"))
    counted = numbered.filter(pl.col("week_numbers").list.len() > 0).explode("week_numbers")
    held = ["outcome_week_numbers", "outcome_amounts"]
    holding = numbered.filter(pl.col(held[0]).list.len() > 0).explode(held)
    return pl.concat(
        [
            _keep(
                counted.with_columns(
                    week="week_numbers", numerator=pl.lit(0), denominator="week_weight"
                )
            ),
            _keep(holding.with_columns(week=held[0], numerator=held[1], denominator=pl.lit(0))),
        ]
    )


def _cut_spells(
    study: Study, spells: pl.DataFrame, sampling: str, counts_start: bool
) -> pl.DataFrame:
    """The spells inside the study, their weeks by number, and their ends where it ends."""
    n_weeks = _count_weeks(study)
    first_week = study.span[0]
    spells = spells.select(
        "person_id",
        _number(first_week, "start_week").alias("start"),
        _number(first_week, "end_week").alias("end"),
        "has_event",
    ).filter(pl.col("start") < n_weeks, pl.col("end") > 0)
    if sampling == "flow":
        spells = spells.filter(pl.col("start") >= 0)
    return spells.with_columns(
        pl.col("start").clip(lower_bound=0),
        pl.col("end").clip(upper_bound=n_weeks),
        has_event=pl.col("has_event") & (pl.col("end") - counts_start < n_weeks),
    )


def _list_weeks_at_risk(spells: pl.DataFrame) -> pl.DataFrame:
    weeks = spells.with_columns(week=pl.int_ranges("start", "end")).explode("week")
    return _keep(weeks.with_columns(numerator=pl.lit(1), denominator=pl.lit(0)))


def _list_events(spells: pl.DataFrame, week: pl.Expr) -> pl.DataFrame:
    events = spells.filter("has_event")
    return _keep(events.with_columns(week=week, numerator=pl.lit(0), denominator=pl.lit(1)))


def _keep(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("person_id", pl.col("week", "numerator", "denominator").cast(pl.Int64))


def _number(first_week: date, column: str) -> pl.Expr:
    return (pl.col(column) - pl.lit(first_week)).dt.total_days() // 7


def _count_weeks(study: Study) -> int:
    first_week, last_week = study.span
    return (last_week - first_week).days // 7 + 1
