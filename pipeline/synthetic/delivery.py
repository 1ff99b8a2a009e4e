"""A delivery of fake registers with a known truth, as files in a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.errors import Fault, UsageError
from pipeline.layout import write_aside
from pipeline.spec import Study, Weeks, parse_weeks
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.careers import DEAD, NOT_RESIDENT, Atlas, Lives, draw_lives, read_atlas
from pipeline.synthetic.course import Citizens, draw_citizens
from pipeline.synthetic.geography import draw_homes, read_geography
from pipeline.synthetic.jobs import STRANGERS_SHARE, draw_jobs
from pipeline.synthetic.kinds import read_benefit_codes
from pipeline.synthetic.months import make_months
from pipeline.synthetic.shocks import shock_course
from pipeline.synthetic.truth import Course, plant_course, true_figures
from pipeline.weeks import WEEK, format_week_column

Ints = NDArray[np.int64]

_CITIZEN_SHARE = 0.45
_FEWEST_PERSONS = 100
_MOVER_SHARE = 0.04
_REFERENCE_YEAR = 1991
# Shocks have a random stream of their own: the same whatever is drawn under them.
_SHOCKS = 1
_DECIMALS = 10


@dataclass(frozen=True)
class Request:
    """What a delivery is to be like.

    Attributes:
        persons: persons in DREAM; a little under half of them meet the study's benefit.
        weeks: the weeks of DREAM.
        file_format: of the registers.
        seed: same seed, same bytes.
        plant: a file with what is planted; the study's own calibration if None.
        shocks: standard deviation of the logarithms of job centres' shocks; the calibration's if
            None.
        shock_correlation: of one month's shocks and the next's; the calibration's if None.
    """

    persons: int = 60_000
    weeks: Weeks = field(default_factory=lambda: parse_weeks("2015-W01..2019-W13"))
    file_format: Literal["parquet", "csv"] = "parquet"
    seed: int = 1
    plant: Path | None = None
    shocks: float | None = None
    shock_correlation: float | None = None


def simulate_delivery(study: Study, folder: Path, request: Request) -> None:
    """Writes DREAM, e-income, ``delivery.toml`` and ``truth.csv`` into a folder.

    The truth holds for the study's headline population and for gaps that begin inside a window.

    Raises:
        UsageError: if there are too few persons, or the weeks do not hold the study's windows.
        StudyError: if the study's calibration is wrong, or its benefit has no measures.
    """
    _require_feasible(study, request)
    geography = read_geography(request.weeks)
    benefit = study.populations[study.headline_population].benefit
    codes = read_benefit_codes(benefit)
    calibration = load_calibration(study, request.plant).with_shocks(
        request.shocks, request.shock_correlation
    )
    course = plant_course(study, geography, request.weeks, calibration)
    shocked = shock_course(course, np.random.default_rng([_SHOCKS, request.seed]))
    streams = np.random.default_rng(request.seed).spawn(5)
    n_citizens = count_citizens(request.persons)
    citizens = draw_citizens(shocked, codes, n_citizens, streams[0])
    atlas = read_atlas(benefit)
    lives = draw_lives(atlas, citizens.states, request.persons - n_citizens, streams[1])
    lives.codes[:, -n_citizens:][citizens.codes > 0] = citizens.codes[citizens.codes > 0]
    months = make_months(course.chain.calendar.weeks)
    jobs = draw_jobs(lives, citizens, months, streams[2])
    keys, order = _draw_keys(request.persons, streams[3])
    dream = _dream(course, citizens, lives, atlas, streams[4])
    dream = dream.insert_column(0, keys[: request.persons])[order]
    bfl = jobs.with_columns(pnr=keys.gather(jobs["person"])).drop("person")
    bfl = bfl.select("pnr", pl.exclude("pnr"))
    _write(dream, folder / f"dream.{request.file_format}")
    _write(bfl, folder / f"bfl.{request.file_format}")
    with write_aside(folder / "delivery.toml") as path:
        path.write_text(_describe(request.file_format), encoding="utf-8")
    truth = true_figures(course).with_columns(
        pl.col("before", "during", "effect").map_elements(_ten_digits, return_dtype=pl.String)
    )
    _write(truth, folder / "truth.csv")


def count_citizens(persons: int) -> int:
    """How many of the persons in DREAM wait for the study's benefit, are on it, or have left it."""
    return round(persons * _CITIZEN_SHARE)


def _require_feasible(study: Study, request: Request) -> None:
    faults = []
    if request.persons < _FEWEST_PERSONS:
        what = f"{request.persons} persons are too few"
        faults.append(Fault("--persons", what, f"{_FEWEST_PERSONS} or more"))
    first, last = study.span
    if request.weeks.first_week >= first or request.weeks.last_week < last:
        what = f"{request.weeks} does not hold the study's windows and the week before them"
        faults.append(Fault("--weeks", what, f"as wide as {Weeks(first - WEEK, last)}"))
    if faults:
        raise UsageError(faults)


def _draw_keys(n_persons: int, rng: np.random.Generator) -> tuple[pl.Series, Ints]:
    """Keys of those in DREAM and then of the strangers, and an order for DREAM's rows.

    All begin with a zero, which a reader that takes them for numbers would lose.
    """
    n_keys = n_persons + round(n_persons * STRANGERS_SHARE)
    numbers = rng.choice(10**9, n_keys, replace=False)
    keys = pl.Series("pnr", numbers).cast(pl.String).str.zfill(10)
    return keys, rng.permutation(n_persons)


def _dream(
    course: Course, citizens: Citizens, lives: Lives, atlas: Atlas, rng: np.random.Generator
) -> pl.DataFrame:
    """DREAM without its key: weeks, municipality by year, sex, age in 1991."""
    calendar, geography = course.chain.calendar, course.geography
    n_persons, n_citizens = lives.codes.shape[1], citizens.codes.shape[1]
    shape = (len(citizens.homes), n_persons - n_citizens)
    others = draw_homes(geography, geography.inhabitants, shape, _MOVER_SHARE, rng)
    homes = geography.codes[np.concatenate([others, citizens.homes], axis=1)]
    columns: dict[str, pl.Series] = {}
    away = [atlas.at(DEAD), atlas.at(NOT_RESIDENT)]
    for week, monday in enumerate(calendar.weeks):
        columns[format_week_column(monday)] = pl.Series(lives.codes[week])
    weeks = pl.DataFrame(columns).with_columns(pl.when(pl.all() != 0).then(pl.all()).name.keep())
    years = calendar.years
    for position, year in enumerate(np.unique(years)):
        first_week = int(np.argmax(years == year))
        missing = np.isin(lives.careers[first_week], away)
        values = pl.Series(f"nykom{year}", homes[position].astype(np.int16))
        weeks = weeks.with_columns(values.set(pl.Series(missing), None))
    born = int(years[0]) - lives.ages
    age = pl.Series((_REFERENCE_YEAR - born).astype(np.int16))
    return weeks.with_columns(
        kon=pl.Series(rng.integers(1, 3, n_persons).astype(np.int8)),
        alder9131=age.set(age < 0, None),
    )


def _write(frame: pl.DataFrame, path: Path) -> None:
    with write_aside(path) as aside:
        if path.suffix == ".csv":
            frame.write_csv(aside)
        else:
            frame.write_parquet(aside)


def _describe(file_format: str) -> str:
    return (
        "# Fake registers: nobody in them exists.\n"
        f'[dream]\nfiles = ["dream.{file_format}"]\n\n'
        f'[bfl]\nfiles = ["bfl.{file_format}"]\n'
    )


def _ten_digits(value: float) -> str:
    """Ten significant digits; what is zero but for rounding is 0."""
    return f"{round(value, _DECIMALS) + 0.0:.10g}"
