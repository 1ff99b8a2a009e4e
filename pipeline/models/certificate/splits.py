"""The sums of every job centre before and after every start week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.models.certificate.contributions import Contributions
from pipeline.models.inference import UnitPanel
from pipeline.models.inference.panel import BoolArray, divide
from pipeline.models.tally import FloatArray, IntArray

# Both sides of a start are a quarter of a year or more: less is no period to compare.
SHORTEST_WEEKS = 13


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
        is_duration: whether weeks at risk are the exposure, or members.
    """

    units: tuple[str, ...]
    starts: IntArray
    numerator: FloatArray
    denominator: FloatArray
    persons: FloatArray
    moments: FloatArray
    n_persons: FloatArray
    is_duration: bool

    def build_panel(self, is_treated: BoolArray, at: IntArray | None = None) -> UnitPanel:
        """The panels of all start weeks, or of those at some places, under an assignment."""
        numerator, denominator, persons = (
            sums if at is None else sums[at]
            for sums in (self.numerator, self.denominator, self.persons)
        )
        exposure = numerator if self.is_duration else persons
        return UnitPanel(self.units, numerator, denominator, persons, exposure, is_treated)


def can_split(contributions: Contributions) -> bool:
    """Whether any start week leaves enough weeks on both sides."""
    return contributions.n_weeks >= 2 * SHORTEST_WEEKS


def split_everywhere(contributions: Contributions) -> Splits:
    """The sums for every start week that leaves enough weeks on both sides.

    A member of two job centres counts in each as another one.
    """
    starts = np.arange(SHORTEST_WEEKS, contributions.n_weeks - SHORTEST_WEEKS + 1)
    parts = [_split_unit(rows, starts) for rows in _list_by_unit(contributions)]
    numerator, denominator, persons, moments, n_persons = zip(*parts, strict=True)
    return Splits(
        contributions.units,
        starts,
        np.stack(numerator, axis=1),
        np.stack(denominator, axis=1),
        np.stack(persons, axis=1),
        np.stack(moments, axis=1),
        np.array(n_persons),
        contributions.is_duration,
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


def _list_by_unit(contributions: Contributions) -> Iterator[FloatArray]:
    """The weekly amounts of each job centre's members, `(members, 4, weeks)`, as in moments."""
    sides = (contributions.before, contributions.during)
    by_unit = [side.partition_by("jobcentre", as_dict=True) for side in sides]
    for unit in contributions.units:
        rows = [
            parts[(unit,)].with_columns(place=pl.lit(2 * i))
            for i, parts in enumerate(by_unit)
            if (unit,) in parts
        ]
        own = pl.concat(rows).with_columns(
            member=pl.col("person_id").rank("dense").cast(pl.Int64) - 1
        )
        member, place, week = (own[name].to_numpy() for name in ("member", "place", "week"))
        amounts = np.zeros((int(member.max()) + 1, 4, contributions.n_weeks))
        np.add.at(amounts, (member, place, week), own["numerator"].to_numpy())
        np.add.at(amounts, (member, place + 1, week), own["denominator"].to_numpy())
        yield amounts


def _split_unit(amounts: FloatArray, starts: IntArray) -> tuple[FloatArray, ...]:
    """Numerators, denominators, members, moments and all members of one job centre."""
    sums = amounts.cumsum(axis=-1)[..., starts - 1]
    sums[:, 2:] = amounts[:, 2:].sum(-1)[..., None] - sums[:, 2:]
    by_start = np.moveaxis(sums, -1, 0)
    moments = np.swapaxes(by_start, 1, 2) @ by_start
    totals = by_start.sum(1).reshape(-1, 2, 2)
    present = (by_start.reshape(*by_start.shape[:2], 2, 2) > 0).any(-1).sum(1)
    n_members = np.array(float(len(amounts)))
    return totals[..., 0], totals[..., 1], present.astype(np.float64), moments, n_members
