"""A user's own panel: from a file of theirs to estimates in the promised shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.errors import ContractError, Fault, UsageError, nearest
from pipeline.layout import write_aside
from pipeline.models.did.own_effect import (
    METHODS,
    OwnEffect,
    OwnQuestion,
    estimate_own_effects,
    tabulate_own_effects,
)
from pipeline.models.did.own_panel import OwnTable, add_up_panel
from pipeline.models.estimate import round_figures
from pipeline.models.inference import Refusal
from pipeline.registers.user_tables import Kind, check_complete, read_user_table
from pipeline.spec import PARTICIPATING

_KINDS: dict[str, Kind] = {
    "outcome": "number",
    "unit": "label",
    "time": "label",
    "treated": "flag",
    "post": "flag",
    "person": "label",
    "weight": "number",
}


@dataclass(frozen=True)
class Answer:
    """What is said about a user's panel.

    Attributes:
        effect: the pooled effect in words, with the method that speaks for it.
        refusals: the methods that say nothing, and why.
    """

    effect: str
    refusals: tuple[str, ...]


def estimate_own_panel(
    path: Path, columns: Mapping[str, str], question: OwnQuestion, out: Path
) -> Answer:
    """Estimate, write the rows, and say what they say.

    Args:
        path: a Parquet, CSV, Stata or SAS file.
        columns: the user's name of `outcome, unit, time, treated, post` and, where there are such,
            of `person` and `weight`.
        question: what is asked.
        out: a CSV file.

    Raises:
        UsageError: if a method or column is unknown.
        ContractError: if the table breaks what such a panel promises.
        ModelError: if there is nothing to compare.
    """
    _require_known(columns, question.methods)
    panel = add_up_panel(_read_panel(path, columns))
    effects = estimate_own_effects(panel, question)
    with write_aside(out) as aside:
        round_figures(tabulate_own_effects(panel, question, effects)).write_csv(aside)
    return Answer(_format_effect(effects[0]), tuple(_list_refusals(effects)))


def _require_known(columns: Mapping[str, str], methods: Sequence[str]) -> None:
    faults = [
        Fault(f"--inference {name}", "there is no such method", nearest(name, METHODS))
        for name in methods
        if name not in METHODS
    ]
    names = list(columns.values())
    for name in sorted({name for name in names if names.count(name) > 1}):
        options = ", ".join(f"--{role}" for role in columns if columns[role] == name)
        faults.append(Fault(options, f"all name the column {name}", "a column for each"))
    if faults:
        raise UsageError(faults)


def _read_panel(path: Path, columns: Mapping[str, str]) -> OwnTable:
    read = read_user_table(path, {name: _KINDS[role] for role, name in columns.items()})
    faults = check_complete(read, path.name, columns.values())
    if faults:
        raise ContractError(faults)
    rows = read.rename({name: role for role, name in columns.items()})
    if "weight" not in columns:
        rows = rows.with_columns(weight=pl.lit(1.0))
    return OwnTable(rows, path.name, columns)


def _format_effect(effect: OwnEffect) -> str:
    size = f"{effect.figures['effect']:.4g}"
    verdict = effect.verdicts[effect.headline] if effect.headline else None
    if verdict is None or isinstance(verdict, Refusal):
        return f"{effect.unit}: effect {size}; no method can say how sure that is"
    interval = "no 95 % interval"
    if verdict.ci_low is not None and verdict.ci_high is not None:
        interval = f"95 % interval {verdict.ci_low:.4g} to {verdict.ci_high:.4g}"
    sureness = f"{interval}, p = {verdict.p_value:.3g} by {effect.headline}"
    return f"{effect.unit}: effect {size} ({sureness}, {effect.n_untreated} untreated units)"


def _list_refusals(effects: Sequence[OwnEffect]) -> Iterator[str]:
    """Each method that is refused, and why; units are counted, for they may be persons."""
    told: dict[tuple[str, str, str], int] = {}
    for effect in effects:
        whom = PARTICIPATING if effect.unit == PARTICIPATING else "units by themselves"
        for method, verdict in effect.verdicts.items():
            if isinstance(verdict, Refusal):
                key = (whom, method, verdict.reason)
                told[key] = told.get(key, 0) + 1
    for (whom, method, reason), count in told.items():
        place = whom if whom == PARTICIPATING else f"{count} {whom}"
        yield f"{place}: {method} is refused: {reason}"
