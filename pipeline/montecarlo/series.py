"""Repetitions one after another, each kept whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import Fault, UsageError
from pipeline.events import Event, Say
from pipeline.layout import OutFolder, write_aside
from pipeline.montecarlo.cells import CellRegisters
from pipeline.montecarlo.exits import Stays
from pipeline.montecarlo.judge import judge_placebos, judge_programme
from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.registers import draw_library, judge_registers
from pipeline.montecarlo.trial import Trial

Judge = Callable[[int], pl.DataFrame]
_LINES = 10


def run_repetitions(trial: Trial, n_repetitions: int, out: OutFolder, say: Say) -> pl.DataFrame:
    """The verdicts of all repetitions; those that the folder already holds are not run again.

    A repetition's chance is its seed and number alone, so more can be asked for later.

    Args:
        trial: what is simulated.
        n_repetitions: how many.
        out: keeps each in a file of its own.
        say: told of every repetition, and on a plain log of every tenth of them.

    Returns:
        `VERDICT_SCHEMA` and `repetition`, from 1 on.

    Raises:
        UsageError: if the folder holds repetitions of another trial.
    """
    _require_same(trial, out)
    files = {number: _file(out, number) for number in range(1, n_repetitions + 1)}
    missing = [number for number, file in files.items() if not file.is_file()]
    if len(missing) < n_repetitions:
        say(Event("unchanged", f"{n_repetitions - len(missing):,} repetitions"))
    if missing:
        judge = _choose_judge(trial, out, say)
        shown = {*missing[:: -(-len(missing) // _LINES)], missing[-1]}
        for number in missing:
            name, started = f"repetition {number:,} of {n_repetitions:,}", time.monotonic()
            say(Event("started", name))
            with write_aside(files[number]) as aside:
                judge(number).write_parquet(aside)
            if number in shown:
                say(Event("finished", name, {"seconds": time.monotonic() - started}))
    parts = [
        pl.read_parquet(file, glob=False).with_columns(repetition=pl.lit(number))
        for number, file in files.items()
    ]
    return pl.concat(parts)


def _choose_judge(trial: Trial, out: OutFolder, say: Say) -> Judge:
    """What turns the number of a repetition into its verdicts."""
    if trial.options.level == "person":
        return lambda number: judge_registers(trial, _spawn(trial, number), out.work)
    registers = CellRegisters(trial, _keep_library(trial, out, say))

    def judge(number: int) -> pl.DataFrame:
        rng = np.random.default_rng(_spawn(trial, number))
        rows = registers.draw(rng)
        return pl.concat([judge_programme(trial, rows), judge_placebos(trial, rows, rng)])

    return judge


def _spawn(trial: Trial, number: int) -> int:
    """The seed of one repetition."""
    return int(np.random.SeedSequence([trial.options.seed, number]).generate_state(1)[0])


def _keep_library(trial: Trial, out: OutFolder, say: Say) -> PersonRows:
    """The library, drawn once and kept."""
    path = out.work / "library.npz"
    if not path.is_file():
        name = f"library of {trial.options.library_persons:,} persons"
        say(Event("started", name))
        started = time.monotonic()
        library = draw_library(trial, out.work)
        with write_aside(path) as aside:
            np.savez(aside, unit=library.unit, amounts=library.amounts, **_pack(library.stays))
        say(Event("finished", name, {"seconds": time.monotonic() - started}))
    with np.load(path) as kept:
        stays = {
            name: Stays(kept[f"{name}.counts"], kept[f"{name}.is_there"]) for name in trial.exits
        }
        line = np.arange(len(kept["unit"]))
        return PersonRows(trial.units, kept["unit"], kept["amounts"], stays, line)


def _pack(stays: dict[str, Stays]) -> dict[str, Any]:
    return {
        f"{name}.{noun}": getattr(own, noun)
        for name, own in stays.items()
        for noun in ("counts", "is_there")
    }


def _file(out: OutFolder, number: int) -> Path:
    return out.work / "repetitions" / f"{number:06}.parquet"


def _require_same(trial: Trial, out: OutFolder) -> None:
    """Repetitions of two trials never stand in one folder."""
    path = out.work / "trial.json"
    identity = json.dumps(trial.identify(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if path.is_file():
        if path.read_text(encoding="utf-8") != identity:
            what = "this folder holds repetitions of another trial"
            remedy = "give the same study and options, or another folder to --out"
            raise UsageError(Fault(out.root.as_posix(), what, remedy))
        return
    with write_aside(path) as aside:
        aside.write_text(identity, encoding="utf-8", newline="\n")
