"""An effect by cluster: what every cluster-robust method needs to know of a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.models.inference.clusters import infer_by_t
from pipeline.models.inference.pooled import (
    NO_VARIATION,
    ONE_CLUSTER,
    ONE_UNTREATED,
    Scores,
)
from pipeline.models.inference.result import Inference, Refusal
from pipeline.models.tally import FloatArray


@dataclass(frozen=True)
class ClusteredEffect:
    """One coefficient of a least-squares fit, and what each cluster adds to it.

    All is in the coordinates of an orthonormal basis Q of the design, so that the coefficients
    are Q'y. Cells weighted by their sizes have the very P_g and r_g of the rows that they were
    collapsed from, so every method gives on cells what it gives on rows.

    Attributes:
        effect: the coefficient.
        contrast: rank: the coefficient is this times Q'y.
        grams: clusters × rank × rank: P_g = Q_g'Q_g.
        scores: clusters × rank: r_g = Q_g'e_g, of the residuals e.
        n_treated: clusters in which the regressor is not 0 throughout.
    """

    effect: float
    contrast: FloatArray
    grams: FloatArray
    scores: FloatArray
    n_treated: int

    @property
    def n_clusters(self) -> int:
        """Clusters, treated and untreated."""
        return len(self.scores)

    @property
    def influences(self) -> FloatArray:
        """What each cluster adds to the error of the coefficient; they sum to 0."""
        return self.scores @ self.contrast

    @property
    def std_error(self) -> float:
        """By the sandwich of Liang and Zeger (1986), variance times G / (G - 1)."""
        factor = self.n_clusters / (self.n_clusters - 1)
        return math.sqrt(np.square(self.influences).sum() * factor)

    def refuse(self) -> Refusal | None:
        """Why no cluster-robust variance is identified; None where there is one."""
        if self.n_treated < 2:
            return Refusal(ONE_CLUSTER)
        if self.n_clusters - self.n_treated < 2:
            return Refusal(ONE_UNTREATED)
        return None

    def infer_by_t(self, std_error: float, degrees_of_freedom: float) -> Inference | Refusal:
        """A 95 % interval and p-value by Student's t."""
        return infer_by_t(self.effect, std_error, degrees_of_freedom) or Refusal(NO_VARIATION)


def gather_units(scores: Scores) -> ClusteredEffect:
    """The pooled effect by unit, from sums: the four group means are the basis, each scaled.

    Args:
        scores: without leading axes.
    """
    is_treated = scores.signs[:, 1] > 0
    has_rows = ((scores.leverage > 0) | (scores.residuals != 0)).any(-1)
    places = np.where(is_treated[:, None], [0, 1], [2, 3])
    spread = np.eye(4)[places]
    contrasts = scores.signs / np.sqrt(scores.totals)
    contrast = np.zeros(4)
    contrast[places] = contrasts
    return ClusteredEffect(
        effect=float(scores.effect),
        contrast=contrast,
        grams=np.einsum("gp,gpk,gpl->gkl", scores.leverage, spread, spread)[has_rows],
        scores=np.einsum("gp,gpk->gk", scores.residuals / np.sqrt(scores.totals), spread)[has_rows],
        n_treated=int(scores.n_treated),
    )
