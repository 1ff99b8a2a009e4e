"""What each member adds to a job centre's sums, week by week, wherever the start is put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.spec import Study

_WEEKLY = ("jobcentre", "person_id", "week", "numerator", "denominator")


@dataclass(frozen=True)
class Contributions:
    """Numerators and denominators of one outcome, by job centre, member and week of the study.

    With a start week put anywhere, `before` is summed over the weeks ahead of it and `during`
    over the weeks from it on. The two differ for durations that begin inside a window: each is
    counted whole in the week it begins, but cut at the start it is counted week by week.

    Attributes:
        units: names of the job centres that any row is of, in their order.
        n_weeks: of the study; weeks are numbered from 0.
        is_duration: weeks at risk over starts, or weeks with the outcome over weeks.
        before: `jobcentre, person_id, week, numerator, denominator`; persons by key or by number.
        during: the same columns.
    """

    units: tuple[str, ...]
    n_weeks: int
    is_duration: bool
    before: pl.DataFrame
    during: pl.DataFrame


def count_shares(study: Study, courses: pl.DataFrame) -> Contributions:
    """Weeks with the outcome, and weeks.

    Args:
        study: gives the weeks.
        courses: of one population, outcome and the job centres in question: `jobcentre,
            person_id, week_numbers, outcome_week_numbers`.
    """
    # Numbers in the order of the keys: each week is a row, and text takes ten times as much.
    numbered = courses.with_columns(pl.col("person_id").rank("dense"))
    parts = []
    for noun, numerator in (("week_numbers", 0), ("outcome_week_numbers", 1)):
        weeks = numbered.filter(pl.col(noun).list.len() > 0).explode(noun)
        parts.append(
            weeks.select(
                "jobcentre",
                "person_id",
                pl.col(noun).alias("week"),
                pl.lit(numerator, pl.Int32).alias("numerator"),
                pl.lit(1 - numerator, pl.Int32).alias("denominator"),
            )
        )
    weekly = pl.concat(parts)
    return Contributions(_list_units(weekly), _count_weeks(study), False, weekly, weekly)


def count_durations(
    study: Study, spells: pl.DataFrame, sampling: str, *, counts_start: bool = False
) -> Contributions:
    """Weeks at risk, and measure starts.

    Args:
        study: gives the weeks.
        spells: of one population and the job centres in question: `jobcentre, person_id,
            start_week, end_week, has_event`.
        sampling: `flow` for spells that begin inside a window, or `stock_and_flow`.
        counts_start: whether the week in which a measure starts is the last of the spell, as it
            is of waits, or the first after it, as it is of gaps.
    """
    n_weeks = _count_weeks(study)
    first_week = study.span[0]
    spells = spells.select(
        "jobcentre",
        "person_id",
        _number(first_week, "start_week").alias("start"),
        _number(first_week, "end_week").alias("end"),
        "has_event",
    ).filter(pl.col("start") < n_weeks, pl.col("end") > 0)
    if sampling == "flow":
        spells = spells.filter(pl.col("start") >= 0)
    spells = spells.with_columns(
        pl.col("start").clip(lower_bound=0),
        pl.col("end").clip(upper_bound=n_weeks),
        has_event=pl.col("has_event") & (pl.col("end") - counts_start < n_weeks),
    )
    at_risk = _list_weeks_at_risk(spells)
    weekly = pl.concat([at_risk, _list_events(spells, pl.col("end") - counts_start)])
    # A measure in the very week of the start ends a gap of before, and neither window sees it.
    whole = pl.concat([at_risk, _list_events(spells, pl.col("end") - 1)])
    if sampling == "flow":
        at_start = spells.with_columns(
            week="start", numerator=pl.col("end") - pl.col("start"), denominator=pl.lit(0)
        )
        whole = pl.concat([_keep(at_start), _list_events(spells, pl.col("start"))])
    return Contributions(_list_units(weekly), n_weeks, True, weekly, whole)


def _list_weeks_at_risk(spells: pl.DataFrame) -> pl.DataFrame:
    weeks = spells.with_columns(week=pl.int_ranges("start", "end")).explode("week")
    return _keep(weeks.with_columns(numerator=pl.lit(1), denominator=pl.lit(0)))


def _list_events(spells: pl.DataFrame, week: pl.Expr) -> pl.DataFrame:
    events = spells.filter("has_event")
    return _keep(events.with_columns(week=week, numerator=pl.lit(0), denominator=pl.lit(1)))


def _keep(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "jobcentre", "person_id", pl.col("week", "numerator", "denominator").cast(pl.Int64)
    )


def _number(first_week: date, column: str) -> pl.Expr:
    return (pl.col(column) - pl.lit(first_week)).dt.total_days() // 7


def _count_weeks(study: Study) -> int:
    first_week, last_week = study.span
    return (last_week - first_week).days // 7 + 1


def _list_units(weekly: pl.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(weekly["jobcentre"].unique()))
