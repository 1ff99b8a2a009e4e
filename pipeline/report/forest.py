"""What a forest of effects shows, before it is drawn."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass

import polars as pl

from pipeline.report.effect_tables import print_weeks_effect
from pipeline.report.formats import (
    LONGEST_PRINTED_WEEKS,
    describe_interval,
    is_beyond_a_year,
    prettify_minus,
)
from pipeline.report.headline import (
    POOLED_INFERENCE,
    Effect,
    choose_inference,
    select_effects,
)
from pipeline.report.labels import (
    effect_measure,
    effect_unit_label,
    inference_label,
    unit_label,
)
from pipeline.spec import PARTICIPATING, REST_OF_COUNTRY, Figure, Outcome, Study

# An axis reaches this many times the typical interval; what goes further gets an arrow head.
_WIDEST = 3.0


@dataclass(frozen=True)
class ForestRow:
    """One line of the forest; the figures are in the unit of the axis, unknown is None.

    `joint` is the interval that holds for all job centres at once. An interval that has no end on
    one side goes to infinity there.
    """

    unit: str
    label: str
    text: str
    effect: float | None
    interval: tuple[float, float] | None
    joint: tuple[float, float] | None
    is_pooled: bool
    is_extrapolated: bool


@dataclass(frozen=True)
class Forest:
    """A forest of effects.

    Attributes:
        title: as in the study file.
        subtitle: what the interval is and where it comes from.
        axis_label: what the effect is counted in.
        favourable: `lower` or `higher`.
        rows: from top to bottom.
        limits: both ends of the axis, in its unit.
        footnotes: what the marks mean, where they occur.
        alt: what it shows, for those who do not see it.
        caption: how to read it.
        data: the frame behind it, shares as 0 to 1.
    """

    title: str
    subtitle: str
    axis_label: str
    favourable: str
    rows: tuple[ForestRow, ...]
    limits: tuple[float, float]
    footnotes: tuple[str, ...]
    alt: str
    caption: str
    data: pl.DataFrame


def build_forest(study: Study, figure: Figure, estimates: pl.DataFrame) -> Forest | None:
    """The effects of an outcome by unit, or None where not one is known.

    Units stand by their effect, the most favourable first, then those unknown; the pooled
    effect is last.
    """
    outcome = study.outcomes[figure.outcome]
    effects = [
        effect
        for effect in select_effects(study, estimates, figure.outcome)
        if effect.unit != REST_OF_COUNTRY
    ]
    if all(effect.effect is None for effect in effects):
        return None
    rows = tuple(_build_row(outcome, effect) for effect in _order(outcome, effects))
    unit = effect_unit_label(outcome)
    limits = _choose_limits(rows)
    return Forest(
        title=figure.title,
        subtitle=_write_subtitle(rows, choose_inference(study, figure.outcome)),
        axis_label=f"Effect, {unit}",
        favourable=outcome.favourable,
        rows=rows,
        limits=limits,
        footnotes=_write_footnotes(rows, limits),
        alt=_write_alt(figure, rows, unit),
        caption=(
            f"The effect in {unit}: the change in the job centre minus the change in the rest of "
            "the country. The most favourable estimate is at the top; much of the order is "
            "chance, so it is no ranking."
        ),
        data=_build_data(study, figure.outcome, effects),
    )


def _order(outcome: Outcome, effects: list[Effect]) -> list[Effect]:
    sign = 1 if outcome.favourable == "lower" else -1

    def place(effect: Effect) -> tuple[bool, bool, float]:
        known = effect.effect is not None
        return effect.unit == PARTICIPATING, not known, sign * (effect.effect or 0)

    return sorted(effects, key=place)


def _build_row(outcome: Outcome, effect: Effect) -> ForestRow:
    scale = effect_measure(outcome).scale
    alone = joint = None
    if effect.effect is not None and effect.p_value is not None:
        alone = _reach(effect.ci_low, effect.ci_high, scale)
    if effect.p_value_holm is not None:
        joint = _reach(effect.joint_low, effect.joint_high, scale)
    is_extrapolated = outcome.is_duration and (
        is_beyond_a_year(effect.before) or is_beyond_a_year(effect.during)
    )
    return ForestRow(
        effect.unit,
        unit_label(effect.unit),
        _write_text(outcome, effect, is_extrapolated),
        None if effect.effect is None else effect.effect * scale,
        alone,
        joint,
        is_pooled=effect.unit == PARTICIPATING,
        is_extrapolated=is_extrapolated,
    )


def _reach(low: float | None, high: float | None, scale: float) -> tuple[float, float]:
    return -math.inf if low is None else low * scale, math.inf if high is None else high * scale


def _write_text(outcome: Outcome, effect: Effect, is_extrapolated: bool) -> str:
    """The figures beside the line; the sign alone where the table prints no more."""
    if effect.effect is None:
        return "unknown"
    if is_extrapolated:
        return print_weeks_effect(effect)
    shown, low, high = (
        effect_measure(outcome).format(end)
        for end in (effect.effect, effect.ci_low, effect.ci_high)
    )
    known = "interval unknown" if effect.p_value is None else describe_interval(low, high)
    return f"{prettify_minus(shown)}  ({known})"


def _choose_limits(rows: tuple[ForestRow, ...]) -> tuple[float, float]:
    """Wide enough for ordinary intervals and every ordinary effect; always holds zero."""
    known = [
        _cut_at(row.effect, row.interval or (row.effect, row.effect))
        for row in rows
        if row.effect is not None
    ]
    typical = statistics.median(max(abs(low), abs(high)) for low, high in known)
    furthest = max(typical, 1e-9) * _WIDEST
    known += [_cut_at(row.effect or 0.0, row.joint) for row in rows if row.joint]
    low = max(min(0.0, *(low for low, _ in known)), -furthest)
    high = min(max(0.0, *(high for _, high in known)), furthest)
    # Both sides of zero are always seen, or a reader could not tell which side is which.
    span = high - low
    return min(low, -0.15 * span) - 0.04 * span, max(high, 0.15 * span) + 0.04 * span


def _cut_at(effect: float, ends: tuple[float, float]) -> tuple[float, float]:
    """An interval that is cut at the effect where it has no end."""
    low, high = (end if math.isfinite(end) else effect for end in ends)
    return low, high


def _write_subtitle(rows: tuple[ForestRow, ...], method: str) -> str:
    by_unit = inference_label(method)
    pooled = inference_label(POOLED_INFERENCE)
    if not any(row.is_pooled for row in rows):
        return f"Effect and 95 % interval, {by_unit}"
    return (
        f"Effect and 95 % interval: {by_unit} for one job centre, {pooled} for the "
        "participating together"
    )


def _write_footnotes(rows: tuple[ForestRow, ...], limits: tuple[float, float]) -> tuple[str, ...]:
    notes = []
    if any(row.joint for row in rows):
        notes.append(
            "Thick line: the interval of one job centre by itself. Thin line: the intervals that "
            "hold for all job centres at once."
        )
    if any(row.is_extrapolated for row in rows):
        notes.append(
            f"Hollow mark: more than {LONGEST_PRINTED_WEEKS} weeks are expected before or during; "
            "how many is the model's opinion."
        )
    ends = [end for row in rows for end in (row.effect, *(row.interval or ()))]
    if any(end is not None and not limits[0] <= end <= limits[1] for end in ends):
        notes.append("Arrow head: the interval goes further than the axis.")
    if any(row.interval and math.inf in map(abs, row.interval) for row in rows):
        notes.append(
            "Where the figures beside a line lack an end, too little was seen, or there is too "
            "little to compare with, to rule out much that way."
        )
    return tuple(notes)


def _write_alt(figure: Figure, rows: tuple[ForestRow, ...], unit: str) -> str:
    lines = "; ".join(f"{row.label} {row.text}" for row in rows)
    return f"{figure.title}, in {unit} with 95 % intervals. {lines}."


def _build_data(study: Study, outcome: str, effects: list[Effect]) -> pl.DataFrame:
    """One row per unit, figures as in the estimates."""
    uncertainty = ("ci_low", "ci_high", "p_value", "p_value_adjusted", "joint_low", "joint_high")
    kept = ("unit", "before", "during", "effect", *uncertainty)
    schema = {name: pl.String if name == "unit" else pl.Float64 for name in kept}
    rows = [{name: asdict(effect)[name] for name in kept} for effect in effects]
    inferences = [choose_inference(study, outcome, effect.unit) for effect in effects]
    return pl.DataFrame(rows, schema=schema).with_columns(pl.Series("inference", inferences))
