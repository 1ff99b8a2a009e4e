"""Standard errors, intervals and p-values from clusters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import stats

from pipeline.models.inference.result import CONFIDENCE, PERSON_CLUSTER, Inference, state_interval
from pipeline.models.tally import FloatArray, Influence

# Residuals that are zero but for rounding must not pass for variation.
_ROUNDING = 1e-12


def sum_by_cluster(influences: Iterable[tuple[int, Influence]]) -> FloatArray:
    """The signed influence of each cluster on a contrast, one number per cluster.

    A cluster may be in several parts of the contrast (a person who moved, a job centre before
    and during); its influences are added before anything is squared.
    """
    parts = tuple(influences)
    clusters = np.concatenate([part.clusters for _, part in parts])
    values = np.concatenate([sign * part.values for sign, part in parts])
    sums = np.bincount(clusters, weights=values).astype(np.float64)
    return sums[np.bincount(clusters) > 0]


def infer_effect(effect: float, cluster_sums: FloatArray, method: str) -> Inference | None:
    """The sandwich standard error of an effect, its 95 % interval and two-sided p-value.

    The variance is the sum of the squared influences of the clusters times G / (G - 1), with G
    clusters: the small-sample factor of Liang and Zeger's estimator without a term for the
    number of rows, so that it is the same on person-weeks as on cells. `person_cluster` uses
    the normal distribution, `jobcentre_cluster` Student's t with G - 1 degrees of freedom.

    Returns:
        None where there are fewer than two clusters or nothing varies between them.
    """
    n_clusters = cluster_sums.size
    if n_clusters < 2:
        return None
    std_error = float(np.square(cluster_sums).sum() * n_clusters / (n_clusters - 1)) ** 0.5
    return infer_by_t(effect, std_error, None if method == PERSON_CLUSTER else n_clusters - 1)


def infer_by_t(
    effect: float, std_error: float, degrees_of_freedom: float | None
) -> Inference | None:
    """The 95 % interval and two-sided p-value of an effect with an estimated standard error.

    Args:
        effect: the estimate.
        std_error: in its unit.
        degrees_of_freedom: of Student's t; None for the normal distribution.

    Returns:
        None where the standard error is zero but for rounding.
    """
    if not std_error > _ROUNDING * max(1.0, abs(effect)):
        return None
    # Not frozen: to make a distribution takes longer than all else here.
    is_normal = degrees_of_freedom is None
    distribution, shape = (stats.norm, ()) if is_normal else (stats.t, (degrees_of_freedom,))
    margin = float(distribution.ppf((1 + CONFIDENCE) / 2, *shape)) * std_error
    p_value = 2 * float(distribution.sf(abs(effect) / std_error, *shape))
    return state_interval(effect, std_error, margin, p_value)
