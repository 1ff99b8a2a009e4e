"""What a figure of effects by time since the start shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.report.formats import format_number, prettify_minus
from pipeline.report.headline import focus_unit, select_effects
from pipeline.report.labels import Measure, path_measure, unit_label
from pipeline.report.pre_trend import describe_pre_trend
from pipeline.spec import WEEKS_OF_BLOCK, Figure, Study


@dataclass(frozen=True)
class EventPoint:
    """The effect in one block of time, in the unit of the axis.

    Attributes:
        weeks: from the start to the middle of the block, below 0 before it.
        effect: 0 in the base.
        interval: the block's own 95 % interval.
        band: the part of the simultaneous 95 % band that lies here.
        is_base: whether changes are counted from here.
    """

    weeks: float
    effect: float
    interval: tuple[float, float]
    band: tuple[float, float]
    is_base: bool


@dataclass(frozen=True)
class EventPath:
    """Effects by time since the start; the words are as in `Forest`."""

    title: str
    subtitle: str
    points: tuple[EventPoint, ...]
    axis_label: str
    alt: str
    caption: str
    data: pl.DataFrame


def build_event_path(
    study: Study,
    figure: Figure,
    estimates: pl.DataFrame,
    paths: pl.DataFrame,
    verdicts: pl.DataFrame,
) -> EventPath | None:
    """The path of the answer's unit in the population that the tables show; None if there is none.

    The data behind it hold the paths of all units. What a gate withholds has no path either.

    Args:
        study: what is asked.
        figure: of the study.
        estimates: rows of `ESTIMATE_SCHEMA`.
        paths: rows of `PATH_SCHEMA`.
        verdicts: rows of `PRE_TREND_SCHEMA`, of the same units.
    """
    chosen = (
        (pl.col("population") == study.population_of(figure.outcome))
        & (pl.col("outcome") == figure.outcome)
        & (pl.col("by") == figure.by)
    )
    effects = select_effects(study, estimates, figure.outcome)
    shown = [effect.unit for effect in effects if effect.effect is not None]
    data = paths.filter(chosen, pl.col("unit").is_in(shown)).sort("unit", "block")
    focus = focus_unit(study, estimates)
    own = data.filter(unit=focus)
    if own.is_empty():
        return None
    outcome = study.outcomes[figure.outcome]
    measure = path_measure(outcome)
    points = tuple(_build_point(row, figure, measure.scale) for row in own.iter_rows(named=True))
    verdict = verdicts.filter(chosen, unit=focus).row(0, named=True)
    length = WEEKS_OF_BLOCK[figure.by]
    return EventPath(
        title=figure.title,
        subtitle=(
            f"{unit_label(own['unit'][0])} against the rest, in blocks of {length} weeks; lines: "
            "95 % intervals; shade: 95 % band for the whole path"
        ),
        points=points,
        axis_label=f"Effect, {measure.unit}",
        alt=_write_alt(figure, points, measure),
        caption=(
            "The change since the last block before the start (hollow), less that of the rest of "
            f"the country. {describe_pre_trend(outcome, verdict)}"
        ),
        data=data,
    )


def _build_point(row: dict[str, float], figure: Figure, scale: int) -> EventPoint:
    first = row["block"] * WEEKS_OF_BLOCK[figure.by]
    return EventPoint(
        weeks=first + row["n_weeks"] / 2,
        effect=row["effect"] * scale,
        interval=(row["ci_low"] * scale, row["ci_high"] * scale),
        band=(row["band_low"] * scale, row["band_high"] * scale),
        is_base=row["block"] == -1,
    )


def _write_alt(figure: Figure, points: tuple[EventPoint, ...], measure: Measure) -> str:
    figures = "; ".join(
        f"{prettify_minus(format_number(point.effect, measure.decimals))} around week "
        f"{prettify_minus(format_number(point.weeks))}"
        for point in points
    )
    return f"{figure.title}. Effect in {measure.unit}: {figures}."
