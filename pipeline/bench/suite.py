"""Every subject of the bench, one after another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from pipeline.bench.conversions import measure_conversions
from pipeline.bench.durations import measure_durations
from pipeline.bench.effects import measure_effects
from pipeline.bench.growth import measure_growth
from pipeline.bench.measure import Measure, Trial, Unit
from pipeline.bench.memory import measure_memory
from pipeline.bench.population import measure_population
from pipeline.bench.registers import measure_registers
from pipeline.errors import Fault, UsageError, nearest
from pipeline.events import Event, Say
from pipeline.layout import write_aside

_GIGABYTE = 1e9
SUBJECTS: dict[str, Callable[[Trial], list[Measure]]] = {
    "registers": measure_registers,
    "conversions": measure_conversions,
    "population": measure_population,
    "growth": measure_growth,
    "effects": measure_effects,
    "durations": measure_durations,
    "memory": measure_memory,
}


def run_subjects(trial: Trial, only: Sequence[str], say: Say) -> Iterator[Measure]:
    """The measures of some subjects, as soon as each is done.

    Args:
        trial: how large the bench is.
        only: names of subjects; all of them if empty.
        say: told of every subject.

    Raises:
        UsageError: if there is no such subject.
    """
    unknown = [name for name in only if name not in SUBJECTS]
    if unknown:
        what = "the bench has no such subject"
        raise UsageError(Fault(name, what, nearest(name, SUBJECTS)) for name in unknown)
    for name in only or SUBJECTS:
        say(Event("started", name))
        folder = trial.folder / name
        folder.mkdir()
        yield from SUBJECTS[name](replace(trial, folder=folder))


def write_measures(measures: Iterable[Measure], path: Path) -> None:
    """Write measures as a JSON list, one object each, whole."""
    text = json.dumps([asdict(measure) for measure in measures], ensure_ascii=False, indent=2)
    with write_aside(path) as aside:
        aside.write_text(text + "\n", encoding="utf-8", newline="\n")


def format_measure(measure: Measure) -> str:
    """A line of the table that is shown."""
    value = "unknown" if measure.value is None else _show(measure.value, measure.unit)
    verdict = {True: "met", False: "NOT MET", None: ""}[measure.met]
    side, _, bound = measure.goal.rpartition(" ")
    goal = f"{side} {_show(float(bound.replace(',', '')), measure.unit)}"
    unit = "GB" if measure.unit == "bytes" else measure.unit
    return f"{measure.measure:52} {value:>10} {unit:9} {goal:18} {verdict}".rstrip()


def _show(value: float, unit: Unit) -> str:
    """A number in the table, where bytes are told in GB."""
    return f"{value / _GIGABYTE:.4g}" if unit == "bytes" else f"{value:,.4g}"
