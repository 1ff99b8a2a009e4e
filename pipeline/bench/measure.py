"""What a bench finds: figures that mean the same on any machine, each beside its goal."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import gettempdir
from typing import Any, Literal

from pipeline.spec import Weeks

Unit = Literal["ratio", "exponent", "bytes", "seconds"]
_ROUNDS = 5
_SIGNIFICANT_DIGITS = 4


@dataclass(frozen=True)
class Trial:
    """How large a bench is.

    Attributes:
        persons: in the made-up DREAM.
        weeks: of the made-up DREAM.
        memory_limit: of the run whose memory is measured.
        folder: for what is made on the way.
    """

    persons: int
    weeks: Weeks
    memory_limit: str
    folder: Path = field(default_factory=lambda: Path(gettempdir()))


@dataclass(frozen=True)
class Goal:
    """What a measure should be.

    Attributes:
        side: whether `bound` is the largest or the smallest value that meets it.
        bound: in the unit of the measure.
        unit: of the measure.
    """

    side: Literal["at most", "at least"]
    bound: float
    unit: Unit = "ratio"

    def is_met(self, value: float) -> bool:
        """Whether a value reaches the goal."""
        return value <= self.bound if self.side == "at most" else value >= self.bound

    def __str__(self) -> str:
        return f"{self.side} {self.bound:,g}"


@dataclass(frozen=True)
class Measure:
    """One figure and its goal.

    Attributes:
        measure: what was measured.
        value: None if it could not be.
        unit: of the value; seconds differ between machines and stand only where a goal names them.
        goal: in words.
        met: whether the value reaches the goal; None if there is no value.
        detail: how it was measured, or why it was not.
    """

    measure: str
    value: float | None
    unit: Unit
    goal: str
    met: bool | None
    detail: str


def judge(measure: str, value: float, goal: Goal, detail: str) -> Measure:
    """A figure set against its goal."""
    return Measure(measure, _shorten(value), goal.unit, str(goal), goal.is_met(value), detail)


def skip(measure: str, goal: Goal, reason: str) -> Measure:
    """A figure that is unknown, and why."""
    return Measure(measure, None, goal.unit, str(goal), None, reason)


def _shorten(value: float) -> float:
    """Timings are known to a few digits only."""
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")


def time_tasks(
    tasks: Mapping[str, Callable[[], object]], rounds: int = _ROUNDS
) -> dict[str, float]:
    """The median seconds of each task.

    The tasks take turns, so that whatever else the machine does meets all of them alike.

    Args:
        tasks: what is timed, by name.
        rounds: how often each is run.
    """
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            gc.collect()
            started = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - started)
    return {name: median(runs) for name, runs in seconds.items()}


def find_peer(package: str) -> Any | None:
    """Another package that does the same work, or None where it is not installed."""
    try:
        return import_module(package)
    except ImportError:
        return None
