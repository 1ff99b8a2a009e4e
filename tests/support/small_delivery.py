"""A small delivery made in code, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from pipeline.spec import parse_weeks
from pipeline.weeks import list_weeks
from tests.support.careers import Career
from tests.support.staged import NO_JOBS

# Over week 53 of 2015, and some weeks more than the windows of the studies need.
SPAN = parse_weeks("2015-W45..2019-W17")
WEEKS = list_weeks(SPAN.first_week, SPAN.last_week)
YEARS = range(2015, 2020)
DELIVERY = """
[dream]
files = ["dream.parquet"]

[bfl]
files = ["bfl.parquet"]
"""


@dataclass(frozen=True)
class Registers:
    """DREAM and e-income, as rows."""

    dream: list[dict[str, Any]]
    jobs: list[dict[str, Any]]

    def write(self, folder: Path) -> Path:
        """Write a delivery in Parquet, and say where."""
        folder.mkdir(parents=True, exist_ok=True)
        types = dict.fromkeys(self.dream[0], pl.Int64) | {"pnr": pl.String}
        pl.DataFrame(self.dream, schema=types).write_parquet(folder / "dream.parquet")
        pl.DataFrame(self.jobs, schema=NO_JOBS).write_parquet(folder / "bfl.parquet")
        (folder / "delivery.toml").write_text(DELIVERY, encoding="utf-8")
        return folder


def make_registers(n_persons: int, seed: int, municipalities: Sequence[int | None]) -> Registers:
    """Persons who come and go, move, get measures and jobs.

    Args:
        n_persons: how many.
        seed: same seed, same registers.
        municipalities: what is drawn from; None is an unknown municipality.
    """
    chance = Random(seed)
    dream, jobs = [], []
    for number in range(n_persons):
        key = f"p{number:05d}"
        homes = draw_homes(chance, municipalities)
        career = Career(draw_runs(chance), homes, tuple(draw_jobs(chance)))
        dream.append(career.row(key, WEEKS, YEARS[0]))
        jobs += career.list_jobs(key)
    jobs += list_supported_jobs("p00000")
    chance.shuffle(jobs)
    return Registers(dream, jobs)


def list_supported_jobs(key: str) -> Iterator[dict[str, Any]]:
    """A supported job in every month: few persons leave months without any job at all."""
    for month in pl.date_range(date(2017, 1, 1), date(2019, 4, 1), "1mo", eager=True):
        yield {
            "pnr": key,
            "ajo_job_start_dato": month,
            "ajo_job_slut_dato": month,
            "ajo_loentimer": 1.0,
            "stoette_besk_kode": 1,
        }


def draw_homes(chance: Random, municipalities: Sequence[int | None]) -> tuple[int | None, ...]:
    """One municipality a year; about every third year's end is a draw anew."""
    homes = [chance.choice(municipalities)]
    for _ in YEARS[1:]:
        homes.append(chance.choice(municipalities) if chance.random() < 0.3 else homes[-1])
    return tuple(homes)


def draw_runs(chance: Random) -> tuple[tuple[int | None, int], ...]:
    """A course with measures between passive weeks, and sometimes another benefit or none."""
    codes = [810] * 6 + [813, 813, 814, 815, 816, 817, 817, 818, 730, None]
    return tuple((chance.choice(codes), chance.randint(1, 20)) for _ in range(40))


def draw_jobs(chance: Random) -> Iterator[tuple[date, float, int]]:
    """Up to twelve jobs, some in one month, most of them ordinary, some without hours."""
    for _ in range(chance.randint(0, 12)):
        first_day = date(chance.randint(2017, 2019), chance.randint(1, 4), chance.randint(1, 28))
        hours = chance.choice([0.0, 0.25, 12.5, 80.1, 160.33])
        yield first_day, hours, chance.choice([0, 0, 0, 1, 3])
