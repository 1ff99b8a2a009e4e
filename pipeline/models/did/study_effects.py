"""The effects of a study beside an effect of each job centre and each week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import ModelError
from pipeline.models.comparison import Comparison
from pipeline.models.did.clusters import infer_cr1, infer_cr3
from pipeline.models.did.each_alone import assess_each_alone
from pipeline.models.did.rates import find_weeks, tell_in_weeks
from pipeline.models.did.study_path import gather_blocks
from pipeline.models.did.two_way import MODEL_NAME, fit_unit_week_effects
from pipeline.models.estimate import ESTIMATE_SCHEMA, Estimates, combine_estimates
from pipeline.models.inference import (
    CR3,
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
    Verdicts,
)
from pipeline.models.inference.wild import bootstrap_wild
from pipeline.models.tally import FloatArray
from pipeline.spec import BEFORE, Study, name_model

_METHODS = {JOBCENTRE_CLUSTER: infer_cr1, CR3: infer_cr3, WILD_BOOTSTRAP: bootstrap_wild}
# The model whose levels describe the same weeks, and its sampling, by kind of outcome.
_LEVELS = {
    "share": ("difference_in_differences", "flow"),
    "hours": ("difference_in_differences", "flow"),
    "duration_between_measures": ("exponential", "stock_and_flow"),
    "duration_to_first_measure": ("exponential", "stock_and_flow"),
}
_KEY = ("population", "outcome", "phase")


@dataclass(frozen=True)
class _Asked:
    """One outcome, population and phase, with the weeks that it is about.

    Attributes:
        cells: `jobcentre, week, numerator, denominator` of the year before and the phase.
        persons: `period, jobcentre, n_persons`.
        is_rate: whether the mean of the cells is of measure starts in weeks at risk.
        model: as the rows name it.
        levels: the row of each unit whose figures describe the same weeks.
    """

    study: Study
    phase: str
    cells: pl.DataFrame
    persons: pl.DataFrame
    is_rate: bool
    model: str
    levels: dict[str, dict[str, Any]]


def fit_study_effects(
    study: Study,
    unit_weeks: pl.DataFrame,
    persons: pl.DataFrame,
    comparisons: Sequence[Comparison],
    levels: pl.DataFrame,
) -> Estimates:
    """Rows of the effects with unit and week effects: every unit by itself, and all pooled.

    A share or hours are regressed on person-weeks. Of durations, measure starts are regressed on
    weeks at risk, and the effect on the weekly rate is told in weeks. Levels, persons and events
    are those of the saturated model: they describe the same weeks.

    Args:
        study: names the windows.
        unit_weeks: `population, outcome, jobcentre, week, numerator, denominator`, any order.
        persons: `population, outcome, period, jobcentre, n_persons`, any order.
        comparisons: who is compared with whom.
        levels: rows of every model, among them those of the saturated one.
    """
    described = _choose_levels(study, levels)
    parts = []
    for key, rows in described.group_by(_KEY, maintain_order=True):
        population, outcome, phase = map(str, key)
        chosen = {"population": population, "outcome": outcome}
        is_rate = study.outcomes[outcome].is_duration
        asked = _Asked(
            study,
            phase,
            _choose_weeks(study, unit_weeks.filter(**chosen), phase, is_rate=is_rate),
            persons.filter(**chosen),
            is_rate,
            name_model(MODEL_NAME, _LEVELS[study.outcomes[outcome].kind][1]),
            {row["unit"]: row for row in rows.iter_rows(named=True)},
        )
        alone = [each for each in comparisons if not each.is_pooled]
        parts += [_fit_alone(asked, alone)] if alone else []
        parts += [_fit_pooled(asked, each) for each in comparisons if each.is_pooled]
    return combine_estimates(parts)


def _choose_levels(study: Study, levels: pl.DataFrame) -> pl.DataFrame:
    """One row of the saturated model for each unit, of the outcomes that have weekly sums."""
    known = [pl.lit(value=False)]
    for name, outcome in study.outcomes.items():
        if outcome.kind in _LEVELS:
            is_same = pl.col("model") == name_model(*_LEVELS[outcome.kind])
            known.append((pl.col("outcome") == name) & is_same)
    return levels.filter(pl.any_horizontal(known), pl.col("inference") == PERSON_CLUSTER)


def _choose_weeks(
    study: Study, unit_weeks: pl.DataFrame, phase: str, *, is_rate: bool
) -> pl.DataFrame:
    """The year before and a phase; of durations, starts over weeks at risk."""
    windows = (study.windows[BEFORE], study.windows[phase])
    chosen = pl.any_horizontal(
        pl.col("week").is_between(window.first_week, window.last_week) for window in windows
    )
    cells = unit_weeks.filter(chosen).select("jobcentre", "week", "numerator", "denominator")
    turned = {"numerator": "denominator", "denominator": "numerator"}
    return cells.rename(turned) if is_rate else cells


def _fit_pooled(asked: _Asked, comparison: Comparison) -> Estimates:
    """The rows of all participating job centres together, by every clustered method."""
    start = asked.study.windows[asked.phase].first_week
    is_treated = pl.col("jobcentre").is_in(sorted(comparison.treated))
    cells = (
        asked.cells.filter(pl.col("jobcentre").is_in(sorted(comparison.treated | comparison.rest)))
        .with_columns(is_exposed=is_treated & (pl.col("week") >= start))
        .rename({"jobcentre": "unit"})
    )
    try:
        effect = fit_unit_week_effects(cells)
    except ModelError as error:
        place = _name_place(asked, comparison.unit)
        return Estimates(_tabulate([]), tuple(f"{place}: {fault.what}" for fault in error.faults))
    gathered = effect.gather()
    verdicts = {method: infer(gathered) for method, infer in _METHODS.items()}
    return _state(asked, comparison.unit, effect.effect, verdicts)


def _fit_alone(asked: _Asked, comparisons: Sequence[Comparison]) -> Estimates:
    """The rows of each job centre by itself, by the methods that look at the other ones."""
    treated = frozenset().union(*(each.treated for each in comparisons))
    everyone = Comparison("", treated, comparisons[0].rest)
    start = asked.study.windows[asked.phase].first_week
    weeks = gather_blocks(asked.cells, everyone, start, 1)
    persons = _spread_persons(asked, weeks.units)
    found = assess_each_alone(weeks, persons, is_rate=asked.is_rate)
    return combine_estimates(_state(asked, unit, *answer) for unit, answer in found.items())


def _spread_persons(asked: _Asked, units: list[str]) -> FloatArray:
    """Units × (before, during): persons; 0 where a unit has none."""
    names = pl.DataFrame({"jobcentre": units}, schema={"jobcentre": pl.String})
    columns = [
        names.join(
            asked.persons.filter(period=period), on="jobcentre", how="left", maintain_order="left"
        )["n_persons"].fill_null(0)
        for period in (BEFORE, asked.phase)
    ]
    return np.column_stack([column.to_numpy().astype(np.float64) for column in columns])


def _state(asked: _Asked, unit: str, effect: float, verdicts: Verdicts) -> Estimates:
    """The rows of one unit by every method, and the methods that say nothing."""
    level, place = asked.levels[unit], _name_place(asked, unit)
    told: float | None = effect
    if asked.is_rate:
        told = find_weeks(level["during"], effect) if level["during"] else None
    if told is None:
        lack = "without the programme no measure would have started; weeks unknown"
        return Estimates(_tabulate([]), (f"{place}: {lack}",))
    figures = level | {
        "model": asked.model,
        "effect": told,
        "relative_effect": told / level["before"] if level["before"] else None,
    }
    rows = [
        figures | {"inference": method} | _state_sureness(asked, level, effect, verdict)
        for method, verdict in verdicts.items()
    ]
    return Estimates(_tabulate(rows), tuple(_list_refusals(place, verdicts)))


def _state_sureness(
    asked: _Asked, level: dict[str, Any], effect: float, verdict: Inference | Refusal
) -> dict[str, float | None]:
    if isinstance(verdict, Refusal):
        names = ("std_error", "ci_low", "ci_high", "p_value", "p_value_adjusted")
        return dict.fromkeys(names)
    return asdict(tell_in_weeks(level["during"], effect, verdict) if asked.is_rate else verdict)


def _name_place(asked: _Asked, unit: str) -> str:
    level = asked.levels[unit]
    return f"{unit}, {asked.phase} ({level['population']}, {level['outcome']}, {asked.model})"


def _tabulate(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ESTIMATE_SCHEMA)


def _list_refusals(place: str, verdicts: Verdicts) -> Iterator[str]:
    for method, verdict in verdicts.items():
        if isinstance(verdict, Refusal):
            yield f"{place}: {verdict.reason}; no inference by {method}"
