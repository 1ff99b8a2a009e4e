"""Sums per cluster, of which a mean is the ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Cluster = Literal["person", "jobcentre"]


def add_up(places: IntArray, values: FloatArray | IntArray, size: int = 0) -> FloatArray:
    """The sum of the values at each place, from place 0 on."""
    return np.bincount(places, weights=values, minlength=size).astype(np.float64)


@dataclass(frozen=True)
class Influence:
    """What each cluster adds to the error of an estimate.

    Attributes:
        clusters: the clusters' numbers, each once.
        values: the influence of each, in the unit of the estimate; they sum to zero.
    """

    clusters: IntArray
    values: FloatArray


# Of what has no error that could be told.
NO_INFLUENCE = Influence(np.empty(0, np.int64), np.empty(0))


def merge_influences(parts: Sequence[Mapping[str, Influence]]) -> dict[str, Influence]:
    """The influences of several groups as of one, by method; none where a group has one cluster.

    A group of one cluster fits it perfectly, and its own noise would be left out.
    """
    merged = {}
    for method in parts[0]:
        of_groups = [part[method] for part in parts]
        numbers = np.concatenate([each.clusters for each in of_groups])
        clusters, places = np.unique(numbers, return_inverse=True)
        values = add_up(places, np.concatenate([each.values for each in of_groups]), clusters.size)
        is_sound = all(each.clusters.size > 1 for each in of_groups)
        merged[method] = Influence(clusters, values) if is_sound else NO_INFLUENCE
    return merged


@dataclass(frozen=True)
class Tally:
    """Two sums per cluster; the mean is the ratio of their totals.

    Weeks at risk over measure starts for a duration, weeks with the outcome over all weeks for
    a share.

    Attributes:
        clusters: the clusters' numbers, ascending, each once.
        numerator: one sum per cluster.
        denominator: the other sum per cluster; it may be 0 in a cluster.
    """

    clusters: IntArray
    numerator: IntArray
    denominator: IntArray

    def influence(self, mean: float) -> Influence:
        """The scores of the mean by cluster, divided by the information: sums of residuals."""
        residuals = self.numerator - mean * self.denominator
        return Influence(self.clusters, residuals / self.denominator.sum())


class TallyBook:
    """The tallies of any group of job centres in any period, each added up once.

    Clusters are numbered in the order of their names, so the order of the rows, and persons in
    job centres that are not asked for, leave no trace in a later sum of floats.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        """Takes `period, jobcentre, person_id, numerator, denominator`, in any order."""
        numbered = rows.select(
            "period",
            "jobcentre",
            pl.col("person_id").rank("dense").cast(pl.Int64).alias("person_number"),
            pl.col("jobcentre").rank("dense").cast(pl.Int64).alias("jobcentre_number"),
            pl.col("numerator", "denominator").cast(pl.Int64),
        )
        self._periods = {str(key[0]): part for key, part in numbered.group_by("period")}
        self._empty = numbered.clear()
        self._tallies: dict[tuple[frozenset[str], str, Cluster], Tally] = {}

    def tally(self, jobcentres: frozenset[str], period: str, cluster: Cluster) -> Tally:
        """The sums of a group of job centres in a period; without clusters if it has no rows."""
        key = (jobcentres, period, cluster)
        if key not in self._tallies:
            self._tallies[key] = self._add_up(*key)
        return self._tallies[key]

    def tabulate(self, jobcentres: Sequence[str], period: str) -> FloatArray:
        """Numerator, denominator and distinct persons of each job centre in a period.

        Args:
            jobcentres: in the order of the rows.
            period: the window's name.

        Returns:
            One row per job centre, three columns; zeros for one without rows.
        """
        sums = (
            self._periods.get(period, self._empty)
            .group_by("jobcentre")
            .agg(pl.col("numerator", "denominator").sum(), pl.col("person_number").n_unique())
        )
        wanted = pl.DataFrame({"jobcentre": jobcentres}, schema={"jobcentre": pl.String})
        found = wanted.join(sums, on="jobcentre", how="left", maintain_order="left").fill_null(0)
        return found.drop("jobcentre").to_numpy().astype(np.float64)

    def _add_up(self, jobcentres: frozenset[str], period: str, cluster: Cluster) -> Tally:
        number = f"{cluster}_number"
        sums = (
            self._periods.get(period, self._empty)
            .filter(pl.col("jobcentre").is_in(sorted(jobcentres)))
            .group_by(number)
            .agg(pl.col("numerator", "denominator").sum())
            .sort(number)
        )
        return Tally(*(sums[name].to_numpy() for name in (number, "numerator", "denominator")))
