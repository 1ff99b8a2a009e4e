"""A delivery of fake registers with a known truth, as files in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
import polars as pl

from pipeline.errors import Fault, UsageError
from pipeline.events import Event, Say
from pipeline.layout import write_aside
from pipeline.spec import Study, Weeks, parse_weeks
from pipeline.synthetic.blocks import Block, cut_blocks, draw_in_order
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.caseload import staff_course
from pipeline.synthetic.dirt import IN_COLUMNS, SEEN
from pipeline.synthetic.figures import Summarise, true_figures
from pipeline.synthetic.geography import find_geography
from pipeline.synthetic.people import count_citizens, make_plan
from pipeline.synthetic.registers import draw_registers
from pipeline.synthetic.shocks import shock_course
from pipeline.synthetic.truth import Course, plant_course
from pipeline.synthetic.writing import Registers, write_registers
from pipeline.weeks import WEEK

_FEWEST_PERSONS = 100
# E-income and the quarterly population register begin then.
_FIRST_YEAR = 2008
# Shocks and caseworkers have random streams of their own: the same whatever is drawn under them.
_SHOCKS, _STAFF = 1, 2
_DECIMALS = 10


@dataclass(frozen=True)
class Request:
    """What a delivery is to be like.

    Attributes:
        persons: persons in DREAM.
        weeks: the weeks of DREAM.
        file_format: of the registers.
        seed: same seed, same bytes.
        plant: a file with what is planted; the study's own calibration if None.
        shocks: standard deviation of the logarithms of job centres' shocks; the calibration's if
            None.
        shock_correlation: of one month's shocks and the next's; the calibration's if None.
        extras: what there is beyond the usual: BEF as a register, PAY by month in DREAM.
        dirt: what is wrong with it, among the kinds of `dirt.SEEN`; ``dirt.csv`` counts it.
        threads: how many draw at once; all of the machine's if None. It changes no byte.
    """

    persons: int = 60_000
    weeks: Weeks = field(default_factory=lambda: parse_weeks("2015-W01..2019-W13"))
    file_format: Literal["parquet", "csv"] = "parquet"
    seed: int = 1
    plant: Path | None = None
    shocks: float | None = None
    shock_correlation: float | None = None
    extras: frozenset[str] = frozenset()
    dirt: frozenset[str] = frozenset()
    threads: int | None = None


def hush(_: Event) -> None:
    """Tells nobody."""


def simulate_delivery(
    study: Study,
    folder: Path,
    request: Request,
    say: Say = hush,
    summarise: Summarise | None = None,
) -> None:
    """Writes DREAM, e-income, ``delivery.toml`` and ``truth.csv`` into a folder.

    The truth holds for the study's own definitions, and is the mean over shocks; of models with a
    shape it needs what gives their weeks.

    Raises:
        UsageError: if there are too few persons, or the weeks do not hold the study's windows.
        StudyError: if the study's calibration is wrong, or its benefit has no measures.
    """
    _require_feasible(study, request)
    started = perf_counter()
    course = _plant(study, request)
    shocked = shock_course(course, np.random.default_rng([_SHOCKS, request.seed]))
    n_citizens = count_citizens(shocked, request.persons)
    staffed = staff_course(shocked, n_citizens, np.random.default_rng([_STAFF, request.seed]))
    plan = make_plan(staffed, request.persons, request.seed)
    plan = replace(plan, extras=request.extras, dirt=request.dirt)
    blocks = cut_blocks(plan.persons, plan.citizens, plan.strangers)
    drawn = draw_in_order(partial(draw_registers, plan), blocks, request.threads)
    dirt: Counter[str] = Counter()
    rows = write_registers(
        folder, request.file_format, _take(drawn, blocks, dirt, say), bool(request.dirt)
    )
    _write_truth(true_figures(course, summarise), folder / "truth.csv")
    if request.dirt:
        _write_dirt(dirt, folder / "dirt.csv")
    with write_aside(folder / "delivery.toml") as path:
        path.write_text(_describe(rows, request.file_format), encoding="utf-8")
    for name, n_rows in rows.items():
        say(Event("finished", name, {"rows": n_rows}))
    say(Event("finished", "delivery", {"seconds": perf_counter() - started}))


def _plant(study: Study, request: Request) -> Course:
    calibration = load_calibration(study, request.plant).with_shocks(
        request.shocks, request.shock_correlation
    )
    return plant_course(study, find_geography(study, request.weeks), request.weeks, calibration)


def _require_feasible(study: Study, request: Request) -> None:
    faults = []
    if request.persons < _FEWEST_PERSONS:
        what = f"{request.persons} persons are too few"
        faults.append(Fault("--persons", what, f"{_FEWEST_PERSONS} or more"))
    first, last = study.span
    if request.weeks.first_week >= first or request.weeks.last_week < last:
        what = f"{request.weeks} does not hold the study's windows and the week before them"
        faults.append(Fault("--weeks", what, f"as wide as {Weeks(first - WEEK, last)}"))
    if request.weeks.last_week.isocalendar().year < _FIRST_YEAR:
        what = f"{request.weeks} ends before e-income begins"
        faults.append(Fault("--weeks", what, f"weeks that reach into {_FIRST_YEAR}"))
    if faults:
        raise UsageError(faults)


def _take(
    drawn: Iterable[tuple[Registers, Counter[str]]],
    blocks: list[Block],
    dirt: Counter[str],
    say: Say,
) -> Iterator[Registers]:
    """The registers of each block, with an event before it is waited for; adds up their dirt."""
    total = blocks[-1].first + blocks[-1].persons
    waiting = iter(drawn)
    for block in blocks:
        name = f"drawing persons, {block.first:,} of {total:,} done"
        say(Event("started", name, {"block": block.number, "n_blocks": len(blocks)}))
        registers, found = next(waiting)
        for kind, n in found.items():
            dirt[kind] += n if kind not in IN_COLUMNS or block.number == 0 else 0
        yield registers


def _write_truth(figures: pl.DataFrame, path: Path) -> None:
    truth = figures.with_columns(
        pl.col(pl.Float64).map_elements(_ten_digits, return_dtype=pl.String)
    )
    with write_aside(path) as aside:
        truth.write_csv(aside)


def _write_dirt(dirt: Counter[str], path: Path) -> None:
    """What is wrong with the registers, how often, and how a run is to meet it."""
    rows = [(kind, dirt[kind], SEEN[kind]) for kind in SEEN if kind in dirt]
    with write_aside(path) as aside:
        pl.DataFrame(rows, schema=["kind", "count", "seen_as"], orient="row").write_csv(aside)


def _describe(names: Iterable[str], file_format: str) -> str:
    """What ``delivery.toml`` says of the registers in the folder."""
    parts = [f'\n[{name}]\nfiles = ["{name}.{file_format}"]\n' for name in names]
    return "# Fake registers: nobody in them exists.\n" + "".join(parts)


def _ten_digits(value: float) -> str:
    """Ten significant digits; what is zero but for rounding is 0."""
    return f"{round(value, _DECIMALS) + 0.0:.10g}"
