"""Families whose logarithm is a standard distribution, shifted and stretched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from pipeline.models.durations.family import BoolArray
from pipeline.models.durations.jets import Jet
from pipeline.models.durations.standard import Slopes, Standard
from pipeline.models.tally import FloatArray

# Scales beyond these belong to spells that all end at once, or to no spells.
_NARROWEST, _WIDEST = 1e-3, 1e3
# Below this z a standard distribution has survival 1 to the last digit.
_Z_START, _PANELS, _POINTS = -38.0, 200, 8


@dataclass(frozen=True)
class LocationScale:
    """log t = location + scale x z, with z of a standard distribution (and its q).

    Parameters of a cell are `location`, and where the family has them `log_scale` and `q`.
    """

    name: str
    parameters: tuple[str, ...]
    standard: Standard
    adds_shape: bool = False

    def survive(self, time: FloatArray, local: FloatArray) -> Jet:
        """See `Family`."""
        z, scale, q = self._standardise(np.log(time), local)
        return self._chain(self.standard.survival(z, q), z, scale)

    def log_hazard(self, time: FloatArray, local: FloatArray) -> Jet:
        """See `Family`."""
        log_time = np.log(time)
        z, scale, q = self._standardise(log_time, local)
        jet = self._chain(self.standard.hazard(z, q), z, scale)
        gradient = jet.gradient.copy()
        gradient[:, 1:2] -= 1
        return Jet(jet.value - np.log(scale) - log_time, gradient, jet.hessian)

    def mean(self, local: FloatArray) -> FloatArray:
        """See `Family`."""
        location, scale, q = _split(local)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            match self.name:
                case "lognormal":
                    factor = np.exp(scale**2 / 2)
                case "loglogistic":
                    factor = np.where(scale < 1, 1 / np.sinc(scale), np.nan)
                case "generalised_gamma":
                    factor = _mean_gamma(scale, q)
                case _:
                    factor = special.gamma(1 + scale)
            return np.asarray(np.exp(location) * factor)

    def quantile(self, share: float, local: FloatArray) -> FloatArray:
        """See `Family`."""
        location, scale, q = _split(local)
        match self.name:
            case "lognormal":
                z = np.full_like(scale, special.ndtri(share))
            case "loglogistic":
                z = np.full_like(scale, special.logit(share))
            case "generalised_gamma":
                z = _quantile_gamma(share, q)
            case _:
                z = np.full_like(scale, np.log(-np.log1p(-share)))
        return np.asarray(np.exp(location + scale * z))

    def restrict(self, horizon: float | FloatArray, local: FloatArray) -> FloatArray:
        """See `Family`; by Gauss and Legendre on panels of z, where every family is smooth."""
        location, scale, q = _split(local)
        end = (np.log(horizon) - location) / scale
        start = np.minimum(_Z_START, end)
        nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
        width = (end - start) / _PANELS
        area = np.exp(location + scale * start)
        for panel in range(_PANELS):
            middle = start + (panel + 0.5) * width
            z = middle[:, None] + 0.5 * width[:, None] * nodes
            survival = np.exp(self.standard.log_survival(z, np.broadcast_to(q[:, None], z.shape)))
            time = np.exp(location[:, None] + scale[:, None] * z)
            area = area + 0.5 * width * scale * (survival * time * weights).sum(axis=1)
        return np.asarray(area)

    def find_sound(self, local: FloatArray) -> BoolArray:
        """See `Family`."""
        scale = _split(local)[1]
        return np.asarray(np.isfinite(local).all(axis=1) & (scale > _NARROWEST) & (scale < _WIDEST))

    @staticmethod
    def _standardise(
        log_time: FloatArray, local: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        location, scale, q = _split(local)
        return (log_time - location) / scale, scale, q

    def _chain(self, slopes: Slopes, z: FloatArray, scale: FloatArray) -> Jet:
        """Derivatives by z turned into those by location and log scale, with q as it is."""
        n_parameters = len(self.parameters)
        by_location, by_scale = -1 / scale, -z
        gradient = [slopes.z * by_location, slopes.z * by_scale, slopes.q]
        hessian = np.empty((z.size, n_parameters, n_parameters))
        hessian[:, 0, 0] = slopes.zz * by_location**2
        if n_parameters > 1:
            hessian[:, 0, 1] = hessian[:, 1, 0] = (
                slopes.zz * by_location * by_scale + slopes.z / scale
            )
            hessian[:, 1, 1] = slopes.zz * by_scale**2 + slopes.z * z
        if slopes.zq is not None:
            hessian[:, 0, 2] = hessian[:, 2, 0] = slopes.zq * by_location
            hessian[:, 1, 2] = hessian[:, 2, 1] = slopes.zq * by_scale
            hessian[:, 2, 2] = slopes.qq
        parts = [part for part in gradient[:n_parameters] if part is not None]
        return Jet(slopes.value, np.stack(parts, axis=1), hessian)


def _split(local: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Location, scale (1 where the family has none) and q (1 likewise)."""
    n_parameters = local.shape[1]
    ones = np.ones(local.shape[0])
    with np.errstate(over="ignore"):
        scale = np.exp(local[:, 1]) if n_parameters > 1 else ones
    return local[:, 0], scale, local[:, 2] if n_parameters > 2 else ones


def _mean_gamma(scale: FloatArray, q: FloatArray) -> FloatArray:
    """The exponential of the log-gamma's cumulant at the scale; NaN where the tail is too heavy."""
    near_normal = np.abs(q) < 1e-4
    safe = np.where(near_normal, 1.0, q)
    a = 1 / safe**2
    raised = a + scale / safe
    log_mean = special.gammaln(raised) - special.gammaln(a) - np.log(a) * scale / safe
    finite = np.where(raised > 0, np.exp(log_mean), np.nan)
    return np.asarray(np.where(near_normal, np.exp(scale**2 / 2), finite))


def _quantile_gamma(share: float, q: FloatArray) -> FloatArray:
    near_normal = np.abs(q) < 1e-4
    safe = np.where(near_normal, 1.0, q)
    a = 1 / safe**2
    reached = np.where(q > 0, special.gammaincinv(a, share), special.gammainccinv(a, share))
    return np.asarray(np.where(near_normal, special.ndtri(share), np.log(reached / a) / safe))
