"""One repetition judged: what every method says of the programme, and where there was none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from pipeline.models.certificate.certificate import ONE_UNIT, POOLED
from pipeline.models.certificate.rejections import LEVEL, reject_units
from pipeline.models.certificate.splits import find_variance
from pipeline.models.inference import (
    PERSON_CLUSTER,
    Inference,
    Refusal,
    UnitPanel,
    Verdicts,
    assess_each,
    assess_together,
)
from pipeline.models.inference.clusters import infer_by_t
from pipeline.models.inference.panel import BoolArray
from pipeline.models.inference.pooled import NO_VARIATION
from pipeline.models.inference.ratios import difference, divide
from pipeline.montecarlo.exits import ExitSums
from pipeline.montecarlo.persons import PersonRows, Sums
from pipeline.montecarlo.trial import Trial
from pipeline.spec import INTERVENTION, PARTICIPATING

VERDICT_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "phase": pl.String,
    "tested": pl.String,
    "is_placebo": pl.Boolean,
    "unit": pl.String,
    "inference": pl.String,
    "before": pl.Float64,
    "during": pl.Float64,
    "effect": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "is_rejected": pl.Boolean,
}
# At equality of a rank with 5 % the level is reached.
_ROUNDING = 1e-12
_Row = dict[str, Any]


def judge_programme(trial: Trial, rows: PersonRows) -> pl.DataFrame:
    """What every method says of each participating job centre, and of all of them together.

    Returns:
        `VERDICT_SCHEMA`, of the whole period; unknown is null.
    """
    found: list[_Row] = []
    participating = trial.study.participating
    for sums, key in _list_sums(trial, rows, (*participating, *trial.rest)):
        panel = sums.build_panel(participating, is_pooled=False)
        means = divide(panel.numerator, panel.denominator)
        rest = ~panel.is_treated
        change = float(difference(divide(*panel.pool(rest))))
        for unit, few_treated in assess_each(panel).items():
            place = panel.units.index(unit)
            figures = (*means[place], panel.changes[place] - change)
            is_own = np.arange(len(panel.units)) == place
            verdicts = few_treated | _judge_by_person(sums, panel, is_own)
            found += _state(key | {"tested": ONE_UNIT, "unit": unit}, figures, verdicts)
        panel = sums.build_panel(participating, is_pooled=True)
        figures = (*divide(*panel.pool(panel.is_treated)), panel.effect)
        verdicts = assess_together(panel) | _judge_by_person(sums, panel, panel.is_treated)
        found += _state(key | {"tested": POOLED, "unit": PARTICIPATING}, figures, verdicts)
    return pl.DataFrame(found, VERDICT_SCHEMA)


def judge_placebos(trial: Trial, rows: PersonRows, rng: np.random.Generator) -> pl.DataFrame:
    """Whether every method finds an effect where there was no programme.

    Each job centre that took no part is tested against the others that did not, and so is a
    programme of as many of them as took part, drawn.

    Returns:
        `VERDICT_SCHEMA` without figures.
    """
    found: list[_Row] = []
    for sums, key in _list_sums(trial, rows, trial.rest):
        blank = dict.fromkeys(VERDICT_SCHEMA) | key | {"is_placebo": True}
        for method, rejected in reject_units(sums.split_once()).items():
            row = blank | {"tested": ONE_UNIT, "inference": method}
            for unit, value in zip(sums.units, rejected[0].tolist(), strict=True):
                found.append(row | {"unit": unit, "is_rejected": _as_boolean(value)})
        n_participating = len(trial.study.participating)
        if not 2 <= n_participating <= len(sums.units) // 2:
            continue
        drawn = rng.permutation(len(sums.units))[:n_participating]
        treated = tuple(sums.units[place] for place in drawn)
        panel = sums.build_panel(treated, is_pooled=True)
        verdicts = assess_together(panel) | _judge_by_person(sums, panel, panel.is_treated)
        for method, verdict in verdicts.items():
            row = blank | {"tested": POOLED, "unit": PARTICIPATING, "inference": method}
            found.append(row | {"is_rejected": _is_rejected(verdict)})
    return pl.DataFrame(found, VERDICT_SCHEMA)


def _list_sums(
    trial: Trial, rows: PersonRows, units: tuple[str, ...]
) -> Iterator[tuple[Sums | ExitSums, _Row]]:
    for name in trial.outcomes:
        yield rows.sum_outcome(trial, name, units), {"outcome": name, "phase": INTERVENTION}


def _judge_by_person(sums: Sums | ExitSums, panel: UnitPanel, treated: BoolArray) -> Verdicts:
    """Clustering on persons: the effect on some job centres against those that took no part."""
    change, variance, n_persons = 0.0, 0.0, 0.0
    for group, sign in ((treated, 1.0), (~panel.is_treated, -1.0)):
        pooled = panel.pool(group)
        change += sign * float(difference(divide(*pooled)))
        variance += float(find_variance(sums.moments[group].sum(axis=0), *pooled))
        n_persons += float(sums.n_persons[group].sum())
    error = float(np.sqrt(variance * n_persons / (n_persons - 1)))
    if not np.isfinite([change, error]).all():
        return {PERSON_CLUSTER: Refusal("the effect is unknown")}
    return {PERSON_CLUSTER: infer_by_t(change, error, None) or Refusal(NO_VARIATION)}


def _state(
    key: Mapping[str, Any], figures: tuple[float, ...], verdicts: Verdicts
) -> Iterator[_Row]:
    """A row for each method; what is not finite is unknown."""
    names = ("before", "during", "effect")
    known = [float(figure) if np.isfinite(figure) else None for figure in figures]
    row = dict.fromkeys(VERDICT_SCHEMA) | dict(key) | dict(zip(names, known, strict=True))
    for method, verdict in verdicts.items():
        stated = row | {"is_placebo": False, "inference": method}
        if isinstance(verdict, Inference):
            stated |= {"ci_low": verdict.ci_low, "ci_high": verdict.ci_high}
        yield stated | {"is_rejected": _is_rejected(verdict)}


def _is_rejected(verdict: Inference | Refusal) -> bool | None:
    return verdict.p_value <= LEVEL + _ROUNDING if isinstance(verdict, Inference) else None


def _as_boolean(value: float) -> bool | None:
    return None if np.isnan(value) else bool(value)
