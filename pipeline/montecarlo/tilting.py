"""Persons of one library, weighted so that each job centre has the means it should have."""

from __future__ import annotations

import numpy as np

from pipeline.models.tally import FloatArray

_MAX_STEPS = 60
_TOLERANCE = 1e-8
_RIDGE = 1e-9
# Far from the solution a step is cut short, and near it one curvature serves several.
_LONGEST_STEP, _STEPS_PER_CURVATURE = 0.25, 4


def tilt(library: FloatArray, means: FloatArray, start: FloatArray | None = None) -> FloatArray:
    """The coefficients under whose weights the library's means are those asked for.

    The weights of the rows x are proportional to `exp(x'b)`: of all weights with these means the
    ones nearest to equal (Kullback–Leibler). A tilted Poisson variable is Poisson again, so counts
    keep the variance that goes with their mean.

    Args:
        library: (rows, amounts).
        means: (units, amounts), the means asked for.
        start: coefficients to begin with.

    Returns:
        (units, amounts), by amounts as given; NaN for a unit whose means no weights give.
    """
    spread = library.std(axis=0)
    varies = spread > 0
    scale = np.where(varies, spread, 1.0)
    rows, aims = library / scale, means / scale
    found = np.zeros_like(aims) if start is None else start * scale
    inverse: FloatArray = np.empty(0)
    age = _STEPS_PER_CURVATURE
    for _ in range(_MAX_STEPS):
        weights = weigh(rows, found)
        reached = weights @ rows
        gap = np.where(varies, aims - reached, 0.0)
        if np.abs(gap).max() < _TOLERANCE:
            break
        if age == _STEPS_PER_CURVATURE:
            inverse = np.asarray(np.linalg.inv(_find_curvature(rows, weights, reached)), np.float64)
            age = 0
        step = (inverse @ gap[..., None])[..., 0]
        # Short of the quadratic region a whole step may overshoot; its length there is known.
        length = np.sqrt(np.maximum((gap * step).sum(axis=1), 0.0))
        is_far = length.max() > _LONGEST_STEP
        found = found + (step / (1.0 + length)[:, None] if is_far else step)
        age = _STEPS_PER_CURVATURE if is_far else age + 1
    gap = np.where(varies, aims - weigh(rows, found) @ rows, aims - reached)
    met = np.abs(gap).max(axis=1) < np.sqrt(_TOLERANCE)
    return np.where(met[:, None], found / scale, np.nan)


def _find_curvature(rows: FloatArray, weights: FloatArray, means: FloatArray) -> FloatArray:
    """The covariances of the rows in each unit, (units, amounts, amounts)."""
    size = rows.shape[1]
    one, other = np.triu_indices(size)
    curvature = np.empty((len(weights), size, size))
    columns = np.ascontiguousarray(rows.T)
    curvature[:, one, other] = weights @ (columns[one] * columns[other]).T
    curvature[:, other, one] = curvature[:, one, other]
    return curvature - means[:, :, None] * means[:, None, :] + _RIDGE * np.eye(size)


def weigh(rows: FloatArray, coefficients: FloatArray) -> FloatArray:
    """The weights of rows in each unit, (units, rows); each unit's sum to one."""
    heights = coefficients @ rows.T
    weights = np.exp(heights - heights.max(axis=1, keepdims=True))
    total: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return total
