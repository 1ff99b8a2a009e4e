"""Scores summed by cluster, and what follows from them: influence, covariance, a bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipeline.models.durations.parametric import Fit, Sparse
from pipeline.models.tally import FloatArray, Influence, IntArray

# Draws of the bootstrap at a time, so that memory does not grow with their number.
_BATCH = 50


@dataclass(frozen=True)
class ClusterScores:
    """The derivatives of the log likelihood, one row per cluster; they sum to zero.

    Attributes:
        clusters: the clusters' numbers, ascending, each once.
        matrix: clusters x p, sparse: a person is in few cells.
        inverse: p x p inverse of the information.
    """

    clusters: IntArray
    matrix: Sparse
    inverse: FloatArray

    def influence(self, gradient: FloatArray) -> Influence:
        """What each cluster adds to the error of a quantity with this gradient (p numbers)."""
        return Influence(self.clusters, np.asarray(self.matrix @ (self.inverse @ gradient)))

    def covariance(self) -> FloatArray:
        """The sandwich, p x p: inverse x sum of squared scores x inverse.

        It carries the factor G / (G - 1) of the house, with G clusters. R's survreg has none;
        divide by it to compare. NaN with fewer than two clusters.
        """
        n_clusters = self.clusters.size
        factor = n_clusters / (n_clusters - 1) if n_clusters > 1 else np.nan
        meat = (self.matrix.T @ self.matrix).toarray()
        return np.asarray(factor * self.inverse @ meat @ self.inverse)

    def draw(self, theta: FloatArray, n_draws: int, seed: int) -> FloatArray:
        """Parameters as if clusters had been drawn anew: one Newton step from the fitted ones.

        Each draw takes as many clusters as there are, with replacement. It is a check of the
        delta method that does not take a quantity for a straight line.

        Args:
            theta: the fitted parameters.
            n_draws: how many.
            seed: the same seed gives the same draws.

        Returns:
            n_draws x p.
        """
        random = np.random.default_rng(seed)
        n_clusters = self.clusters.size
        steps = []
        for first in range(0, n_draws, _BATCH):
            n_batch = min(_BATCH, n_draws - first)
            drawn = random.integers(n_clusters, size=(n_batch, n_clusters))
            counts = np.stack([np.bincount(each, minlength=n_clusters) for each in drawn])
            steps.append((self.matrix.T @ counts.T).T @ self.inverse)
        return np.asarray(theta + np.concatenate(steps))


def sum_scores(fit: Fit, clusters: IntArray) -> ClusterScores:
    """The scores of a fit by cluster.

    Args:
        fit: on spells that were collapsed from rows.
        clusters: of each of those rows, in their order, the number of its cluster.
    """
    spells = fit.spells
    rows = np.flatnonzero(spells.row_weight > 0)
    numbers, place = np.unique(clusters[rows], return_inverse=True)
    kind = spells.row_kind[rows]
    shape = (numbers.size, spells.n_cells)
    total = sparse.csr_array((numbers.size, fit.theta.size))
    for number, mapping in enumerate(fit.maps):
        values = spells.row_weight[rows] * fit.scores[kind, number]
        by_cell = sparse.coo_array((values, (place, spells.cell[kind])), shape=shape).tocsr()
        total = total + by_cell @ mapping
    return ClusterScores(numbers, total, fit.inverse)
