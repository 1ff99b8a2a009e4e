"""Scores summed by cluster, and what follows from them: influence, covariance, a bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse

from pipeline.models.durations.likelihood import Sparse
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray, Influence, IntArray

# Draws of the bootstrap at a time, so that memory does not grow with their number.
_BATCH = 50


class Scored(Protocol):
    """A fitted model that knows how much each kind of spell pulls at its parameters."""

    @property
    def spells(self) -> Spells:
        """What it was fitted to."""

    @property
    def kind_scores(self) -> Sparse:
        """Kinds x p derivatives of one spell's log likelihood."""

    @property
    def inverse(self) -> FloatArray:
        """The inverse of the information, p x p."""


@dataclass(frozen=True)
class ClusterScores:
    """The derivatives of the log likelihood by cluster; over all clusters they sum to zero.

    They are held as a product, since clusters are many and kinds of spells are few.

    Attributes:
        numbers: the clusters' numbers, ascending, each once.
        weights: clusters x kinds, sparse: the weight of a cluster's spells of each kind.
        kind_scores: kinds x p, of one spell of each kind.
        inverse: p x p inverse of the information.
    """

    numbers: IntArray
    weights: Sparse
    kind_scores: Sparse
    inverse: FloatArray

    def influence(self, gradient: FloatArray) -> Influence:
        """What each cluster adds to the error of a quantity with this gradient (p numbers)."""
        of_kinds = self.kind_scores @ (self.inverse @ gradient)
        return Influence(self.numbers, np.asarray(self.weights @ of_kinds))

    def covariance(self) -> FloatArray:
        """The sandwich, p x p: inverse x sum of squared scores x inverse.

        It carries the factor G / (G - 1) of the house, with G clusters. R's survreg has none;
        divide by it to compare. NaN with fewer than two clusters.
        """
        n_clusters = self.numbers.size
        factor = n_clusters / (n_clusters - 1) if n_clusters > 1 else np.nan
        if sparse.issparse(self.kind_scores):
            scores = self.weights @ self.kind_scores
            meat = (scores.T @ scores).toarray()
        else:  # As many numbers for each cluster as there are parameters would fill the memory.
            meat = self.kind_scores.T @ ((self.weights.T @ self.weights) @ self.kind_scores)
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
        n_clusters = self.numbers.size
        steps = []
        for first in range(0, n_draws, _BATCH):
            n_batch = min(_BATCH, n_draws - first)
            drawn = random.integers(n_clusters, size=(n_batch, n_clusters))
            counts = np.stack([np.bincount(each, minlength=n_clusters) for each in drawn])
            slopes = self.kind_scores.T @ (self.weights.T @ counts.T)
            steps.append(slopes.T @ self.inverse)
        return np.asarray(theta + np.concatenate(steps))


def sum_scores(fit: Scored, clusters: IntArray) -> ClusterScores:
    """The scores of a fit by cluster.

    Args:
        fit: on spells that were collapsed from rows.
        clusters: of each of those rows, in their order, the number of its cluster.
    """
    spells = fit.spells
    rows = np.flatnonzero(spells.row_weight > 0)
    numbers, place = np.unique(clusters[rows], return_inverse=True)
    entries = (spells.row_weight[rows], (place, spells.row_kind[rows]))
    weights = sparse.coo_array(entries, (numbers.size, spells.cell.size)).tocsr()
    return ClusterScores(numbers, weights, fit.kind_scores, fit.inverse)
