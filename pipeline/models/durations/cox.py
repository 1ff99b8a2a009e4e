"""Cox's proportional hazards on collapsed spells: Efron's ties, late entry, strata, clusters.

lifelines takes a collapsed row for one tied event, however many it stands for, so that Efron's
correction would be another one; here it counts spells. Sources: Therneau and Grambsch, Modeling
Survival Data (2000), sections 3.3 (Efron) and 7.2 (score residuals).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.durations.climb import Height, climb
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray, IntArray


@dataclass(frozen=True)
class CoxFit:
    """Fitted hazard ratios.

    Attributes:
        spells: what it was fitted to.
        theta: p logarithms of hazard ratios, one per column of the design.
        inverse: p x p inverse of the information.
        log_likelihood: the partial one, at the maximum.
        kind_scores: kinds x p score residuals of one spell of each kind.
        residuals: of one spell of each kind its event less those expected of it, the martingale
            residual; they sum to zero over a cell that has a ratio of its own.
    """

    spells: Spells
    theta: FloatArray
    inverse: FloatArray
    log_likelihood: float
    kind_scores: FloatArray
    residuals: FloatArray


def fit_cox(spells: Spells, design: FloatArray, strata: IntArray | None = None) -> CoxFit | None:
    """Hazard ratios of columns of a design, with a baseline hazard for each stratum.

    Args:
        spells: collapsed by cell.
        design: cells x p covariates.
        strata: of each cell the number of its stratum; all are in one if None.

    Returns:
        None if the likelihood has no maximum: no events, or a covariate that nothing tells apart.
    """
    of_cell = np.zeros(spells.n_cells, dtype=np.int64) if strata is None else strata
    parts = [
        _Stratum.gather(spells, np.flatnonzero(of_cell == each)) for each in np.unique(of_cell)
    ]
    risks = [part for part in parts if part.times.size]

    def evaluate(theta: FloatArray) -> Height:
        return _add_heights([part.evaluate(design, theta) for part in risks], theta.size)

    theta = climb(evaluate, np.zeros(design.shape[1])) if risks else None
    if theta is None:
        return None
    at = evaluate(theta)
    scores, residuals = np.zeros((spells.cell.size, theta.size)), np.zeros(spells.cell.size)
    for part in risks:
        scores[part.kinds], residuals[part.kinds] = part.score(spells, design, theta)
    inverse = np.asarray(np.linalg.inv(at.information))
    return CoxFit(spells, theta, inverse, at.log_likelihood, scores, residuals)


def _add_heights(parts: Sequence[Height], n_parameters: int) -> Height:
    return Height(
        sum(part.log_likelihood for part in parts),
        sum((part.slope for part in parts), np.zeros(n_parameters)),
        sum((part.information for part in parts), np.zeros((n_parameters, n_parameters))),
    )


@dataclass(frozen=True)
class _Sums:
    """What one time adds up over its tied events: 1 / risk and its powers, plain and by share.

    With l = 0 .. d - 1 of d tied events, a = l / d and risk = that of all less a x that of the
    tied: `once` are the sums of 1 / risk and a / risk, `twice` of 1, a and a^2 over risk^2, each
    times the mean weight of the tied.
    """

    log_risk: FloatArray
    once: tuple[FloatArray, FloatArray]
    twice: tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class _Stratum:
    """One baseline hazard: who is at risk at each time of an event, and who has it.

    Attributes:
        cells: the numbers of its cells.
        kinds: the numbers of the kinds in them.
        times: of events, ascending.
        at_risk: cells x times, weights.
        events: cells x times, weights.
        n_tied: how many spells have the event at each time.
    """

    cells: IntArray
    kinds: IntArray
    times: FloatArray
    at_risk: FloatArray
    events: FloatArray
    n_tied: IntArray

    @classmethod
    def gather(cls, spells: Spells, cells: IntArray) -> _Stratum:
        """The risk sets of some cells."""
        kinds = np.flatnonzero(np.isin(spells.cell, cells) & (spells.weight > 0))
        row = np.searchsorted(cells, spells.cell[kinds])
        is_event = spells.event[kinds] > 0
        times = np.unique(spells.duration[kinds][is_event])
        entered = np.searchsorted(times, spells.entry[kinds], side="right")
        ended = np.searchsorted(times, spells.duration[kinds], side="right")
        changes = np.zeros((cells.size, times.size + 1))
        np.add.at(changes, (row, entered), spells.weight[kinds])
        np.add.at(changes, (row, ended), -spells.weight[kinds])
        at = ended[is_event] - 1
        events = np.zeros((cells.size, times.size))
        np.add.at(events, (row[is_event], at), spells.weight[kinds][is_event])
        n_spells = np.bincount(spells.row_kind[spells.row_weight > 0], minlength=spells.cell.size)
        n_tied = np.zeros(times.size, dtype=np.int64)
        np.add.at(n_tied, at, n_spells[kinds][is_event])
        return cls(cells, kinds, times, changes[:, :-1].cumsum(axis=1), events, n_tied)

    def evaluate(self, design: FloatArray, theta: FloatArray) -> Height:
        """The partial likelihood of this stratum."""
        covariates = design[self.cells]
        risk, tied = self._weigh(covariates, theta)
        sums = self._add_ties(risk, tied)
        seen = self.events.sum(axis=1) @ covariates
        risk_means, tied_means = risk.T @ covariates, tied.T @ covariates
        once, twice = sums.once, sums.twice
        spread = covariates.T @ ((risk @ once[0] - tied @ once[1])[:, None] * covariates)
        mixed = risk_means.T @ (twice[1][:, None] * tied_means)
        squares = risk_means.T @ (twice[0][:, None] * risk_means) - mixed - mixed.T
        squares = squares + tied_means.T @ (twice[2][:, None] * tied_means)
        return Height(
            float(seen @ theta - sums.log_risk.sum()),
            seen - risk_means.T @ once[0] + tied_means.T @ once[1],
            spread - squares,
        )

    def score(
        self, spells: Spells, design: FloatArray, theta: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Score residuals of one spell of each of its kinds, kinds x p, and martingale ones."""
        covariates = design[self.cells]
        risk, tied = self._weigh(covariates, theta)
        sums = self._add_ties(risk, tied)
        risk_means, tied_means = risk.T @ covariates, tied.T @ covariates
        expected, shared = (
            risk_means * sums.twice[power][:, None] - tied_means * sums.twice[power + 1][:, None]
            for power in (0, 1)
        )
        hazard, pulled = (
            np.concatenate([np.zeros((1, *each.shape[1:])), each.cumsum(axis=0)])
            for each in (sums.once[0], expected)
        )
        at_risk = risk_means * sums.once[0][:, None] - tied_means * sums.once[1][:, None]
        mean = at_risk / self.events.sum(axis=0)[:, None]
        own = covariates[np.searchsorted(self.cells, spells.cell[self.kinds])]
        start = np.searchsorted(self.times, spells.entry[self.kinds], side="right")
        end = np.searchsorted(self.times, spells.duration[self.kinds], side="right")
        ratio = np.exp(own @ theta)
        ended = np.flatnonzero(spells.event[self.kinds] > 0)
        at = end[ended] - 1
        residual = -ratio * (hazard[end] - hazard[start])
        residual[ended] += 1 + ratio[ended] * sums.once[1][at]
        score = own * residual[:, None] + ratio[:, None] * (pulled[end] - pulled[start])
        score[ended] -= mean[at] + ratio[ended, None] * shared[at]
        return np.asarray(score), np.asarray(residual)

    def _weigh(self, covariates: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Cells x times of hazards at risk, and of those tied."""
        with np.errstate(over="ignore"):
            ratio = np.exp(covariates @ theta)[:, None]
        return ratio * self.at_risk, ratio * self.events

    def _add_ties(self, risk: FloatArray, tied: FloatArray) -> _Sums:
        place = np.repeat(np.arange(self.times.size), self.n_tied)
        first = np.cumsum(self.n_tied) - self.n_tied
        share = (np.arange(place.size) - first[place]) / self.n_tied[place]
        left = risk.sum(axis=0)[place] - share * tied.sum(axis=0)[place]
        weight = (self.events.sum(axis=0) / self.n_tied)[place]

        def add(values: FloatArray) -> FloatArray:
            return np.bincount(place, weight * values, self.times.size).astype(np.float64)

        with np.errstate(divide="ignore", invalid="ignore"):
            once, twice = 1 / left, 1 / left**2
            return _Sums(
                add(np.log(left)),
                (add(once), add(share * once)),
                (add(twice), add(share * twice), add(share**2 * twice)),
            )
