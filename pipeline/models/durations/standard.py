"""Standard distributions of z = (log t - location) / scale, which a family shifts and stretches.

Sources: Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data (2002), section
2.2; the generalised gamma with a parameter that may be negative is Prentice, Biometrika (1974).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from pipeline.models.tally import FloatArray

# Second differences lose more digits to rounding than first ones, so their step is longer.
_STEP = 1e-3
_NORMAL_CONSTANT = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Slopes:
    """A function of z and q with its derivatives; those by q are None where there is no q."""

    value: FloatArray
    z: FloatArray
    zz: FloatArray
    q: FloatArray | None = None
    zq: FloatArray | None = None
    qq: FloatArray | None = None


@dataclass(frozen=True)
class Standard:
    """A standard distribution.

    Attributes:
        log_survival: the logarithm of the survival function at z (and q), without derivatives.
        survival: the same with them.
        hazard: the logarithm of the density over the survival function.
    """

    log_survival: Callable[[FloatArray, FloatArray], FloatArray]
    survival: Callable[[FloatArray, FloatArray], Slopes]
    hazard: Callable[[FloatArray, FloatArray], Slopes]


def _survive_extreme(z: FloatArray, _: FloatArray) -> Slopes:
    minus = -np.exp(z)
    return Slopes(minus, minus, minus)


def _hazard_extreme(z: FloatArray, _: FloatArray) -> Slopes:
    return Slopes(z, np.ones_like(z), np.zeros_like(z))


def _survive_normal(z: FloatArray, _: FloatArray) -> Slopes:
    log_survival = special.log_ndtr(-z)
    mills = np.exp(-0.5 * z**2 - _NORMAL_CONSTANT - log_survival)
    return Slopes(log_survival, -mills, -mills * (mills - z))


def _hazard_normal(z: FloatArray, q: FloatArray) -> Slopes:
    survival = _survive_normal(z, q)
    log_density = -0.5 * z**2 - _NORMAL_CONSTANT
    return Slopes(log_density - survival.value, -z - survival.z, -1 - survival.zz)


def _survive_logistic(z: FloatArray, _: FloatArray) -> Slopes:
    share = special.expit(z)
    return Slopes(special.log_expit(-z), -share, -share * (1 - share))


def _hazard_logistic(z: FloatArray, _: FloatArray) -> Slopes:
    share = special.expit(z)
    return Slopes(special.log_expit(z), 1 - share, -share * (1 - share))


def _survive_gamma(z: FloatArray, q: FloatArray) -> Slopes:
    return _slope_by_q(_log_gamma_survival, _slope_gamma_survival, z, q)


def _hazard_gamma(z: FloatArray, q: FloatArray) -> Slopes:
    return _slope_by_q(_log_gamma_hazard, _slope_gamma_hazard, z, q)


def _slope_by_q(
    value: Callable[[FloatArray, FloatArray], FloatArray],
    slopes: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]],
    z: FloatArray,
    q: FloatArray,
) -> Slopes:
    """By z in closed form, by q in central differences of fourth order."""
    at = {number: value(z, q + number * _STEP) for number in (-2, -1, 0, 1, 2)}
    by_z = {number: slopes(z, q + number * _STEP)[0] for number in (-2, -1, 1, 2)}
    by_q, by_zq = (
        (8 * (side[1] - side[-1]) - (side[2] - side[-2])) / (12 * _STEP) for side in (at, by_z)
    )
    by_qq = (16 * (at[1] + at[-1]) - (at[2] + at[-2]) - 30 * at[0]) / (12 * _STEP**2)
    return Slopes(at[0], *slopes(z, q), by_q, by_zq, by_qq)


def _log_gamma_density(z: FloatArray, q: FloatArray) -> FloatArray:
    """Of Prentice's log-gamma at z: the extreme value one at q = 1, the normal one at q = 0."""
    scaled = q * z
    near_zero = np.abs(scaled) < 1e-3
    with np.errstate(divide="ignore", invalid="ignore"):
        far = (np.expm1(scaled) - scaled) / q**2
    series = z**2 * (0.5 + scaled * (1 / 6 + scaled * (1 / 24 + scaled / 120)))
    return np.asarray(-_NORMAL_CONSTANT - np.where(near_zero, series, far) - _stirling_error(q**2))


def _stirling_error(inverse: FloatArray) -> FloatArray:
    """How far log Gamma(a) is above Stirling's formula, at a = 1 / inverse; 0 at inverse = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a = 1 / inverse
        exact = special.gammaln(a) - (a - 0.5) * np.log(a) + a - _NORMAL_CONSTANT
    series = inverse / 12 * (1 - inverse**2 / 30 * (1 - 2 * inverse**2 / 7))
    return np.where(inverse < 1e-2, series, exact)


def _log_gamma_survival(z: FloatArray, q: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        a = 1 / q**2
        reached = a * np.exp(q * z)
        positive = np.log(special.gammaincc(a, reached))
        negative = np.log(special.gammainc(a, reached))
    tail = np.where(q > 0, positive, negative)
    return np.asarray(np.where(np.abs(q) < 1e-8, special.log_ndtr(-z), tail))


def _slope_gamma_survival(z: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    hazard = np.exp(_log_gamma_density(z, q) - _log_gamma_survival(z, q))
    return -hazard, -hazard * (hazard - _slope_factor(z, q))


def _log_gamma_hazard(z: FloatArray, q: FloatArray) -> FloatArray:
    return _log_gamma_density(z, q) - _log_gamma_survival(z, q)


def _slope_gamma_hazard(z: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    by_z, by_zz = _slope_gamma_survival(z, q)
    return -_slope_factor(z, q) - by_z, -np.exp(q * z) - by_zz


def _slope_factor(z: FloatArray, q: FloatArray) -> FloatArray:
    """Minus the slope of the log density: (exp(q z) - 1) / q, which is z at q = 0."""
    safe = np.where(np.abs(q) < 1e-8, 1.0, q)
    return np.where(np.abs(q) < 1e-8, z, np.expm1(q * z) / safe)


EXTREME_VALUE = Standard(lambda z, _: -np.exp(z), _survive_extreme, _hazard_extreme)
NORMAL = Standard(lambda z, _: special.log_ndtr(-z), _survive_normal, _hazard_normal)
LOGISTIC = Standard(lambda z, _: special.log_expit(-z), _survive_logistic, _hazard_logistic)
LOG_GAMMA = Standard(_log_gamma_survival, _survive_gamma, _hazard_gamma)
