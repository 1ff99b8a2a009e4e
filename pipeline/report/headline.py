"""Which of an effect's rows a table, a figure and the summary show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.models.inference import CR3, JOINT_METHODS, PERSON_CLUSTER, PLACEBO_T, find_law
from pipeline.report.formats import known
from pipeline.spec import (
    INTERVENTION,
    PARTICIPATING,
    REST_OF_COUNTRY,
    STOCK_AND_FLOW,
    Outcome,
    Study,
    name_model,
)

SIGNIFICANCE_LEVEL = 0.05

# The methods behind bold, stars and intervals (decision 0006). Many job centres together can be
# clustered on job centres; one alone cannot, and is set against the changes of the others, by the
# method of the study where its law of chance is known and else by this one.
POOLED_INFERENCE = CR3
FALLBACK_INFERENCE = PLACEBO_T
# Of the models whose mean tells its variance.
_PLAIN_MODELS = ("difference_in_differences", "exponential")


@dataclass(frozen=True)
class Effect:
    """One unit's figures for one outcome and phase; unknown is None.

    Attributes:
        unit: a job centre, `participating` or `rest_of_country`.
        before: level in the year before, weeks or share 0 to 1.
        during: level in the phase, same unit.
        difference: during minus before.
        effect: difference minus the rest of the country's.
        relative_effect: effect over before.
        ci_low: lower end of the 95 % interval, by the headline inference; of an effect that is
            unknown for want of events the one end that it has, clustered on persons.
        ci_high: upper end.
        p_value: by the headline inference.
        p_value_adjusted: for looking at all participating job centres, by Romano and Wolf.
        p_value_holm: the same by Holm.
        joint_low: lower end of the 95 % interval for all of them at once.
        joint_high: upper end.
        n_persons: distinct persons of the unit, both periods together.
    """

    unit: str
    before: float | None = None
    during: float | None = None
    difference: float | None = None
    effect: float | None = None
    relative_effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    p_value_adjusted: float | None = None
    p_value_holm: float | None = None
    joint_low: float | None = None
    joint_high: float | None = None
    n_persons: int | None = None

    @property
    def is_significant(self) -> bool | None:
        """Whether the effect differs from zero at 5 %; None where that is unknown."""
        return None if self.effect is None else is_significant(self.p_value)


def is_significant(p_value: float | None) -> bool | None:
    """Whether a p-value is at most 5 %; a rank among others can be 5 % to the point."""
    return None if p_value is None else p_value <= SIGNIFICANCE_LEVEL


def choose_inference(
    study: Study, outcome: str, unit: str | None = None, model: str | None = None
) -> str:
    """The method of inference that speaks for a row: the one place that decides it.

    Args:
        study: names the method for a single job centre.
        outcome: of the row.
        unit: of the row; a single job centre if none is named.
        model: of the row; that of the tables if none is named.
    """
    if unit == PARTICIPATING:
        return POOLED_INFERENCE
    asked = study.outcomes[outcome]
    model = model or choose_model(asked)
    is_plain = model.removesuffix(STOCK_AND_FLOW) in _PLAIN_MODELS
    knows_level = is_plain and find_law(asked.kind) is not None
    return study.inference.one_unit if knows_level else FALLBACK_INFERENCE


def choose_model(outcome: Outcome, part: str | None = None) -> str:
    """The name in the estimates of the model that the study asks for, or of one way out."""
    if part is None:
        return outcome.model_name
    return name_model(f"aalen_johansen.{part}", outcome.sampling)


def order_units(study: Study, units: Iterable[str]) -> list[str]:
    """The units in printed order: the study's, then others by name, then the pooled ones.

    A run of everybody prints every participating unit, known or not; a rerun of one unit has no
    pooled row and prints only what is there.
    """
    present = set(units)
    named = [unit for unit in study.participating if unit in present or PARTICIPATING in present]
    pooled = [unit for unit in (PARTICIPATING, REST_OF_COUNTRY) if unit in present]
    others = sorted(present - set(named) - set(pooled))
    return [*named, *others, *pooled]


def focus_unit(study: Study, estimates: pl.DataFrame) -> str | None:
    """The unit whose effect is the answer: the pooled one, or the single one of a rerun."""
    units = order_units(study, estimates["unit"].unique())
    if PARTICIPATING in units:
        return PARTICIPATING
    return next((unit for unit in units if unit != REST_OF_COUNTRY), None)


def select_effects(
    study: Study,
    estimates: pl.DataFrame,
    outcome: str,
    phase: str = INTERVENTION,
    part: str | None = None,
) -> list[Effect]:
    """The headline figures of every unit, in printed order; of one way out if it is the `part`.

    A unit that lacks the headline inference keeps its point figures, which are the same under
    all methods, and has no interval and no p-value.
    """
    model = choose_model(study.outcomes[outcome], part)
    return _read_effects(study, estimates, (outcome, phase, model))


def select_effects_under(
    study: Study, estimates: pl.DataFrame, outcome: str, model: str
) -> list[Effect]:
    """The figures of every unit in the whole period under another model, in printed order."""
    return _read_effects(study, estimates, (outcome, INTERVENTION, model))


def _read_effects(
    study: Study, estimates: pl.DataFrame, asked: tuple[str, str, str]
) -> list[Effect]:
    """Of an outcome, phase and model."""
    outcome, _, model = asked
    by_unit: dict[str, dict[str, dict[str, Any]]] = {}
    for row in _select_rows(study, estimates, *asked).iter_rows(named=True):
        by_unit.setdefault(row["unit"], {})[row["inference"]] = row
    return [
        _read_effect(unit, by_unit.get(unit, {}), choose_inference(study, outcome, unit, model))
        for unit in order_units(study, estimates["unit"].unique())
    ]


def count_bold_by_person(study: Study, estimates: pl.DataFrame, outcome: str) -> int:
    """How many effects of the whole period would be significant if clustered on persons."""
    model = choose_model(study.outcomes[outcome])
    rows = _select_rows(study, estimates, outcome, INTERVENTION, model)
    by_person = rows.filter(pl.col("inference") == PERSON_CLUSTER)["p_value"]
    return sum(is_significant(p_value) is True for p_value in by_person)


def _select_rows(
    study: Study, estimates: pl.DataFrame, outcome: str, phase: str, model: str
) -> pl.DataFrame:
    return estimates.filter(
        (pl.col("population") == study.population_of(outcome))
        & (pl.col("outcome") == outcome)
        & (pl.col("phase") == phase)
        & (pl.col("model") == model)
    )


def _read_effect(unit: str, by_method: dict[str, dict[str, Any]], method: str) -> Effect:
    if not by_method:
        return Effect(unit)
    headline = by_method.get(method)
    joint = by_method.get(JOINT_METHODS.get(method, ""), {})
    row = headline or next(iter(by_method.values()))
    by_person = by_method.get(PERSON_CLUSTER, {})
    # Of an unknown effect nothing but one end can be told, and by persons alone.
    uncertainty = headline or {} if known(row["effect"]) is not None else by_person
    point = ("before", "during", "difference", "effect", "relative_effect")
    interval = ("ci_low", "ci_high", "p_value", "p_value_adjusted")
    return Effect(
        unit,
        **{name: known(row[name]) for name in point},
        **{name: known(uncertainty.get(name)) for name in interval},
        p_value_holm=known(joint.get("p_value_adjusted")),
        joint_low=known(joint.get("ci_low")),
        joint_high=known(joint.get("ci_high")),
        n_persons=row["n_persons"],
    )
