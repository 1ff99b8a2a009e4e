"""Made-up registers as dense as a whole country's, written fast.

It has no effects and no truth; `indsats simulate` has, and takes far longer for each person.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.layout import write_aside
from pipeline.spec import Weeks
from pipeline.weeks import format_week_column, list_weeks

Codes = NDArray[np.int16]

_PERSONS_PER_FILE = 500_000
# DREAM keeps everyone who ever received a benefit. Most have the same in every week of some years:
# an old-age pension, or nothing, at work, abroad or dead. The others have something else every half
# year.
_STEADY_SHARE = 0.6
_WEEKLY_CHANGES = 1 / 26
_NO_BENEFIT_SHARE = 0.4
# One in fifty has the benefit of a study, some time or other.
_CITIZEN_SHARE = 0.02
_CITIZENS_BENEFIT = "ressourceforloeb"
# Prime to the number of keys, so that no key comes twice, and they come in no order.
_KEYS = 10**10
_KEY_STEP = 1_234_567_891
# One in ten has a job in every month.
_EMPLOYED_SHARE = 0.1
_DELIVERY = '[dream]\nfiles = ["dream*.parquet"]\n\n[bfl]\nfiles = ["bfl*.parquet"]\n'


def make_up_delivery(folder: Path, persons: int, weeks: Weeks) -> None:
    """Write a delivery of DREAM and e-income that a study can be run on."""
    for number, file in enumerate(make_up_dream(folder, persons, weeks)):
        keys = pl.read_parquet(file, columns=["pnr"])
        jobs = _list_jobs(keys.head(round(keys.height * _EMPLOYED_SHARE)), weeks)
        with write_aside(folder / f"bfl{number:03}.parquet") as aside:
            jobs.write_parquet(aside)
    with write_aside(folder / "delivery.toml") as aside:
        aside.write_text(_DELIVERY, encoding="utf-8")


def make_up_dream(folder: Path, persons: int, weeks: Weeks, seed: int = 1) -> list[Path]:
    """Write DREAM as Parquet files of half a million persons each; same seed, same files.

    Each has `pnr`, in no order, a column of whole numbers per week, null without a benefit, and
    the municipality per year.
    """
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, persons, _PERSONS_PER_FILE)
    files = [folder / f"dream{start // _PERSONS_PER_FILE:03}.parquet" for start in starts]
    streams = np.random.default_rng(seed).spawn(len(files))
    for start, file, rng in zip(starts, files, streams, strict=True):
        numbers = np.arange(start, min(start + _PERSONS_PER_FILE, persons))
        with write_aside(file) as aside:
            _draw_persons(numbers, weeks, rng).write_parquet(aside)
    return files


def _list_jobs(keys: pl.DataFrame, weeks: Weeks) -> pl.DataFrame:
    """A full-time job in every month of the weeks, for each key."""
    start = pl.date_range(
        weeks.first_week.replace(day=1), weeks.last_week + timedelta(days=3), "1mo", eager=True
    )
    months = pl.DataFrame({"ajo_job_start_dato": start, "ajo_job_slut_dato": start.dt.month_end()})
    return keys.join(months, how="cross").with_columns(
        ajo_loentimer=pl.lit(160.33), stoette_besk_kode=pl.lit(0, pl.Int8)
    )


def _draw_persons(
    numbers: NDArray[np.int64], weeks: Weeks, rng: np.random.Generator
) -> pl.DataFrame:
    keys = pl.Series("pnr", numbers * _KEY_STEP % _KEYS).cast(pl.String).str.zfill(10)
    columns = [keys, *_draw_weeks(numbers.size, weeks, rng)]
    municipalities = [int(row["code"]) for row in read_codes("municipalities")]
    homes = rng.choice(np.array(municipalities, dtype=np.int16), numbers.size)
    for year in sorted({week.isocalendar().year for week in list_weeks(*_span(weeks))}):
        columns.append(pl.Series(f"nykom{year}", homes))
    return pl.DataFrame(columns)


def _draw_weeks(n_persons: int, weeks: Weeks, rng: np.random.Generator) -> list[pl.Series]:
    """A column of codes per week; 0 stands for no benefit while they are drawn."""
    is_citizen = rng.random(n_persons) < _CITIZEN_SHARE
    is_steady = rng.random(n_persons) < _STEADY_SHARE
    pools = _list_codes(False), _list_codes(True)
    codes = np.zeros(n_persons, dtype=np.int16)
    changed = np.arange(n_persons)
    columns = []
    for week in list_weeks(*_span(weeks)):
        drawn = [rng.choice(pool, changed.size) for pool in pools]
        codes[changed] = np.where(is_citizen[changed], drawn[1], drawn[0])
        codes[changed[rng.random(changed.size) < _NO_BENEFIT_SHARE]] = 0
        column = pl.Series(format_week_column(week), codes.copy())
        columns.append(column.set(column == 0, None))
        changed = np.flatnonzero(~is_steady & (rng.random(n_persons) < _WEEKLY_CHANGES))
    return columns


def _list_codes(is_citizen: bool) -> Codes:
    """The documented codes of the benefit of a study, or of all others."""
    return np.array(
        [
            int(row["code"])
            for row in read_codes("benefit_codes")
            if row["status"] == "documented"
            and (row["benefit_group"] == _CITIZENS_BENEFIT) == is_citizen
        ],
        dtype=np.int16,
    )


def _span(weeks: Weeks) -> tuple[date, date]:
    return weeks.first_week, weeks.last_week
