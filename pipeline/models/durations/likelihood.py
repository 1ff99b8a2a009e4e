"""The likelihood of collapsed spells, right-censored and left-truncated.

A spell adds event x log h(duration) + log S(duration) - log S(entry) to the log likelihood (Klein
and Moeschberger, Survival Analysis, 2003, section 3.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from pipeline.models.durations.climb import Height
from pipeline.models.durations.family import BoolArray, Family
from pipeline.models.durations.jets import Jet
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray, IntArray

Sparse = Any  # scipy's sparse arrays, which have no types of their own
# Cells times parameters up to which a design held whole is faster than its entries alone.
_DENSE = 20_000


@dataclass(frozen=True)
class _Terms:
    """What spells of one cell share at one time, however they entered or ended."""

    cell: IntArray
    time: FloatArray
    weight: FloatArray

    @classmethod
    def gather(cls, cell: IntArray, time: FloatArray, weight: FloatArray) -> _Terms:
        """One term for each cell and time whose weights do not cancel."""
        times, place = np.unique(time, return_inverse=True)
        key, place = np.unique(cell * times.size + place, return_inverse=True)
        sums = np.bincount(place, weight, key.size).astype(np.float64)
        kept = np.flatnonzero(sums)
        return cls(key[kept] // times.size, times[key[kept] % times.size], sums[kept])


class Likelihood:
    """The log likelihood of spells as a function of the parameters.

    It is a sum of hazards at events and survivals at ends and entries, so that it takes one term
    for each cell and time; with late entry that is far fewer than there are kinds of spells.
    """

    def __init__(
        self, family: Family, spells: Spells, maps: tuple[Sparse, ...], is_known: BoolArray
    ) -> None:
        """Take the model and the spells of the cells that are known."""
        counted = spells.weight * is_known[spells.cell]
        late = spells.entry > 0
        cell, time = spells.cell, spells.duration
        self._family, self._n_cells = family, spells.n_cells
        is_small = maps[0].shape[0] * maps[0].shape[1] <= _DENSE
        self._maps = tuple(each.toarray() if is_small else each for each in maps)
        self._hazards = _Terms.gather(cell, time, counted * spells.event)
        self._survivals = _Terms.gather(
            np.concatenate([cell, cell[late]]),
            np.concatenate([time, spells.entry[late]]),
            np.concatenate([counted, -counted[late]]),
        )

    def localise(self, theta: FloatArray) -> FloatArray:
        """Cells x k."""
        return np.stack([each @ theta for each in self._maps], axis=1)

    def evaluate(self, theta: FloatArray) -> Height:
        """The likelihood at one point."""
        local = self.localise(theta)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            hazards = self._add_up(self._hazards, self._family.log_hazard, local)
            survivals = self._add_up(self._survivals, self._family.survive, local)
        cells = hazards + survivals
        slope = np.zeros(theta.size)
        information = np.zeros((theta.size, theta.size))
        for row, by_row in enumerate(self._maps):
            slope += by_row.T @ cells.gradient[:, row]
            for column, by_column in enumerate(self._maps):
                bend = cells.hessian[:, row, column]
                if isinstance(by_row, np.ndarray):
                    information -= by_row.T @ (bend[:, None] * by_column)
                else:
                    bent = sparse.diags_array(bend) @ by_column
                    information -= (by_row.T @ bent).toarray()
        return Height(float(cells.value.sum()), slope, information)

    def _add_up(
        self, terms: _Terms, function: Callable[[FloatArray, FloatArray], Jet], local: FloatArray
    ) -> Jet:
        """The weighted sums over the terms of each cell."""
        jet = function(terms.time, local[terms.cell])
        n_terms, k = jet.gradient.shape
        flat = np.concatenate(
            [jet.value[:, None], jet.gradient, jet.hessian.reshape(n_terms, k * k)], axis=1
        )
        member = sparse.csr_array(
            (terms.weight, (terms.cell, np.arange(n_terms))), shape=(self._n_cells, n_terms)
        )
        sums = member @ flat
        return Jet(sums[:, 0], sums[:, 1 : k + 1], sums[:, k + 1 :].reshape(-1, k, k))


def score_kinds(family: Family, spells: Spells, local: FloatArray) -> FloatArray:
    """Kinds x k derivatives of one spell's log likelihood; 0 where its cell has no parameters."""
    of_kind = local[spells.cell]
    late = np.where(spells.entry > 0, spells.entry, spells.duration)
    ended = family.log_hazard(spells.duration, of_kind).gradient * spells.event[:, None]
    left = family.survive(spells.duration, of_kind).gradient
    entered = family.survive(late, of_kind).gradient * (spells.entry > 0)[:, None]
    return np.nan_to_num(ended + left - entered)


def cumulate_hazard(family: Family, spells: Spells, local: FloatArray) -> FloatArray:
    """What one spell of each kind is expected to have of events, from its entry to its end.

    Over the fitted parameters these are the Cox-Snell residuals: censored draws of a standard
    exponential, if the model is right.

    Args:
        family: of the model.
        spells: whose kinds are looked at.
        local: kinds x k, the parameters of each kind's cell.
    """
    late = np.where(spells.entry > 0, spells.entry, spells.duration)
    entered = np.where(spells.entry > 0, family.survive(late, local).value, 0.0)
    return np.asarray(entered - family.survive(spells.duration, local).value)
