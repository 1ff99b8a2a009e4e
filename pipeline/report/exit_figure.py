"""What a figure of ways out shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.codes import read_codes
from pipeline.report.formats import PER_CENT, format_number
from pipeline.report.headline import order_units
from pipeline.report.labels import unit_label
from pipeline.spec import PARTICIPATING, REST_OF_COUNTRY, Figure, Study

PERIODS = ("before", "during")


@dataclass(frozen=True)
class IncidenceCurve:
    """A step curve: in each of the weeks the share rises to the value beside it.

    Attributes:
        is_rest: whether it is of the rest of the country.
        period: `before` or `during`.
        weeks: ascending, from 0.
        shares: that have taken the way out, 0 to 1.
        lows: lower end of the pointwise 95 % band; unknown is None.
        highs: upper end.
    """

    is_rest: bool
    period: str
    weeks: tuple[int, ...]
    shares: tuple[float, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]


@dataclass(frozen=True)
class IncidencePanel:
    """The curves of one way out."""

    label: str
    curves: tuple[IncidenceCurve, ...]


@dataclass(frozen=True)
class WaysOut:
    """Curves of cumulative incidence, a panel for each way out; the words are as in `Forest`."""

    title: str
    subtitle: str
    panels: tuple[IncidencePanel, ...]
    unit: str
    last_week: int
    alt: str
    caption: str
    data: pl.DataFrame


def build_ways_out(study: Study, figure: Figure, incidence: pl.DataFrame) -> WaysOut | None:
    """The curves of every way out, or None where there are none.

    The participating job centres together and the rest; in a rerun the one unit and the rest.
    """
    rows = incidence.filter(pl.col("outcome") == figure.outcome)
    units = order_units(study, rows["unit"].unique())
    unit = PARTICIPATING if PARTICIPATING in units else next(iter(units), REST_OF_COUNTRY)
    data = rows.filter(pl.col("unit").is_in([unit, REST_OF_COUNTRY]))
    if data.is_empty():
        return None
    panels = tuple(
        IncidencePanel(way["label"], _list_curves(data, way["way_out"]))
        for way in read_codes("ways_out")
    )
    last_week = int(data["week"].max())  # type: ignore[arg-type]
    return WaysOut(
        title=figure.title,
        subtitle=(
            "Aalen–Johansen estimates, pointwise 95 % bands of the period during; each panel has "
            "its own scale"
        ),
        panels=panels,
        unit=unit_label(unit),
        last_week=last_week,
        alt=_write_alt(figure, panels),
        caption=(
            "The share that has left the benefit by each way, by weeks since the stay on it began. "
            "Who has left by one way can no longer leave by another. An effect is a change in the "
            "coloured curves that is not in the grey ones."
        ),
        data=data,
    )


def _list_curves(data: pl.DataFrame, way: str) -> tuple[IncidenceCurve, ...]:
    """The rest below the unit, before below during: the last is drawn on top."""
    curves = []
    for is_rest in (True, False):
        for period in PERIODS:
            rows = data.filter(
                pl.col("way_out") == way,
                (pl.col("unit") == REST_OF_COUNTRY) == is_rest,
                pl.col("period") == period,
            ).sort("week")
            columns = (
                tuple(rows[name].to_list()) for name in ("week", "incidence", "ci_low", "ci_high")
            )
            if not rows.is_empty():
                curves.append(IncidenceCurve(is_rest, period, *columns))
    return tuple(curves)


def _write_alt(figure: Figure, panels: tuple[IncidencePanel, ...]) -> str:
    ends = "; ".join(
        f"{panel.label}, {'rest of the country' if curve.is_rest else 'unit'} {curve.period}: "
        f"{format_number(curve.shares[-1], 1, PER_CENT)} % after {curve.weeks[-1]} weeks"
        for panel in panels
        for curve in panel.curves
    )
    return f"{figure.title}. {ends}."
