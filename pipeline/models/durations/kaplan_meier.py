"""Kaplan-Meier curves with late entry, and the weeks that follow from them.

Where every spell counts once and for itself, variances are Greenwood's. With clusters or weights
they are the squared influences of the clusters (the infinitesimal jackknife of R's
``survfit(cluster=)``, times G / (G - 1)); without late entry, and each spell a cluster, that is
Greenwood's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatisticalWarning
from scipy import sparse, stats

from pipeline.models.durations.likelihood import Sparse
from pipeline.models.durations.spells import Spells
from pipeline.models.inference import CONFIDENCE
from pipeline.models.tally import FloatArray, IntArray

QUANTILE = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
# A share that is a half, or none, but for rounding.
_ROUNDING = 1e-12
# Weeks at a time, so that memory does not grow with their number.
_BATCH = 50


@dataclass(frozen=True)
class Curve:
    """The curve of one cell.

    Attributes:
        spells: of that cell alone.
        times: when events happen, ascending.
        survival: the share that lasts longer than each of the times.
        left: who is at risk at each of the times and has no event; NaN where that is nobody.
        terms: what each of the times adds to Greenwood's variance of the logarithm.
        clusters: clusters x kinds, the weight of a cluster's spells of a kind; None where every
            spell counts once and for itself.
    """

    spells: Spells
    times: FloatArray
    survival: FloatArray
    left: FloatArray
    terms: FloatArray
    clusters: Sparse | None

    @property
    def last(self) -> float:
        """The longest duration seen."""
        return float(self.spells.duration.max())

    def survive(self, weeks: FloatArray) -> FloatArray:
        """The share that lasts longer than each of the weeks, none of them beyond the last."""
        return _look_up(self.times, self.survival, weeks, 1.0)

    def count_at_risk(self, weeks: FloatArray) -> FloatArray:
        """The weight of the spells that entered before a week and do not end before it."""
        one = self.spells
        entered = np.where(one.entry > 0, one.entry, -np.inf)
        order, ends = np.argsort(entered), np.argsort(one.duration)
        came = np.concatenate([[0.0], np.cumsum(one.weight[order])])
        went = np.concatenate([[0.0], np.cumsum(one.weight[ends])])
        n_came = np.searchsorted(entered[order], weeks, side="left")
        return np.asarray(came[n_came] - went[np.searchsorted(one.duration[ends], weeks)])

    def log_errors(self, weeks: FloatArray) -> FloatArray:
        """The standard error of the logarithm of the survival at each of the weeks."""
        if self.clusters is None:
            return np.asarray(np.sqrt(_look_up(self.times, np.cumsum(self.terms), weeks, 0.0)))
        parts = [weeks[first : first + _BATCH] for first in range(0, weeks.size, _BATCH)]
        errors = [_add_clusters(self.clusters, self._influence_log(part)) for part in parts]
        return np.concatenate([np.zeros(0), *errors])

    def measure_restricted_mean(self, horizon: float) -> tuple[float, float]:
        """The area under the curve up to a horizon, and its standard error.

        NaN where nobody is followed to the horizon and the curve is not at 0 by then.
        """
        if self.last < horizon and not self._reaches_zero():
            return np.nan, np.nan
        inside = self.times < horizon
        starts = np.concatenate([[0.0], self.times[inside]])
        areas = self.survive(starts) * np.diff(np.append(starts, horizon))
        ahead = np.cumsum(areas[::-1])[::-1][1:]
        with np.errstate(invalid="ignore"):
            drops, jumps = self.terms[inside] * ahead, ahead / self.left[inside]
        if self.clusters is None:
            return float(areas.sum()), float(np.sqrt((self.terms[inside] * ahead**2).sum()))
        influence = self._influence(self.times[inside], np.nan_to_num(drops), np.nan_to_num(jumps))
        return float(areas.sum()), float(_add_clusters(self.clusters, influence))

    def measure_mean(self) -> tuple[float, float]:
        """The area under the whole curve, and its error; NaN where the curve stays above 0."""
        if not self._reaches_zero():
            return np.nan, np.nan
        return self.measure_restricted_mean(float(self.times[-1]))

    def measure_median(self) -> tuple[float, float, float]:
        """The first time at which no more than half are left, and its 95 % interval.

        The interval is where the interval of the survival (on the log scale) holds a half. NaN
        where the curve or an end of the interval stays above a half.
        """
        with np.errstate(over="ignore"):
            margin = np.exp(QUANTILE * np.nan_to_num(self.log_errors(self.times), nan=np.inf))
        low, high = self.survival / margin, self.survival * margin
        high = np.where(self.survival <= _ROUNDING, 0.0, high)
        return self._reach_half(self.survival), self._reach_half(low), self._reach_half(high)

    def _reach_half(self, shares: FloatArray) -> float:
        reached = self.times[shares <= 0.5 + _ROUNDING]
        return float(reached[0]) if reached.size else np.nan

    def _reaches_zero(self) -> bool:
        return bool(self.survival.size) and bool(self.survival[-1] <= _ROUNDING)

    def _influence_log(self, weeks: FloatArray) -> FloatArray:
        """Kinds x weeks: of one spell of each kind, on the logarithm of the survival."""
        parts = []
        for week in weeks:
            inside = self.times <= week
            gone = np.nan_to_num(1 / self.left[inside])
            parts.append(self._influence(self.times[inside], self.terms[inside], gone))
        return np.stack(parts, axis=1)

    def _influence(self, times: FloatArray, drops: FloatArray, jumps: FloatArray) -> FloatArray:
        """Of one spell of each kind: drops while it is at risk, less a jump at its event."""
        one, sums = self.spells, np.cumsum(drops)
        exposed = _look_up(times, sums, one.duration, 0.0) - _look_up(times, sums, one.entry, 0.0)
        jumped = np.isin(one.duration, times) & (one.event > 0)
        return exposed - np.where(jumped, _look_up(times, jumps, one.duration, 0.0), 0.0)


def _add_clusters(clusters: Sparse, influence: FloatArray) -> FloatArray:
    """Standard errors from the influence of one spell of each kind; NaN with one cluster."""
    n_clusters = clusters.shape[0]
    if n_clusters < 2:
        return np.full(influence.shape[1:], np.nan)
    squares = np.square(clusters @ influence).sum(axis=0)
    return np.asarray(np.sqrt(squares * n_clusters / (n_clusters - 1)))


def _look_up(times: FloatArray, values: FloatArray, at: FloatArray, first: float) -> FloatArray:
    """The value at the last of the times up to each of some points; `first` before them all."""
    place = np.searchsorted(times, at, side="right")
    return np.asarray(np.concatenate([[first], values])[place])


def fit_curves(spells: Spells, clusters: IntArray | None = None) -> Iterator[Curve | None]:
    """The curve of each cell in turn; None for a cell whose spells weigh nothing.

    Args:
        spells: collapsed by cell.
        clusters: of each row they were collapsed from the number of its cluster; each row is one
            if None.
    """
    is_plain = clusters is None and bool((spells.row_weight == 1).all())
    numbers = np.arange(spells.row_kind.size) if clusters is None else clusters
    row_cells = spells.cell[spells.row_kind]
    order = np.argsort(row_cells, kind="stable")
    ends = np.searchsorted(row_cells[order], np.arange(spells.n_cells + 1))
    for cell in range(spells.n_cells):
        one, rows = spells.pick(cell), order[ends[cell] : ends[cell + 1]]
        if one.weight.sum() > 0:
            yield _fit_curve(one, None if is_plain else _weigh(spells, rows, numbers[rows]))
        else:
            yield None


def _weigh(spells: Spells, rows: IntArray, numbers: IntArray) -> Sparse:
    """Clusters x kinds of one cell, from the rows that lie in it."""
    rows, numbers = (each[spells.row_weight[rows] > 0] for each in (rows, numbers))
    kinds = np.flatnonzero(spells.cell == spells.cell[spells.row_kind[rows[0]]])
    names, place = np.unique(numbers, return_inverse=True)
    entries = (spells.row_weight[rows], (place, spells.row_kind[rows] - kinds[0]))
    return sparse.coo_array(entries, (names.size, kinds.size)).tocsr()


def _fit_curve(one: Spells, clusters: Sparse | None) -> Curve:
    times = np.unique(np.concatenate([[0.0], one.entry, one.duration]))
    entry, duration = np.searchsorted(times, one.entry), np.searchsorted(times, one.duration)
    # lifelines counts who enters at a time as at risk of that very time's events; in ranks of
    # times, half a rank later they are at risk from the next time on.
    late_entry = np.where(entry > 0, entry + 0.5, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StatisticalWarning)  # of weights that are no counts
        fit = KaplanMeierFitter().fit(duration, one.event, entry=late_entry, weights=one.weight)
    table = fit.event_table[fit.event_table["observed"] > 0]
    events, at_risk = (table[name].to_numpy(dtype=float) for name in ("observed", "at_risk"))
    places = table.index.to_numpy()
    survival = fit.survival_function_.loc[places].to_numpy()[:, 0]
    left = at_risk - events
    left = np.where(left > _ROUNDING * at_risk, left, np.nan)
    terms = np.nan_to_num(events / (at_risk * left))
    return Curve(one, times[places.astype(int)], survival, left, terms, clusters)
