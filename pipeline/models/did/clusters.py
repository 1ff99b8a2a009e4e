"""Cluster-robust inference on a regression: what can be said where many clusters are treated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.models.inference.clustered import ClusteredEffect
from pipeline.models.inference.result import Inference, Refusal
from pipeline.models.tally import IntArray

if TYPE_CHECKING:
    # linearmodels takes seconds to import, which inference from sums need not wait for.
    from pipeline.models.did.regression import Design, Regression

# An eigenvalue of P_g this near to 1: without the cluster the coefficient is lost.
_LOST = 1 - 1e-9
_ALONE = Refusal("without one of the clusters the effect is not identified")


def cluster_effect(
    design: Design, fit: Regression, clusters: IntArray, name: str
) -> ClusteredEffect:
    """Gather a coefficient by cluster.

    Args:
        design: what was fitted; unit effects must lie within clusters.
        fit: its fit.
        clusters: the cluster of each cell.
        name: of the coefficient.
    """
    numbers, inverse = np.unique(clusters, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(numbers.size))
    basis, residuals = fit.basis[order], fit.residuals[order]
    parts = zip(np.split(basis, starts[1:]), np.split(residuals, starts[1:]), strict=True)
    grams, scores = zip(*((q.T @ q, q.T @ e) for q, e in parts), strict=True)
    treated = np.bincount(inverse, weights=np.abs(design.regressors[name])) > 0
    return ClusteredEffect(
        fit.coefficient(name),
        fit.contrasts[fit.names.index(name)],
        np.stack(grams),
        np.stack(scores),
        int(treated.sum()),
    )


def infer_cr1(effect: ClusteredEffect) -> Inference | Refusal:
    """The sandwich; t with as many degrees of freedom as clusters less 1."""
    refusal = effect.refuse()
    if refusal is not None:
        return refusal
    return effect.infer_by_t(effect.std_error, effect.n_clusters - 1)


def infer_cr2(effect: ClusteredEffect) -> Inference | Refusal:
    """The bias-reduced sandwich with degrees of freedom by Satterthwaite.

    Residuals of a cluster are multiplied by (I - H_gg)^(-1/2). Working model: rows independent
    with equal variance, so that cells weighted by size equal their rows.

    Source: Bell and McCaffrey (2002); Imbens and Kolesár (2016), equations 9 to 11; without
    full rank as Pustejovsky and Tipton (2018), theorem 2.
    """
    refusal = effect.refuse()
    if refusal is not None:
        return refusal
    values, vectors = np.linalg.eigh(effect.grams)
    if bool((values > _LOST).any()):
        return _ALONE
    turned = np.einsum("gkr,k->gr", vectors, effect.contrast)
    adjusted = turned / np.sqrt(1 - values)
    influences = np.einsum("gr,gkr,gk->g", adjusted, vectors, effect.scores)
    std_error = float(np.square(influences).sum()) ** 0.5
    # Under the working model the adjusted influences have the covariance diag(own) - S S'.
    own = np.sum(adjusted**2 * values, axis=1)
    shared = np.einsum("gkr,gr->gk", vectors, adjusted * values)
    lengths = np.square(shared).sum(axis=1)
    squares = np.sum(own**2 - 2 * own * lengths) + np.square(shared.T @ shared).sum()
    return effect.infer_by_t(std_error, float(np.sum(own - lengths) ** 2 / squares))


def infer_cr3(effect: ClusteredEffect) -> Inference | Refusal:
    """The delete-one-cluster jackknife; t with as many degrees of freedom as treated less 1.

    Variance (G - 1) / G times the sum of squared distances of the estimates without a cluster
    from the estimate with all. With few treated among many clusters the treated decide how well
    the variance is known: G - 1 degrees of freedom reject too often.

    Source: MacKinnon, Nielsen and Webb (2023), equation 16.
    """
    refusal = effect.refuse()
    if refusal is not None:
        return refusal
    if bool((np.linalg.eigvalsh(effect.grams) > _LOST).any()):
        return _ALONE
    left = np.eye(effect.contrast.size) - effect.grams
    moves = np.linalg.solve(left, effect.scores[:, :, None])[:, :, 0] @ effect.contrast
    factor = (effect.n_clusters - 1) / effect.n_clusters
    std_error = float(np.square(moves).sum() * factor) ** 0.5
    return effect.infer_by_t(std_error, effect.n_treated - 1)
