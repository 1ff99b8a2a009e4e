"""Inference about one treated unit, from what untreated units do."""

from __future__ import annotations

import numpy as np
from scipy import stats

from pipeline.models.inference.placebos import Placebos
from pipeline.models.inference.ranks import find_critical, rank_statistics
from pipeline.models.inference.ratios import divide
from pipeline.models.inference.result import (
    CONFIDENCE,
    CONLEY_TABER,
    EXACT_T,
    FERMAN_PINTO,
    PLACEBO_T,
    RANDOMIZATION,
    RANDOMIZATION_T,
    Inference,
    Refusal,
    state_interval,
)
from pipeline.models.inference.scales import SCALES
from pipeline.models.tally import FloatArray

UNIT_METHODS = (PLACEBO_T, CONLEY_TABER, FERMAN_PINTO, RANDOMIZATION, RANDOMIZATION_T, EXACT_T)
FEWEST_UNITS = 3
NO_SPREAD = "no variation between the comparison units"
Figures = tuple[FloatArray, FloatArray, FloatArray]


def infer_units(placebos: Placebos, method: str) -> list[Inference | Refusal]:
    """The inference about each tested unit by one of `UNIT_METHODS`.

    Args:
        placebos: without leading axes.
        method: its name.

    Returns:
        One for each tested unit, in the panel's order. The interval holds every effect that the
        method does not reject at 5 %; its ends are None where it rejects none.
    """
    count = int(placebos.n_comparison)
    if count < FEWEST_UNITS:
        few = f"{count} comparison units with both periods; at least {FEWEST_UNITS} are needed"
        return [Refusal(few)] * placebos.effects.size
    figures = zip(placebos.effects, *assess_units(placebos, method), strict=True)
    return [_state(*(float(figure) for figure in row)) for row in figures]


def assess_units(placebos: Placebos, method: str) -> Figures:
    """Standard errors, margins of the interval and p-values, each `(..., tested)`."""
    if method == EXACT_T:
        return _test_exactly(placebos)
    tested, comparison = SCALES[method](placebos)
    placebo_statistics = standardise(placebos.placebo_effects, comparison)
    p_values = rank_statistics(standardise(placebos.effects, tested), placebo_statistics)
    with np.errstate(invalid="ignore"):  # no variation, and no critical value either
        return tested, find_critical(placebo_statistics)[..., None] * tested, p_values


def standardise(effects: FloatArray, scales: FloatArray) -> FloatArray:
    """Absolute effects in units of their scale; NaN where that is unknown or zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(scales > 0, np.abs(effects) / scales, np.nan)


def _test_exactly(placebos: Placebos) -> Figures:
    """Student's t with one degree less than comparison units: normal changes of equal variance.

    With equally weighted units it is the t statistic of the regression of unit changes on
    treatment. Where the comparison is pooled by weight, the variance of its weighted mean takes
    the place of that of the plain mean.

    Source: Lee and Wooldridge (2026), simple approaches to inference with difference-in-
    differences estimators with small cross-sectional sample sizes.
    """
    known = np.isfinite(placebos.changes)
    count = known.sum(-1)
    weights = np.where(known, placebos.weights, 0.0)
    weights = divide(weights, weights.sum(-1, keepdims=True))
    changes = np.where(known, placebos.changes, 0.0)
    centred = np.where(known, changes - divide(changes.sum(-1), count)[..., None], 0.0)
    variance = divide((centred**2).sum(-1), count - 1) * (1 + (weights**2).sum(-1))
    spread = np.broadcast_to(np.sqrt(variance)[..., None], placebos.effects.shape)
    # Not frozen: to make a distribution takes longer than all else here.
    degrees = count[..., None] - 1
    p_values = 2 * stats.t.sf(standardise(placebos.effects, spread), degrees)
    return spread, stats.t.ppf((1 + CONFIDENCE) / 2, degrees) * spread, p_values


def _state(effect: float, std_error: float, margin: float, p_value: float) -> Inference | Refusal:
    if not np.isfinite([effect, std_error, p_value]).all():
        return Refusal(NO_SPREAD)
    return state_interval(effect, std_error, margin, p_value)
