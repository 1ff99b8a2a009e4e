"""Weibull durations of a million spells with clustered errors, against lifelines' robust ones."""

from __future__ import annotations

import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.bench.measure import Goal, Measure, Trial, find_peer, judge, skip, time_tasks
from pipeline.models.durations.own_spells import SpellAnswer, SpellQuestion, estimate_spells
from pipeline.models.durations.summaries import Summary

_UNITS, _PERIODS = 94, 2
# lifelines takes some 3 ms a row and cannot be timed on more.
_PEERS_SPELLS = (5_000, 20_000)
_AGAINST_LIFELINES = Goal("at least", 200)
_GROWTH = Goal("at most", 1.1, "exponent")
_SECONDS = Goal("at most", 5, "seconds")
_MEMORY = Goal("at most", 2e9, "bytes")
# What the goals in seconds and bytes are about.
_WHOLE = 1_000_000
_SURVIVAL_AT = (13.0, 26.0, 52.0)
# Run by another Python, so that nothing else that the bench does is weighed with it.
_WEIGHED = """
import resource, sys
from pipeline.cli import app
app(sys.argv[1:], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def measure_durations(trial: Trial) -> list[Measure]:
    """How long all quantities of all cells take, from Parquet, and how that grows."""
    many, few = trial.persons, max(trial.persons // 4, 1)
    files = {spells: trial.folder / f"spells{spells}.parquet" for spells in (many, few)}
    for spells, file in files.items():
        make_up_spells(spells).write_parquet(file)
    seconds = time_tasks({str(size): partial(fit_file, file) for size, file in files.items()})
    own = seconds[str(many)]
    growth = float(np.log(own / seconds[str(few)]) / np.log(many / few))
    detail = (
        f"{few:,} to {many:,} spells in {_UNITS * _PERIODS} cells; Weibull, clustered on persons"
    )
    return [
        _time_whole(own, many),
        _set_against_lifelines(own, many),
        judge("growth of Weibull durations with spells", growth, _GROWTH, detail),
        _weigh(files[many], trial.folder / "weighed.csv", many),
    ]


def make_up_spells(spells: int) -> pl.DataFrame:
    """Spells of persons who differ, some entered late, in units and periods."""
    draw = np.random.default_rng(1)
    persons = max(2 * spells // 5, 1)
    person, cell = (
        draw.integers(persons, size=spells),
        draw.integers(_UNITS * _PERIODS, size=spells),
    )
    scale = (30 + cell % 20) / draw.gamma(2, 0.5, persons)[person]
    ends, censored = np.ceil(scale * draw.weibull(1.1, spells)), draw.integers(4, 57, spells)
    weeks = np.minimum(ends, censored)
    late = draw.random(spells) < 0.15
    columns = {
        "unit": cell // _PERIODS,
        "period": cell % _PERIODS,
        "cluster": person,
        "entry": np.where(late, np.floor(0.6 * weeks * draw.random(spells)), 0),
        "duration": weeks,
    }
    return pl.DataFrame(columns).cast(pl.Int32).with_columns(has_event=ends <= censored)


def fit_file(file: Path) -> SpellAnswer:
    """The project's own way: every quantity of every cell, with its interval."""
    question = SpellQuestion("weibull", Summary(survival_at=_SURVIVAL_AT))
    return estimate_spells(pl.read_parquet(file), ["unit", "period"], question, file.name)


def _time_whole(own: float, spells: int) -> Measure:
    name = "Weibull durations of a million spells"
    if spells < _WHOLE:
        return skip(name, _SECONDS, f"needs {_WHOLE:,} spells")
    weeks = ", ".join(f"{each:g}" for each in _SURVIVAL_AT)
    detail = (
        f"{spells:,} spells in {_UNITS * _PERIODS} cells from Parquet to the rows of mean, median, "
        f"restricted mean and survival after {weeks} weeks, clustered on persons; on this machine"
    )
    return judge(name, own, _SECONDS, detail)


def _set_against_lifelines(own: float, spells: int) -> Measure:
    name = "lifelines' robust errors / Weibull durations"
    peer = find_peer("lifelines")
    if peer is None:
        return skip(name, _AGAINST_LIFELINES, "lifelines is not installed")
    sizes = [size for size in _PEERS_SPELLS if size <= spells]
    if len(sizes) < len(_PEERS_SPELLS):
        reason = f"needs {_PEERS_SPELLS[-1]:,} spells to be timed on"
        return skip(name, _AGAINST_LIFELINES, reason)
    frames = {str(size): make_up_spells(size) for size in sizes}
    tasks = {size: partial(fit_in_lifelines, peer, frame) for size, frame in frames.items()}
    first, second = time_tasks(tasks, rounds=1).values()
    row = (second - first) / (sizes[1] - sizes[0])
    whole = first + row * (spells - sizes[0])
    detail = (
        f"{spells:,} spells in {_UNITS * _PERIODS} cells; lifelines extrapolated along the line "
        f"through {sizes[0]:,} and {sizes[1]:,} spells, errors by row and no other quantity"
    )
    return judge(name, whole / own, _AGAINST_LIFELINES, detail)


def fit_in_lifelines(peer: Any, spells: pl.DataFrame) -> Any:
    """Coefficients of the same model on every row, with robust errors."""
    cell = (_PERIODS * pl.col("unit") + pl.col("period")).alias("cell")
    rows = spells.select(cell, "entry", "duration", "has_event").sort("cell")
    dummies = rows.to_dummies("cell", drop_first=True).to_pandas()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peer.WeibullAFTFitter().fit(
            dummies, "duration", "has_event", entry_col="entry", robust=True
        )


def _weigh(file: Path, out: Path, spells: int) -> Measure:
    name = "peak memory of indsats durations"
    if find_peer("resource") is None:
        return skip(name, _MEMORY, "this system does not tell how much a process took")
    columns = ["--duration", "duration", "--event", "has_event", "--entry", "entry"]
    options = [*columns, "--cluster", "cluster", "--model", "weibull", "--out", str(out)]
    options += ["--survival-at", ",".join(f"{each:g}" for each in _SURVIVAL_AT)]
    command = [sys.executable, "-c", _WEIGHED, "durations", str(file), "--by", "unit,period"]
    done = subprocess.run([*command, *options], capture_output=True, check=True, text=True)
    detail = f"{spells:,} spells from Parquet to the CSV of all quantities, Python included"
    return judge(name, float(done.stdout.split()[-1]), _MEMORY, detail)
