"""How large an effect chance alone gives a unit: each method's opinion.

Each function returns the scale of the tested units and that of the comparison units, in the unit
of the effect. A method divides effects by its scale and asks for the rank of the tested unit's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.models.inference.placebos import Placebos
from pipeline.models.inference.result import (
    CONLEY_TABER,
    FERMAN_PINTO,
    PLACEBO_T,
    RANDOMIZATION,
    RANDOMIZATION_T,
)
from pipeline.models.tally import FloatArray

Scales = tuple[FloatArray, FloatArray]


def scale_equally(placebos: Placebos) -> Scales:
    """The standard deviation of the placebo effects, for every unit.

    Source: Conley and Taber (2011), Review of Economics and Statistics 93(1); with one treated
    unit the test is that of enumerated randomisation.
    """
    effects = placebos.placebo_effects
    spread = np.sqrt(_average((effects - _average(effects)[..., None]) ** 2, lost=1))
    return (
        np.broadcast_to(spread[..., None], placebos.effects.shape),
        np.broadcast_to(spread[..., None], effects.shape),
    )


def scale_by_persons(placebos: Placebos) -> Scales:
    """The root of `A + B (1/n_before + 1/n_during)`, from least squares on squared effects.

    Source: Ferman and Pinto (2019), Review of Economics and Statistics 101(3), section III.
    """
    fitted = _fit_variance(placebos.placebo_effects, placebos.placebo_person_variances)
    return _predict(fitted, placebos.person_variances, placebos.placebo_person_variances)


def scale_by_null_variance(placebos: Placebos) -> Scales:
    """The root of `tau^2 + phi s^2`, s^2 a unit's own sampling variance under the null.

    Both as `fit_spread` has them.
    """
    fitted = fit_spread(placebos.placebo_effects, placebos.placebo_variances)
    return _predict(fitted, placebos.variances, placebos.placebo_variances)


def fit_spread(effects: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`tau^2` and `phi` of units whose variance is `tau^2 + phi s^2`, from their effects.

    From least squares of the squared effects on 1 and s^2, neither negative, with every row
    multiplied by `1 / (s^2 + median s^2)`: job centres differ thirtyfold in size, and the small
    ones' squared effects would drown the others'.

    Args:
        effects: `(..., units)`; NaN is left out.
        variances: s^2, the same shape.
    """
    known = np.where(np.isfinite(effects), variances, np.nan)
    return _fit_variance(effects, known, 1 / (known + _find_median(known)[..., None]))


def scale_by_sampling(placebos: Placebos) -> Scales:
    """The root of `phi s^2`: sampling alone, with the mean of the standardised squares as phi."""
    factor = _average(placebos.placebo_effects**2 / placebos.placebo_variances)
    return _predict((np.zeros_like(factor), factor), placebos.variances, placebos.placebo_variances)


SCALES: dict[str, Callable[[Placebos], Scales]] = {
    CONLEY_TABER: scale_equally,
    FERMAN_PINTO: scale_by_persons,
    PLACEBO_T: scale_by_null_variance,
    RANDOMIZATION: scale_equally,
    RANDOMIZATION_T: scale_by_sampling,
}


def _fit_variance(
    effects: FloatArray, variances: FloatArray, weights: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Constant and slope, neither negative, of squared effects on variances; rows are weighted.

    With two regressors the constrained minimum is the free one where that is allowed, and else
    the better of the two with one regressor alone.
    """
    known = np.isfinite(effects) & np.isfinite(variances)
    weight = np.where(known, 1.0 if weights is None else weights, 0.0) ** 2
    # Weights and variances are brought near one: only proportions matter, and digits are kept.
    weight = weight / weight.max(-1, keepdims=True, initial=np.finfo(float).tiny)
    unit = np.where(known, variances, 0.0).max(-1, keepdims=True, initial=np.finfo(float).tiny)
    x, y = np.where(known, variances, 0.0) / unit, np.where(known, effects, 0.0) ** 2
    w, wx, wxx, wy, wxy = (
        (weight * term).sum(-1) for term in (np.ones_like(x), x, x * x, y, x * y)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Equal variances say nothing about the slope: all of the variance is the constant's.
        spread = np.where(w * wxx - wx**2 > 1e-12 * w * wxx, w * wxx - wx**2, np.nan)
        constant, slope = (wxx * wy - wx * wxy) / spread, (w * wxy - wx * wy) / spread
        is_free = (constant >= 0) & (slope >= 0)
        is_flat = (wy**2 / w >= wxy**2 / wxx) | np.isnan(spread)
        constant = np.where(is_free, constant, np.where(is_flat, wy / w, 0.0))
        slope = np.where(is_free, slope, np.where(is_flat, 0.0, wxy / wxx))
    return constant, slope / unit[..., 0]


def _predict(
    fitted: tuple[FloatArray, FloatArray], tested: FloatArray, comparison: FloatArray
) -> Scales:
    constant, slope = (part[..., None] for part in fitted)
    return np.sqrt(constant + slope * tested), np.sqrt(constant + slope * comparison)


def _average(values: FloatArray, lost: int = 0) -> FloatArray:
    """The mean of what is known along the last axis, with `lost` degrees of freedom."""
    known = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        average: FloatArray = np.where(known, values, 0.0).sum(-1) / (known.sum(-1) - lost)
    return average


def _find_median(values: FloatArray) -> FloatArray:
    """The median of what is known along the last axis; NaN where nothing is."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(values).sum(-1, keepdims=True)
    middle = [
        np.take_along_axis(ordered, np.maximum(place, 0), -1)[..., 0]
        for place in ((count - 1) // 2, count // 2)
    ]
    return (middle[0] + middle[1]) / 2
