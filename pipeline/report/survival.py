"""What a figure of survival curves shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.report.formats import PER_CENT, format_count, format_number
from pipeline.report.headline import order_units
from pipeline.report.labels import unit_label
from pipeline.spec import PARTICIPATING, REST_OF_COUNTRY, Figure, Study

# Quarters of a year, as the monitoring reports count time.
_TICK_WEEKS = 13
PERIODS = ("before", "during")
_SINCE = {
    "duration_between_measures": "since the last measure",
    "duration_to_first_measure": "since the benefit began",
}


@dataclass(frozen=True)
class Curve:
    """A step curve: at each of the weeks the share drops to the value beside it.

    Attributes:
        period: `before` or `during`.
        weeks: ascending, from 0.
        shares: still without the event, 0 to 1.
        lows: lower end of the pointwise 95 % band; unknown is None.
        highs: upper end.
        at_risk: persons' waits still followed, at each tick of the panel; unknown is None.
    """

    period: str
    weeks: tuple[float, ...]
    shares: tuple[float, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    at_risk: tuple[int | None, ...]


@dataclass(frozen=True)
class Panel:
    """The curves of one group."""

    label: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Survival:
    """Survival curves side by side; `ticks` are weeks. The words are as in `Forest`."""

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    ticks: tuple[int, ...]
    last_week: float
    period_labels: dict[str, str]
    axis_label: str
    alt: str
    caption: str
    data: pl.DataFrame


def build_survival(study: Study, figure: Figure, curves: pl.DataFrame) -> Survival | None:
    """The curves of an outcome in the headline population, or None where there are none.

    The participating job centres together and the rest; in a rerun the one unit and the rest.
    """
    rows = curves.filter(
        (pl.col("population") == study.population_of(figure.outcome))
        & (pl.col("outcome") == figure.outcome)
        & pl.col("period").is_in(PERIODS)
        & pl.col("survival").is_finite()
    ).sort("unit", "period", "week")
    if rows.is_empty():
        return None
    units = _choose_units(study, rows)
    data = pl.concat([rows.filter(pl.col("unit") == unit) for unit in units])
    last_week = float(data["week"].max())  # type: ignore[arg-type]
    ticks = tuple(range(0, int(last_week) + 1, _TICK_WEEKS))
    panels = tuple(_build_panel(unit, data, ticks) for unit in units)
    windows = study.windows
    return Survival(
        title=figure.title,
        subtitle="Kaplan–Meier curves with pointwise 95 % bands; at risk: waits still followed",
        panels=panels,
        ticks=ticks,
        last_week=last_week,
        period_labels={
            "before": f"Before ({windows['before']})",
            "during": f"During ({windows['intervention']})",
        },
        axis_label=f"Weeks {_SINCE[study.outcomes[figure.outcome].kind]}",
        alt=_write_alt(figure, panels),
        caption=(
            "A curve falls when a measure starts, so a lower curve means shorter waits. An "
            "effect is a change on the left that is not on the right."
        ),
        data=data,
    )


def _choose_units(study: Study, rows: pl.DataFrame) -> list[str]:
    units = order_units(study, rows["unit"].unique())
    units = [unit for unit in units if not rows.filter(pl.col("unit") == unit).is_empty()]
    pooled = [unit for unit in units if unit in (PARTICIPATING, REST_OF_COUNTRY)]
    return pooled if PARTICIPATING in units else units


def _build_panel(unit: str, data: pl.DataFrame, ticks: tuple[int, ...]) -> Panel:
    of_unit = data.filter(pl.col("unit") == unit)
    by_period = [(period, of_unit.filter(pl.col("period") == period)) for period in PERIODS]
    curves = [_build_curve(period, rows, ticks) for period, rows in by_period if len(rows)]
    return Panel(unit_label(unit), tuple(curves))


def _build_curve(period: str, rows: pl.DataFrame, ticks: tuple[int, ...]) -> Curve:
    """The steps of one curve; it starts in week 0 with everybody, whether or not the rows do."""
    weeks, shares = rows["week"].to_list(), rows["survival"].to_list()
    lows, highs = rows["ci_low"].to_list(), rows["ci_high"].to_list()
    at_risk = rows["at_risk"].to_list()
    followed = [
        next((n for week, n in zip(weeks, at_risk, strict=True) if week >= tick), None)
        for tick in ticks
    ]
    if weeks[0] > 0:
        weeks, shares = [0, *weeks], [1.0, *shares]
        lows, highs = [1.0, *lows], [1.0, *highs]
    return Curve(period, tuple(weeks), tuple(shares), tuple(lows), tuple(highs), tuple(followed))


def _write_alt(figure: Figure, panels: tuple[Panel, ...]) -> str:
    ends = "; ".join(
        f"{panel.label} {curve.period}: {format_number(curve.shares[-1], scale=PER_CENT)} % after "
        f"{format_number(curve.weeks[-1])} weeks of {format_count(curve.at_risk[0])} waits"
        for panel in panels
        for curve in panel.curves
    )
    return f"{figure.title}. {ends}."
