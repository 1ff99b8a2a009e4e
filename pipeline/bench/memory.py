"""The memory that a whole run holds at most under a limit."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from pipeline.bench.made_up import make_up_delivery
from pipeline.bench.measure import Goal, Measure, Trial, judge, skip
from pipeline.errors import Fault, UsageError

_MEASURE = "memory of a whole run, at most"
_STUDY = "hir"
# The limit is DuckDB's; models and what Python itself holds come on top.
_SHARE_OF_LIMIT = 1.5
_AMOUNT = re.compile(r"([\d.]+) *([KMGT])(i?)B", re.IGNORECASE)


def measure_memory(trial: Trial) -> list[Measure]:
    """Resident bytes of a run in a process of its own, from the delivery to the report."""
    goal = Goal("at most", _SHARE_OF_LIMIT * count_bytes(trial.memory_limit), "bytes")
    delivery, out = trial.folder / "delivery", trial.folder / "out"
    make_up_delivery(delivery, trial.persons, trial.weeks)
    run = [sys.executable, "-m", "pipeline", "run", _STUDY, "--data", str(delivery)]
    weighed = weigh([*run, "--out", str(out), "--memory-limit", trial.memory_limit])
    if weighed is None:
        return [skip(_MEASURE, goal, "this system does not tell how much a process held")]
    exit_code, peak = weighed
    size = f"{trial.persons:,} persons x {trial.weeks.n_weeks} weeks"
    if exit_code:
        # A run that does not end has not kept within the limit, whatever it held.
        unknown = skip(_MEASURE, goal, f"{size}: the run ended with exit code {exit_code}")
        return [replace(unknown, met=False)]
    return [judge(_MEASURE, peak, goal, f"{size} with --memory-limit {trial.memory_limit}")]


def weigh(command: Sequence[str]) -> tuple[int, int] | None:
    """How a command ended and the bytes it held at most; None where the system does not tell."""
    weighing = [sys.executable, "-m", "pipeline.bench.weigh", *command]
    done = subprocess.run(weighing, check=False, capture_output=True, text=True)
    if done.returncode:
        return None
    exit_code, peak = map(int, done.stdout.split())
    return exit_code, peak


def count_bytes(limit: str) -> float:
    """An amount of memory such as ``2GB`` or ``2GiB`` in bytes.

    Raises:
        UsageError: if it is none.
    """
    found = _AMOUNT.fullmatch(limit.strip())
    if found is None:
        raise UsageError(
            Fault("--memory-limit", f"'{limit}' is no amount of memory", "such as 2GB")
        )
    power = "KMGT".index(found[2].upper()) + 1
    return float(found[1]) * float((1024 if found[3] else 1000) ** power)
