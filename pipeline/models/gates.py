"""Withholds the rows that do not meet what a study asks of them, and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.models.estimate import (
    ESTIMATE_KEY,
    ESTIMATE_SCHEMA,
    Estimates,
    merge_models,
)
from pipeline.spec import REST_OF_COUNTRY, Gates, Study

# A row keeps whom it is about; from before and during alone the effect could be worked out.
_KEPT = (*ESTIMATE_KEY, "n_persons", "n_events")
_Row = dict[str, Any]
WITHHELD_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "phase": pl.String,
    "unit": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Evidence:
    """What gates look at beside the rows; None where it is unknown, which passes no gate.

    Attributes:
        detectable_effect: of a row's unit, outcome, population and phase: the smallest effect that
            its headline method would find, weeks, hours or a share.
        pretrend_p_value: of a row's unit, outcome and population.
        holds_size: of a row's outcome and unit: whether the headline method finds effects where
            there was no programme no more often than it should.
    """

    detectable_effect: Callable[[_Row], float | None]
    pretrend_p_value: Callable[[_Row], float | None]
    holds_size: Callable[[_Row], bool | None]


def withhold_rows(study: Study, estimates: Estimates, evidence: Evidence) -> Estimates:
    """The estimates with every figure of a row emptied that fails a gate of the study.

    The rest of the country, which has no effect, passes no gate and is shown. A row without an
    effect and without an end of one has nothing to withhold.

    Returns:
        The same rows in the same order, and one more notice for each unit, phase and reason.
    """
    rows, notices = [], set[str]()
    for row in estimates.rows.iter_rows(named=True):
        reasons = list(_list_reasons(study.gates, row, evidence)) if _is_judged(row) else []
        rows.append({name: row[name] for name in _KEPT} if reasons else row)
        place = f"{row['unit']}, {row['phase']} ({row['population']}, {row['outcome']}"
        notices |= {f"{place}, {row['model']}): withheld, {reason}" for reason in reasons}
    frame = pl.DataFrame([dict.fromkeys(ESTIMATE_SCHEMA) | row for row in rows], ESTIMATE_SCHEMA)
    return Estimates(frame, tuple(sorted({*estimates.notices, *merge_models(sorted(notices))})))


def list_withheld(
    study: Study, rows: pl.DataFrame, evidence: Evidence, earlier: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Which effects that tables show are withheld, and why, before any of them is.

    Args:
        study: names the gates.
        rows: of `ESTIMATE_SCHEMA`; those an earlier run withheld have no effect any more.
        evidence: what the gates look at.
        earlier: `WITHHELD_SCHEMA` of rows that are as an earlier run left them.

    Returns:
        `WITHHELD_SCHEMA`, in the order of the estimates.
    """
    before: dict[tuple[str, ...], list[str]] = {}
    for told in () if earlier is None else earlier.iter_rows():
        before.setdefault(told[:-1], []).append(told[-1])
    found: dict[tuple[str, ...], None] = {}
    for row in rows.iter_rows(named=True):
        outcome = row["outcome"]
        is_shown = (row["population"], row["model"]) == (
            study.population_of(outcome),
            study.outcomes[outcome].model_name,
        )
        if not is_shown:
            continue
        place = (outcome, row["phase"], row["unit"])
        reasons = list(before.get(place, []))
        if _is_judged(row):
            reasons += _list_reasons(study.gates, row, evidence)
        found |= {(*place, reason): None for reason in reasons}
    return pl.DataFrame(list(found), WITHHELD_SCHEMA, orient="row")


def _is_judged(row: _Row) -> bool:
    is_told = any(row[name] is not None for name in ("effect", "ci_low", "ci_high"))
    return row["unit"] != REST_OF_COUNTRY and is_told


def _list_reasons(gates: Gates, row: _Row, evidence: Evidence) -> Iterator[str]:
    if row["n_persons"] < gates.min_persons:
        yield f"fewer than {gates.min_persons} persons"
    if row["n_events"] < gates.min_events:
        yield f"fewer than {gates.min_events} events"
    least = gates.min_pretrend_p
    if least is not None and _or(evidence.pretrend_p_value(row), 0.0) < least:
        yield f"the test of the trend before the start has p below {least:g} or is unknown"
    most = gates.max_detectable_effect.get(row["outcome"])
    if most is not None and _or(evidence.detectable_effect(row), float("inf")) > most:
        yield f"the smallest effect that would be found is above {most:g} or unknown"
    if gates.must_hold_size and not evidence.holds_size(row):
        yield "the headline method does not hold its size on this outcome, or that is unknown"


def _or(value: float | None, unknown: float) -> float:
    return unknown if value is None else value
