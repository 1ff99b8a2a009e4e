"""The way up to the maximum of a likelihood: Newton's, damped where it would overshoot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipeline.models.tally import FloatArray

_MOST_STEPS = 100
# Twice the likelihood still to gain: parameters are then within 1e-8 of their standard errors,
# and the last step, which is taken all the same, squares that.
_GAIN = 1e-16
_ROUNDING = 1e-13
# Parameters from which on it pays that most of them do not touch.
_MANY = 100


@dataclass(frozen=True)
class Height:
    """A log likelihood at one point, with its slope (p) and the information (p x p)."""

    log_likelihood: float
    slope: FloatArray
    information: FloatArray


def climb(evaluate: Callable[[FloatArray], Height], start: FloatArray) -> FloatArray | None:
    """The parameters at the maximum, or None if it is not reached."""
    theta, here, damping = start, evaluate(start), 0.0
    for _ in range(_MOST_STEPS):
        step = _step(here, damping)
        if step is None:
            damping = max(10 * damping, 1e-3)
            continue
        ahead = evaluate(theta + step)
        is_finite = np.isfinite(ahead.log_likelihood)
        if damping == 0 and here.slope @ step <= _GAIN:
            return _require_top(theta + step if is_finite else theta, here)
        least = here.log_likelihood - _ROUNDING * abs(here.log_likelihood)
        if is_finite and ahead.log_likelihood >= least:
            theta, here = theta + step, ahead
            damping = damping / 10 if damping > 1e-3 else 0.0
        else:
            damping = max(10 * damping, 1e-3)
    return None


def _step(here: Height, damping: float) -> FloatArray | None:
    """Newton's step, shortened where damped; None where it does not lead upwards."""
    damped = here.information + damping * np.diag(np.abs(np.diag(here.information)))
    if not np.isfinite(damped).all():
        return None
    try:
        if here.slope.size < _MANY:
            step = np.linalg.solve(damped, here.slope)
        else:
            # Cells touch by the shape alone: their information is all but diagonal.
            step = sparse.linalg.splu(sparse.csc_array(damped)).solve(here.slope)
    except (RuntimeError, np.linalg.LinAlgError):  # exactly singular
        return None
    return np.asarray(step) if here.slope @ step >= 0 else None


def _require_top(theta: FloatArray, here: Height) -> FloatArray | None:
    """The parameters, if the likelihood bends down from them on all sides."""
    try:
        np.linalg.cholesky(here.information)
    except np.linalg.LinAlgError:
        return None
    return theta
