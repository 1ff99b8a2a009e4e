"""Means over person-weeks as if each group held the same mix of persons.

Covariates shift the mean of the rest of the country alike in both years; every group has a level
of its own beside these shifts. Its figure is the level at the mix of all person-weeks, so that
groups do not differ by who is in them (decision 0039).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.errors import ModelError
from pipeline.models.cell_model import CellModel
from pipeline.models.contrast import Cell
from pipeline.models.covariates import COMBINATION, Combinations
from pipeline.models.did.regression import Design, fit_regression
from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER, UnitPanel
from pipeline.models.tally import FloatArray, Influence, IntArray, add_up, merge_influences
from pipeline.models.unit_sums import build_panel
from pipeline.spec import BEFORE, INTERVENTION

_YEARS = (BEFORE, INTERVENTION)
_CLUSTERS = (PERSON_CLUSTER, JOBCENTRE_CLUSTER)
_SUMS = ("numerator", "denominator", "n_events")


@dataclass(frozen=True)
class _Rows:
    """Weeks of some members in one period, one entry of each array per member and job centre.

    Attributes:
        clusters: by method of inference, the number of the cluster.
        combination: of covariates.
        numerator: of the mean: weeks with the outcome, or hours.
        denominator: of the mean: weeks, or their weight.
        n_events: weeks with the outcome.
    """

    clusters: dict[str, IntArray]
    combination: IntArray
    numerator: IntArray
    denominator: IntArray
    n_events: IntArray

    def add_up(self, values: FloatArray) -> dict[str, Influence]:
        """Values summed by cluster under each method."""
        found = {}
        for method, numbers in self.clusters.items():
            clusters, places = np.unique(numbers, return_inverse=True)
            found[method] = Influence(clusters, add_up(places, values, clusters.size))
        return found


@dataclass(frozen=True)
class _Shifts:
    """What covariates do to a mean in the rest of the country.

    Attributes:
        design: combinations × b, what a combination's shift is the sum of.
        values: b shifts.
        influences: of each year of the rest, rows × b: what a member adds to their errors.
    """

    design: FloatArray
    values: FloatArray
    influences: tuple[FloatArray, ...]


class AdjustedMeans(CellModel):
    """The saturated regression of one outcome in one population, at the same mix in every cell.

    The covariance clustered on persons has the part that goes through the shifts; the methods that
    look at job centres take the shifts as given.
    """

    def __init__(
        self, cells: pl.DataFrame, combinations: Combinations, rest: frozenset[str]
    ) -> None:
        """Takes cells with the combination of each member, in any order, and the rest."""
        numbered = cells.select(
            "period",
            "jobcentre",
            pl.col("person_id").rank("dense").cast(pl.Int64).alias(PERSON_CLUSTER),
            pl.col("jobcentre").rank("dense").cast(pl.Int64).alias(JOBCENTRE_CLUSTER),
            pl.col(COMBINATION).cast(pl.Int64),
            pl.col(_SUMS).cast(pl.Int64),
        ).sort(_CLUSTERS)
        self._periods = {str(key[0]): part for key, part in numbered.group_by("period")}
        self._empty = numbered.clear()
        self._combinations = combinations
        self._rest = rest
        self._cells: dict[tuple[frozenset[str], str], Cell] = {}
        super().__init__(self.fit_cell, self)

    def fit_cell(self, jobcentres: frozenset[str], period: str) -> Cell:
        """The mean in a group of job centres and a period, at the mix of all."""
        place = (jobcentres, period)
        if place not in self._cells:
            self._cells[place] = self._fit(self._choose(*place))
        return self._cells[place]

    def build(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """The sums of each job centre at the mix of all; None where no shift is known."""
        del is_pooled  # sums add up whoever looks at them
        return None if self._shifts is None else build_panel(self, treated, rest, phase)

    def tabulate(self, jobcentres: Sequence[str], period: str) -> FloatArray:
        """Numerator, denominator and persons of each job centre, as a `TallyBook` has them."""
        found = np.zeros((len(jobcentres), 3))
        for place, unit in enumerate(jobcentres):
            rows = self._choose(frozenset({unit}), period)
            persons = np.unique(rows.clusters[PERSON_CLUSTER]).size
            found[place] = self._level(rows).sum(), rows.denominator.sum(), persons
        return found

    def _choose(self, jobcentres: frozenset[str], period: str) -> _Rows:
        own = self._periods.get(period, self._empty).filter(
            pl.col("jobcentre").is_in(sorted(jobcentres))
        )
        return _Rows(
            {method: own[method].to_numpy() for method in _CLUSTERS},
            *(own[name].to_numpy() for name in (COMBINATION, *_SUMS)),
        )

    def _fit(self, rows: _Rows) -> Cell:
        persons = np.unique(rows.clusters[PERSON_CLUSTER])
        total, n_events = int(rows.denominator.sum()), int(rows.n_events.sum())
        if total == 0:
            return Cell(None, {}, persons, 0, "no person-weeks; mean unknown")
        if self._shifts is None:
            lack = "the rest of the country does not tell what covariates do; mean unknown"
            return Cell(None, {}, persons, n_events, lack)
        level = self._level(rows)
        mean = float(level.sum() / total)
        # A mix that is not that of all is shifted, and the shifts are not known exactly.
        mix = add_up(rows.combination, rows.denominator, self._mix.size) / total
        pull = (self._mix - mix) @ self._shifts.design
        parts = [rows.add_up((level - mean * rows.denominator) / total)]
        parts += [
            year.add_up(influence @ pull)
            for year, influence in zip(self._years, self._shifts.influences, strict=True)
        ]
        return Cell(mean, merge_influences(parts), persons, n_events)

    def _level(self, rows: _Rows) -> FloatArray:
        """The numerator of each member, had it the mix of all."""
        if self._shifts is None:
            return rows.numerator.astype(np.float64)
        shifts = self._shifts.design @ self._shifts.values
        level: FloatArray = rows.numerator - rows.denominator * (
            shifts[rows.combination] - self._mix @ shifts
        )
        return level

    @cached_property
    def _years(self) -> tuple[_Rows, ...]:
        """The rest of the country in both years."""
        return tuple(self._choose(self._rest, period) for period in _YEARS)

    @cached_property
    def _mix(self) -> FloatArray:
        """The part of each combination in the person-weeks of both years in all job centres."""
        n_weeks = np.zeros(self._combinations.values.height)
        for period in _YEARS:
            rows = self._periods.get(period, self._empty)
            n_weeks += add_up(
                rows[COMBINATION].to_numpy(), rows["denominator"].to_numpy(), n_weeks.size
            )
        mix: FloatArray = n_weeks / n_weeks.sum()
        return mix

    @cached_property
    def _shifts(self) -> _Shifts | None:
        """None where the rest has no weeks in a year, or years and shifts are not told apart."""
        return _fit_shifts(self._years, self._combinations)


def _fit_shifts(years: Sequence[_Rows], combinations: Combinations) -> _Shifts | None:
    """Least squares of the mean on years and covariates, one cell per year and combination."""
    n_each = combinations.values.height
    places = [number * n_each + year.combination for number, year in enumerate(years)]
    numerator, denominator = (
        add_up(np.concatenate(places), np.concatenate(parts), len(years) * n_each)
        for parts in zip(*((year.numerator, year.denominator) for year in years), strict=True)
    )
    by_year = denominator.reshape(len(years), n_each)
    if not by_year.sum(axis=1).all():
        return None
    design = combinations.design(by_year.sum(axis=0))
    # What one week more than fitted in a cell does to each shift.
    gains, fitted = np.zeros((denominator.size, design.shape[1])), np.zeros(denominator.size)
    values = np.zeros(design.shape[1])
    if values.size:
        known = np.flatnonzero(denominator)
        weights, in_year = denominator[known], np.eye(len(years))[known // n_each]
        regressors = {str(name): column for name, column in enumerate(design[known % n_each].T)}
        try:
            fit = fit_regression(Design(numerator[known] / weights, weights, regressors, in_year))
        except ModelError:
            return None
        gains[known] = fit.regressors.basis @ fit.regressors.turn.T / np.sqrt(weights)[:, None]
        fitted[known], values = fit.fitted, fit.coefficients
    influences = tuple(
        gains[own] * (year.numerator - fitted[own] * year.denominator)[:, None]
        for own, year in zip(places, years, strict=True)
    )
    return _Shifts(design, values, influences)
