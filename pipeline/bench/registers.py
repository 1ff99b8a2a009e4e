"""Spells of the whole population, against a bare scan and against other ways to find them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.bench.made_up import make_up_dream
from pipeline.bench.measure import Goal, Measure, Trial, judge, time_tasks
from pipeline.bench.workshop import Workshop, open_workshop
from pipeline.weeks import parse_week_column

_SPELLS = "core.benefit_spells"
# Others need many times the memory: they and the stage are set against each other on fewer.
_PEERS_PERSONS = 250_000
_AGAINST_SCAN = Goal("at most", 3)
_AGAINST_PEERS = Goal("at least", 5)
# One row per person and week, islands of equal codes by the difference of two counts.
_UNPIVOT = r"""
with named as (
    unpivot (select pnr, columns('^y_\d{4}$') from raw.dream)
    on columns('^y_\d{4}$') into name week_name value benefit_code
),

dated as (
    select
        pnr as person_id,
        benefit_code,
        cast(strptime(
            case when week_name[3:4] < '90' then '20' else '19' end || week_name[3:] || '-1',
            '%G%V-%u'
        ) as date) as week
    from named
),

numbered as (
    select
        *,
        week - 7 * cast(row_number() over (
            partition by person_id, benefit_code order by week
        ) as integer) as island
    from dated
)

select person_id, benefit_code, min(week) as start_week, max(week) + 7 as end_week
from numbered
group by person_id, benefit_code, island
order by person_id, start_week
"""


def measure_registers(trial: Trial) -> list[Measure]:
    """How long the spells take: from wide Parquet to ordered Parquet, its contract checked."""
    files = make_up_dream(trial.folder / "all", trial.persons, trial.weeks)
    few = min(trial.persons, _PEERS_PERSONS)
    fewer = make_up_dream(trial.folder / "few", few, trial.weeks)
    return [_set_against_scan(files, trial), *_set_against_peers(fewer, trial, few)]


def _set_against_scan(files: Sequence[Path], trial: Trial) -> Measure:
    with open_workshop(trial.folder, files) as shop:
        tasks = {"scan": shop.scan, "spells": lambda: shop.build(_SPELLS)}
        seconds = time_tasks(tasks)
        spells = shop.count(_SPELLS) / trial.persons
    size = f"{trial.persons:,} persons x {trial.weeks.n_weeks} weeks, {spells:.1f} spells each"
    detail = f"{size}; whole numbers in Parquet to ordered Parquet, contract check included"
    ratio = seconds["spells"] / seconds["scan"]
    return judge("spells of everyone / bare scan", ratio, _AGAINST_SCAN, detail)


def _set_against_peers(files: Sequence[Path], trial: Trial, persons: int) -> list[Measure]:
    with open_workshop(trial.folder, files) as shop:
        seconds = time_tasks(
            {
                "spells": lambda: shop.build(_SPELLS),
                "unpivot and window functions": lambda: shop.write(_UNPIVOT),
                "polars unpivot and run-length": lambda: _unpivot_in_polars(files, shop),
            }
        )
    own = seconds.pop("spells")
    detail = f"{persons:,} persons x {trial.weeks.n_weeks} weeks; both to ordered Parquet"
    return [
        judge(f"{peer} / spells of everyone", peers / own, _AGAINST_PEERS, detail)
        for peer, peers in seconds.items()
    ]


def _unpivot_in_polars(files: Sequence[Path], shop: Workshop) -> None:
    """One row per person and week, sorted, with a number for each run of equal codes."""
    wide = pl.scan_parquet(list(files), glob=False).select("pnr", pl.col(r"^y_\d{4}$"))
    names = wide.collect_schema().names()[1:]
    days = {name: str((parse_week_column(name) - date(1970, 1, 1)).days) for name in names}
    weekly = wide.rename(days).unpivot(
        index="pnr", variable_name="start_week", value_name="benefit_code"
    )
    person, code = pl.col("pnr"), pl.col("benefit_code")
    is_new = person.ne_missing(person.shift()) | code.ne_missing(code.shift())
    runs = (
        weekly.with_columns(pl.col("start_week").cast(pl.Int32).cast(pl.Date))
        .sort("pnr", "start_week")
        .with_columns(end_week=pl.col("start_week").dt.offset_by("1w"))
        .group_by(is_new.cum_sum().alias("run"))
        .agg(person.first(), code.first(), pl.first("start_week"), pl.last("end_week"))
    )
    spells = runs.filter(code.is_not_null()).drop("run").sort("pnr", "start_week")
    spells.collect().write_parquet(shop.scratch)
