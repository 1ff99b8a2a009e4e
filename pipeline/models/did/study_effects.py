"""The pooled effect of a study's shares beside an effect of each job centre and each week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from pipeline.errors import ModelError
from pipeline.models.comparison import Comparison
from pipeline.models.did.clusters import infer_cr1, infer_cr3
from pipeline.models.did.two_way import MODEL_NAME, fit_unit_week_effects
from pipeline.models.estimate import ESTIMATE_SCHEMA, Estimates, combine_estimates
from pipeline.models.inference import (
    CR3,
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
)
from pipeline.models.inference.wild import bootstrap_wild
from pipeline.spec import BEFORE, Study

_METHODS = {JOBCENTRE_CLUSTER: infer_cr1, CR3: infer_cr3, WILD_BOOTSTRAP: bootstrap_wild}


def fit_study_effects(
    study: Study, unit_weeks: pl.DataFrame, comparison: Comparison, shares: pl.DataFrame
) -> Estimates:
    """Rows of the pooled effect with unit and week effects; none where one unit is asked for.

    Levels, persons and events are those of the saturated model: they describe the same weeks.

    Args:
        study: names the windows.
        unit_weeks: `population, outcome, jobcentre, week, numerator, denominator`, any order.
        comparison: the participating job centres and the rest.
        shares: rows of the saturated model.
    """
    if not comparison.is_pooled:
        return combine_estimates([])
    described = shares.filter(
        pl.col("unit") == comparison.unit, pl.col("inference") == PERSON_CLUSTER
    )
    parts = []
    for row in described.iter_rows(named=True):
        if row["model"] != study.outcomes[row["outcome"]].model_name:
            continue  # a variant of the study has no rows of its own here
        cells = unit_weeks.filter(
            pl.col("population") == row["population"], pl.col("outcome") == row["outcome"]
        )
        parts.append(_fit_row(study, cells, comparison, row))
    return combine_estimates(parts)


def _fit_row(
    study: Study, cells: pl.DataFrame, comparison: Comparison, row: dict[str, Any]
) -> Estimates:
    """The rows of one population, outcome and phase, by every method."""
    place = f"{row['unit']}, {row['phase']} ({row['population']}, {row['outcome']}, {MODEL_NAME})"
    try:
        effect = fit_unit_week_effects(_choose_cells(study, cells, comparison, row["phase"]))
    except ModelError as error:
        return Estimates(_tabulate([]), tuple(f"{place}: {fault.what}" for fault in error.faults))
    gathered = effect.gather()
    verdicts = {method: infer(gathered) for method, infer in _METHODS.items()}
    figures = row | {
        "model": MODEL_NAME,
        "effect": effect.effect,
        "relative_effect": effect.effect / row["before"] if row["before"] else None,
    }
    nothing = dict.fromkeys(("std_error", "ci_low", "ci_high", "p_value", "p_value_adjusted"))
    rows = [
        figures
        | {"inference": method}
        | (asdict(verdict) if isinstance(verdict, Inference) else nothing)
        for method, verdict in verdicts.items()
    ]
    return Estimates(_tabulate(rows), tuple(_list_refusals(place, verdicts)))


def _choose_cells(
    study: Study, cells: pl.DataFrame, comparison: Comparison, phase: str
) -> pl.DataFrame:
    before, during = study.windows[BEFORE], study.windows[phase]
    is_during = pl.col("week").is_between(during.first_week, during.last_week)
    is_before = pl.col("week").is_between(before.first_week, before.last_week)
    units = sorted(comparison.treated | comparison.rest)
    is_treated = pl.col("jobcentre").is_in(sorted(comparison.treated))
    chosen = cells.filter(pl.col("jobcentre").is_in(units), is_before | is_during)
    return chosen.with_columns(is_exposed=is_treated & is_during).rename({"jobcentre": "unit"})


def _tabulate(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ESTIMATE_SCHEMA)


def _list_refusals(place: str, verdicts: dict[str, Inference | Refusal]) -> Iterator[str]:
    for method, verdict in verdicts.items():
        if isinstance(verdict, Refusal):
            yield f"{place}: {verdict.reason}; no inference by {method}"
