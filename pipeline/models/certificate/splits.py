"""The sums of every job centre before and after every start week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from pipeline.models.certificate.contributions import Contributions
from pipeline.models.inference import WEEKS, Law, UnitPanel
from pipeline.models.inference.panel import BoolArray
from pipeline.models.inference.ratios import divide
from pipeline.models.tally import FloatArray, IntArray
from pipeline.spec import Study

# Both sides of a start are a quarter of a year or more: less is no period to compare.
SHORTEST_WEEKS = 13


class AnySplits(Protocol):
    """Job centres before and after each start week, whatever their figures are made of.

    The attributes are those of `Splits`.
    """

    @property
    def units(self) -> tuple[str, ...]:
        """The job centres."""

    @property
    def starts(self) -> IntArray:
        """Numbers of the start weeks."""

    @property
    def moments(self) -> FloatArray:
        """Sums over members of products of their sums."""

    @property
    def n_persons(self) -> FloatArray:
        """Distinct members in all."""

    def build_panel(self, is_treated: BoolArray, at: IntArray | None = None) -> UnitPanel:
        """The panels of all start weeks, or of those at some places, under an assignment."""


@dataclass(frozen=True)
class Splits:
    """Job centres before and after each start week.

    Attributes:
        units: the job centres.
        starts: numbers of the start weeks.
        numerator: `(starts, units, 2)`; the last axis is before, during.
        denominator: the same shape.
        persons: distinct members with any row, the same shape.
        moments: sums over members of products of their sums, `(starts, units, 4, 4)`; in the
            order numerator and denominator before, numerator and denominator during.
        n_persons: distinct members in all, `(units,)`.
        law: of the outcome; under that of weeks, weeks at risk are the exposure, else members.
    """

    units: tuple[str, ...]
    starts: IntArray
    numerator: FloatArray
    denominator: FloatArray
    persons: FloatArray
    moments: FloatArray
    n_persons: FloatArray
    law: Law | None

    def build_panel(self, is_treated: BoolArray, at: IntArray | None = None) -> UnitPanel:
        """The panels of all start weeks, or of those at some places, under an assignment."""
        numerator, denominator, persons = (
            sums if at is None else sums[at]
            for sums in (self.numerator, self.denominator, self.persons)
        )
        exposure = numerator if self.law is WEEKS else persons
        sums = numerator, denominator, persons
        return UnitPanel(self.units, *sums, exposure, is_treated, self.law)


def can_split(study: Study) -> bool:
    """Whether any start week leaves enough weeks on both sides."""
    first_week, last_week = study.span
    return (last_week - first_week).days // 7 + 1 >= 2 * SHORTEST_WEEKS


def split_everywhere(contributions: Iterable[Contributions]) -> Splits | None:
    """The sums for every start week that leaves enough weeks on both sides, or None without any.

    A member of two job centres counts in each as another one.
    """
    parts = [_split_unit(own) for own in contributions]
    if not parts:
        return None
    return Splits(
        tuple(unit for part in parts for unit in part.units),
        parts[0].starts,
        np.concatenate([part.numerator for part in parts], axis=1),
        np.concatenate([part.denominator for part in parts], axis=1),
        np.concatenate([part.persons for part in parts], axis=1),
        np.concatenate([part.moments for part in parts], axis=1),
        np.concatenate([part.n_persons for part in parts]),
        parts[0].law,
    )


def find_variance(
    moments: FloatArray, numerator: FloatArray, denominator: FloatArray
) -> FloatArray:
    """The sum of squared influences of members on a group's change.

    Args:
        moments: of the group, `(..., 4, 4)`.
        numerator: of the group before and during, `(..., 2)`.
        denominator: the same.
    """
    means = divide(numerator, denominator)
    own = divide(np.broadcast_to([-1.0, 1.0], means.shape), denominator)
    through_mean = -own * means
    # In the order of the moments: numerator, denominator before, then during.
    weights = np.stack([own, through_mean], axis=-1).reshape(*means.shape[:-1], 4)
    variance: FloatArray = np.einsum("...a,...ab,...b->...", weights, moments, weights)
    return variance


def _split_unit(own: Contributions) -> Splits:
    """The sums of one job centre, as an axis of length one."""
    amounts = _sum_by_member(own)
    starts = np.arange(SHORTEST_WEEKS, own.n_weeks - SHORTEST_WEEKS + 1)
    sums = amounts.cumsum(axis=-1)[..., starts - 1]
    sums[:, 2:] = amounts[:, 2:].sum(-1)[..., None] - sums[:, 2:]
    by_start = np.moveaxis(sums, -1, 0)
    moments = np.swapaxes(by_start, 1, 2) @ by_start
    totals = by_start.sum(1).reshape(-1, 1, 2, 2)
    present = (by_start.reshape(*by_start.shape[:2], 2, 2) > 0).any(-1).sum(1)
    return Splits(
        (own.unit,),
        starts,
        totals[..., 0],
        totals[..., 1],
        present.astype(np.float64)[:, None],
        moments[:, None],
        np.array([float(len(amounts))]),
        own.law,
    )


def _sum_by_member(own: Contributions) -> FloatArray:
    """The weekly amounts of one job centre's members, `(members, 4, weeks)`, as in moments."""
    rows = pl.concat(
        [side.with_columns(place=pl.lit(2 * i)) for i, side in enumerate((own.before, own.during))]
    )
    rows = rows.with_columns(member=pl.col("person_id").rank("dense").cast(pl.Int64) - 1)
    member, place, week = (rows[name].to_numpy() for name in ("member", "place", "week"))
    amounts = np.zeros((int(member.max()) + 1, 4, own.n_weeks))
    np.add.at(amounts, (member, place, week), rows["numerator"].to_numpy())
    np.add.at(amounts, (member, place + 1, week), rows["denominator"].to_numpy())
    return amounts
