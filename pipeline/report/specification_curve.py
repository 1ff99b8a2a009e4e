"""What a specification curve shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import polars as pl

from pipeline.report.formats import known
from pipeline.report.headline import focus_unit
from pipeline.report.labels import (
    capitalise,
    effect_measure,
    effect_unit_label,
    inference_label,
    model_label,
    population_label,
    summary_label,
    unit_label,
)
from pipeline.report.specifications import choose_specifications, is_headline
from pipeline.spec import ADJUSTED, STOCK_AND_FLOW, Figure, Study

# An axis reaches this many times the typical figure; what goes further gets an arrow head.
_WIDEST = 3.0


@dataclass(frozen=True)
class Specification:
    """One way to estimate the effect; the figures are in the unit of the axis, unknown is None."""

    effect: float
    ci_low: float | None
    ci_high: float | None
    is_headline: bool
    choices: dict[str, str]


@dataclass(frozen=True)
class SpecificationCurve:
    """Every way an effect was estimated, from the smallest to the largest.

    Attributes:
        title: as in the study file.
        subtitle: whose effect, and what the interval is.
        axis_label: what the effect is counted in.
        favourable: `lower` or `higher`.
        specifications: by effect.
        dimensions: what was chosen, and the choices there were, where there was more than one.
        limits: both ends of the axis, in its unit.
        alt: what it shows, for those who do not see it.
        caption: how to read it.
        data: the frame behind it, shares as 0 to 1.
    """

    title: str
    subtitle: str
    axis_label: str
    favourable: str
    specifications: tuple[Specification, ...]
    dimensions: dict[str, tuple[str, ...]]
    limits: tuple[float, float]
    alt: str
    caption: str
    data: pl.DataFrame


def build_specification_curve(
    study: Study, figure: Figure, estimates: pl.DataFrame
) -> SpecificationCurve | None:
    """The effect of the whole period under every specification, or None where none is known."""
    outcome = study.outcomes[figure.outcome]
    rows = [
        row
        for row in choose_specifications(study, estimates)
        if row["outcome"] == figure.outcome
        and known(row["effect"]) is not None
        # What is counted in something else has no place on the axis.
        and effect_measure(outcome, row["model"]) == effect_measure(outcome)
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (row["effect"], row["population"], row["model"]))
    specifications = tuple(_specify(study, row, effect_measure(outcome).scale) for row in rows)
    unit = effect_unit_label(outcome)
    focus = unit_label(focus_unit(study, estimates) or "")
    return SpecificationCurve(
        title=figure.title,
        subtitle=f"{focus}: effect and 95 % interval under each specification",
        axis_label=f"Effect, {unit}",
        favourable=outcome.favourable,
        specifications=specifications,
        dimensions=_list_dimensions(specifications),
        limits=_choose_limits(specifications),
        alt=_write_alt(figure, specifications, unit),
        caption=(
            f"Each column is one specification: its effect in {unit} above, its choices below. The "
            "specification of the tables is marked. Specifications share their data, so that many "
            "agree is no proof; that one disagrees is a reason to ask why."
        ),
        data=_build_data(rows),
    )


def _specify(study: Study, row: dict[str, Any], scale: int) -> Specification:
    ends = (row["effect"], known(row["ci_low"]), known(row["ci_high"]))
    effect, low, high = (None if end is None else end * scale for end in ends)
    return Specification(effect or 0.0, low, high, is_headline(study, row), _choose(study, row))


def _choose(study: Study, row: dict[str, Any]) -> dict[str, str]:
    """The choices that a row's population and model stand for, in words."""
    base = row["model"].removesuffix(STOCK_AND_FLOW)
    family, *parts = base.split(".")
    variants = [part for part in parts if part in study.variants]
    summaries = [part for part in parts if part not in (*study.variants, ADJUSTED)]
    choices = {
        "Population": capitalise(population_label(study, row["population"])),
        "Model": capitalise(model_label(family)),
    }
    if not study.outcomes[row["outcome"]].is_mean:
        choices["Summary"] = capitalise(summary_label(summaries[0] if summaries else "mean"))
        is_stock = base != row["model"]
        choices["Sampling"] = "Stock and flow" if is_stock else "Flow"
    choices["Covariates"] = "The same mix everywhere" if ADJUSTED in parts else "As they are"
    labels = [study.variants[name].label for name in variants]
    choices["Job centres"] = capitalise(labels[0]) if labels else "All"
    choices["Interval"] = capitalise(inference_label(row["inference"]))
    return choices


def _list_dimensions(specifications: tuple[Specification, ...]) -> dict[str, tuple[str, ...]]:
    """What differs between the specifications, the headline's choice first."""
    found: dict[str, tuple[str, ...]] = {}
    ordered = sorted(specifications, key=lambda each: not each.is_headline)
    for name in specifications[0].choices:
        values = tuple(dict.fromkeys(each.choices[name] for each in ordered))
        if len(values) > 1:
            found[name] = values
    return found


def _choose_limits(specifications: tuple[Specification, ...]) -> tuple[float, float]:
    """Wide enough for every ordinary figure; always holds zero."""
    ends = [
        (
            each.effect if each.ci_low is None else each.ci_low,
            each.effect if each.ci_high is None else each.ci_high,
        )
        for each in specifications
    ]
    furthest = max(median(max(abs(low), abs(high)) for low, high in ends), 1e-9) * _WIDEST
    low = max(min(0.0, *(low for low, _ in ends)), -furthest)
    high = min(max(0.0, *(high for _, high in ends)), furthest)
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def _write_alt(figure: Figure, specifications: tuple[Specification, ...], unit: str) -> str:
    effects = [each.effect for each in specifications]
    return (
        f"{figure.title}: {len(effects)} specifications, effects from {min(effects):.3g} to "
        f"{max(effects):.3g} {unit}, half of them below {median(effects):.3g}."
    )


def _build_data(rows: list[dict[str, Any]]) -> pl.DataFrame:
    kept = {
        "population": pl.String,
        "model": pl.String,
        "inference": pl.String,
        "effect": pl.Float64,
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
    }
    return pl.DataFrame([{name: row[name] for name in kept} for row in rows], schema=kept)
