"""Deliveries read back in plain arrays, by the written definitions and nothing of ours."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

CODES = Path(__file__).parents[3] / "data_schemas" / "codes"
COURSE, MEASURES, INTERNSHIPS = range(810, 819), range(813, 819), (817, 818)
BEFORE = (date(2017, 3, 6), date(2018, 2, 26))
INTERVENTION = (date(2018, 3, 5), date(2019, 3, 25))
LAST_3_MONTHS = (date(2018, 12, 31), date(2019, 3, 25))
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Window = tuple[date, date]


def read_list(noun: str) -> list[dict[str, str]]:
    with (CODES / f"{noun}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def jobcentres() -> dict[int, str]:
    """The job centre of each municipality from 2015 to 2019."""
    return {
        int(row["code"]): row["jobcentre"]
        for row in read_list("municipalities")
        if int(row["valid_from_year"]) <= 2015 and int(row["valid_to_year"] or 2019) >= 2019
    }


@dataclass(frozen=True)
class Gap:
    """Gaps that begin in a window: whose, where, how many passive weeks, and whether it ended."""

    person: Ints
    unit: Ints
    weeks: Ints
    event: Bools


class Registers:
    """A delivery in arrays of (persons, weeks)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dream = pl.read_parquet(folder / "dream.parquet")
        self.bfl = pl.read_parquet(folder / "bfl.parquet")
        self.columns = [name for name in self.dream.columns if name.startswith("y_")]
        self.mondays = [
            date.fromisocalendar(2000 + int(name[2:4]), int(name[4:]), 1) for name in self.columns
        ]
        self.codes = self.dream.select(self.columns).fill_null(0).to_numpy()
        self.units = sorted(set(jobcentres().values()))
        self.on_course = np.isin(self.codes, COURSE)
        self.active = np.isin(self.codes, MEASURES)

    @cached_property
    def unit(self) -> Ints:
        """Position of the job centre in each week, -1 where there is none."""
        lookup = np.full(1000, -1)
        for code, name in jobcentres().items():
            lookup[code] = self.units.index(name)
        homes = self.dream.select(pl.col("^nykom.*$").fill_null(0))
        return np.stack(
            [lookup[homes[f"nykom{day.isocalendar().year}"]] for day in self.mondays], axis=1
        )

    @cached_property
    def population(self) -> Bools:
        return self.on_course[:, self.span(INTERVENTION)].any(axis=1)

    def span(self, window: tuple[date, date]) -> slice:
        return slice(self.mondays.index(window[0]), self.mondays.index(window[1]) + 1)

    @cached_property
    def ordinary_hours(self) -> Bools:
        """Whether the month of a week's Thursday has ordinary hours."""
        months = [(day + timedelta(days=3)).replace(day=1) for day in self.mondays]
        distinct = sorted(set(months))
        jobs = (
            self.bfl.filter(pl.col("stoette_besk_kode") == 0, pl.col("ajo_loentimer") > 0)
            .with_columns(month=pl.col("ajo_job_start_dato").dt.truncate("1mo"))
            .join(self.dream.select("pnr").with_row_index("row"), on="pnr")
        )
        has = np.zeros((len(self.dream), len(distinct)), dtype=bool)
        position = {month: i for i, month in enumerate(distinct)}
        has[jobs["row"].to_numpy(), [position[month] for month in jobs["month"]]] = True
        return has[:, [position[month] for month in months]]

    def gaps(self, window: tuple[date, date]) -> Gap:
        """Gaps of the population, walked week by week."""
        span = self.span(window)
        length = np.zeros(len(self.codes), dtype=np.int64)
        found: list[tuple[Ints, Ints, Ints, Bools]] = []

        def close(who: Ints, week: int, event: bool) -> None:
            found.append((who, self.unit[who, week], length[who], np.full(len(who), event)))
            length[who] = 0

        for week in range(span.start, span.stop):
            same = self.unit[:, week] == self.unit[:, week - 1]
            passive = self.on_course[:, week] & ~self.active[:, week]
            ends = (length > 0) & same & self.active[:, week]
            close(np.flatnonzero(ends), week - 1, True)
            close(np.flatnonzero((length > 0) & ~(same & passive)), week - 1, False)
            begins = self.active[:, week - 1] & passive & same & self.population
            length += ((length > 0) | begins).astype(np.int64)
        close(np.flatnonzero(length > 0), span.stop - 1, False)
        return Gap(*(np.concatenate(part) for part in zip(*found, strict=True)))

    def waits(self, window: tuple[date, date]) -> Gap:
        """Waits for the first measure of the newly awarded members, walked week by week."""
        span = self.span(window)
        length = np.zeros(len(self.codes), dtype=np.int64)
        found: list[tuple[Ints, Ints, Ints, Bools]] = []

        def close(who: Ints, week: int, event: bool) -> None:
            found.append((who, self.unit[who, week], length[who], np.full(len(who), event)))
            length[who] = 0

        for week in range(span.start, span.stop):
            same = self.unit[:, week] == self.unit[:, week - 1]
            close(np.flatnonzero((length > 0) & ~(same & self.on_course[:, week])), week - 1, False)
            awarded = self.on_course[:, week] & ~self.on_course[:, week - 26 : week].any(axis=1)
            length += ((length > 0) | (awarded & self.population)).astype(np.int64)
            close(np.flatnonzero((length > 0) & self.active[:, week]), week, True)
        close(np.flatnonzero(length > 0), span.stop - 1, False)
        return Gap(*(np.concatenate(part) for part in zip(*found, strict=True)))
