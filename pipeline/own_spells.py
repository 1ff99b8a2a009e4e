"""A user's own spells: from a file of theirs to durations in the promised shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.errors import ContractError, Fault, UsageError, nearest
from pipeline.layout import write_aside
from pipeline.models.durations.own_spells import (
    COX,
    KAPLAN_MEIER,
    MODELS,
    SpellAnswer,
    SpellQuestion,
    check_spells,
    estimate_spells,
)
from pipeline.models.durations.summaries import Summary
from pipeline.models.estimate import round_figures
from pipeline.registers.user_tables import Kind, check_complete, read_user_table

_KINDS: dict[str, Kind] = {
    "duration": "number",
    "event": "flag",
    "entry": "number",
    "cluster": "label",
    "weight": "number",
}
_TOLD = ("model", "quantity", "estimate", "std_error", "ci_low", "ci_high", "n_spells", "n_events")
_TRACED = ("week", "at_risk", "survival")


@dataclass(frozen=True)
class SpellColumns:
    """A user's names of columns.

    Attributes:
        by: those whose values make a cell.
        roles: of `duration` and `event`, and where there are such of `entry, cluster, weight`.
    """

    by: tuple[str, ...]
    roles: dict[str, str]


@dataclass(frozen=True)
class SpellReport:
    """What is said about a user's spells.

    Attributes:
        lines: what was estimated, and how far to believe it.
        files: that were written.
    """

    lines: tuple[str, ...]
    files: tuple[Path, ...]


def estimate_own_spells(
    path: Path, columns: SpellColumns, question: SpellQuestion, out: Path
) -> SpellReport:
    """Estimate, write the rows, and of Kaplan-Meier the curves beside them.

    Args:
        path: a Parquet, CSV, Stata or SAS file.
        columns: the user's names.
        question: what is asked.
        out: a CSV file; the curves of ``FILE.csv`` go to ``FILE.curve.csv``.

    Raises:
        UsageError: if the model or a column is unknown, or the options do not fit together.
        ContractError: if the table breaks what spells promise.
        ModelError: if nothing can be estimated.
    """
    _require_fit(columns, question)
    # The user's names may be those of our columns, so the cells' get others on the way.
    shown = {f"by {number}": name for number, name in enumerate(columns.by)}
    spells = _read_spells(path, columns, shown)
    answer = estimate_spells(spells, list(shown), question, path.name)
    tables = {out: answer.rows}
    if answer.curves is not None:
        tables[out.with_suffix(".curve.csv")] = answer.curves
    with ExitStack() as asides:
        for file, table in tables.items():
            aside = asides.enter_context(write_aside(file))
            round_figures(table.rename(shown)).write_csv(aside)
    return SpellReport(tuple(_describe(answer, question)), tuple(tables))


def _require_fit(columns: SpellColumns, question: SpellQuestion) -> None:
    faults = []
    if question.model not in MODELS:
        what = "there is no such model"
        faults.append(Fault(f"--model {question.model}", what, nearest(question.model, MODELS)))
    if question.has_own_shapes and question.model in (COX, KAPLAN_MEIER):
        faults.append(Fault("--own-shape", f"{question.model} has no shape", "leave it out"))
    for option, times in (
        ("--horizon", [question.summary.horizon]),
        ("--survival-at", question.summary.survival_at),
    ):
        if not all(np.isfinite(time) and time > 0 for time in times):
            faults.append(Fault(option, "has to be above 0", "a duration such as 52"))
    if not columns.by:
        faults.append(Fault("--by", "names no column", "such as --by unit,period"))
    named = Counter([*columns.by, *columns.roles.values()])
    for name in sorted(name for name, count in named.items() if count > 1):
        what = f"the column {name} is named {named[name]} times"
        faults.append(Fault("--by and the others", what, "a column of its own for each"))
    for name in sorted({*columns.by} & {*_TOLD, *_TRACED}):
        what = "a column of the results has this name"
        faults.append(Fault(f"--by {name}", what, "rename the column"))
    if faults:
        raise UsageError(faults)


def _read_spells(path: Path, columns: SpellColumns, shown: dict[str, str]) -> pl.DataFrame:
    """The columns that are asked for, under our names, complete and sound."""
    kinds: dict[str, Kind] = dict.fromkeys(columns.by, "label")
    kinds |= {name: _KINDS[role] for role, name in columns.roles.items()}
    read = read_user_table(path, kinds)
    faults = check_complete(read, path.name, kinds)
    if faults:
        raise ContractError(faults)
    if read.is_empty():
        raise ContractError(Fault(path.name, "there are no spells", "one row per spell"))
    ours = {name: our for our, name in shown.items()}
    ours |= {name: role for role, name in columns.roles.items()}
    spells = read.rename(ours).rename({"event": "has_event"})
    places = {role: f"{path.name}: {name}" for role, name in columns.roles.items()}
    faults = check_spells(spells, places)
    if faults:
        raise ContractError(faults)
    return spells


def _describe(answer: SpellAnswer, question: SpellQuestion) -> Sequence[str]:
    rows = answer.rows.unique(pl.exclude(*_TOLD), maintain_order=True)
    spells, events = rows["n_spells"].sum(), rows["n_events"].sum()
    lines = [f"{question.model}: {rows.height} cells, {spells:,} spells, {events:,} events"]
    silent = rows.filter(pl.col("n_events") == 0).height
    if silent:
        lines.append(f"{silent} cells have no event; their durations are unknown")
    known = answer.beyond[np.isfinite(answer.beyond)]
    if known.size:
        low, high = 100 * known.min(), 100 * known.max()
        lines.append(f"{low:.0f} to {high:.0f} % of a mean lies beyond the last duration seen")
    return lines


def ask_spells(
    model: str, horizon: float, survival_at: str | None, has_own_shapes: bool
) -> SpellQuestion:
    """What the options of the command ask.

    Raises:
        UsageError: if `survival_at` is no list of numbers.
    """
    try:
        times = tuple(float(part) for part in survival_at.split(",")) if survival_at else ()
    except ValueError:
        raise UsageError(Fault("--survival-at", "is no list of numbers", "such as 13,26")) from None
    return SpellQuestion(model, Summary(horizon, times), has_own_shapes)
