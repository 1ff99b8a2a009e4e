"""The answer in words: one sentence per outcome, no surer than its figures."""

from __future__ import annotations

import polars as pl

from pipeline.report.formats import describe_interval, format_p_value, prettify_minus
from pipeline.report.headline import Effect, choose_inference, focus_unit, select_effects
from pipeline.report.labels import (
    effect_measure,
    effect_unit_label,
    inference_label,
    unit_label,
)
from pipeline.spec import Outcome, Study


def summarise_effects(
    study: Study, estimates: pl.DataFrame, unit: str | None = None
) -> tuple[str, ...]:
    """A sentence for each outcome on one unit: the pooled or the only one if none is named."""
    focus = unit or focus_unit(study, estimates)
    sentences = []
    for name, outcome in study.outcomes.items():
        effects = select_effects(study, estimates, name)
        found = [effect for effect in effects if effect.unit == focus]
        method = choose_inference(study, name, focus)
        sentences += [_summarise(outcome, effect, method) for effect in found]
    return tuple(sentences)


def _summarise(outcome: Outcome, effect: Effect, method: str) -> str:
    place = f"{outcome.label}, {unit_label(effect.unit)}"
    if effect.effect is None:
        return f"{place}: the effect is unknown."
    size, low, high = (
        effect_measure(outcome).format(figure)
        for figure in (effect.effect, effect.ci_low, effect.ci_high)
    )
    size, unit = prettify_minus(size), effect_unit_label(outcome)
    if effect.p_value is None:
        return f"{place}: effect {size} {unit}; how certain is unknown."
    p_value = format_p_value(effect.p_value)
    equals = "" if p_value.startswith("<") else "= "
    interval = f"95 % interval {describe_interval(low, high)}"
    uncertainty = f"{interval}, p {equals}{p_value}, {inference_label(method)}"
    return f"{place}: effect {size} {unit} ({uncertainty}); {_judge(outcome, effect)}."


def _judge(outcome: Outcome, effect: Effect) -> str:
    if not effect.is_significant:
        return "it cannot be told from zero"
    is_favourable = ((effect.effect or 0) < 0) == (outcome.favourable == "lower")
    return f"{'a favourable' if is_favourable else 'an unfavourable'} effect at the 5 % level"
