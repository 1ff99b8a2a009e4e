"""One unit among the others, with the chance that goes with each one's own level.

`placebo_t` gives every unit the sampling variance of the pooled mean. A unit whose weeks are twice
as long has eight times that variance at the same exposure, whatever the effect: an interval that
does not know is too short. Here a unit has the level that both of its periods fit best under the
effect that is tested, which says next to nothing of the change; and shocks are equal on the scale
of log odds or log rates, so that they grow with the level as well (decision 0045).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.inference.laws import Law
from pipeline.models.inference.one_unit import FEWEST_UNITS, NO_SPREAD, standardise
from pipeline.models.inference.panel import UnitPanel, divide
from pipeline.models.inference.placebos import Placebos
from pipeline.models.inference.ranks import find_critical, rank_statistics
from pipeline.models.inference.result import Inference, Refusal
from pipeline.models.inference.scales import fit_spread
from pipeline.models.tally import FloatArray

# Where the level under an effect would be nothing or everything chance is not quite nothing.
_LEAST_SLOPE = 0.05
# An end is looked for this many margins of the estimate away, in steps of a part of one.
_FURTHEST = 20
_STEPS_OF_MARGIN = 16
_HALVINGS = 50


def rank_at_level(panel: UnitPanel, placebos: Placebos, law: Law) -> FloatArray:
    """The p-value of no effect on each tested unit, `(..., tested)`; NaN where unknown.

    Args:
        panel: any leading axes.
        placebos: of the panel.
        law: of the panel's outcome.
    """
    return _rank(placebos.effects, *_compare(panel, placebos, law))


def infer_at_level(panel: UnitPanel, placebos: Placebos, law: Law) -> list[Inference | Refusal]:
    """The inference about each tested unit, in the panel's order.

    The interval is that of the effects around the estimate which the method does not reject at
    5 %, each tested with the chance that it implies; an end that is not found is None. The standard
    error is the one at the estimate.

    Args:
        panel: without leading axes.
        placebos: of the panel.
        law: of the panel's outcome.
    """
    count = int(placebos.n_comparison)
    if count < FEWEST_UNITS:
        few = f"{count} comparison units with both periods; at least {FEWEST_UNITS} are needed"
        return [Refusal(few)] * placebos.effects.size
    tested, placebo_statistics = _compare(panel, placebos, law)
    p_values = _rank(placebos.effects, tested, placebo_statistics)
    errors = tested.scale(placebos.effects)
    critical = float(find_critical(placebo_statistics))
    ends = [_find_end(tested, placebos.effects, critical, side) for side in (-1.0, 1.0)]
    figures = zip(errors, *ends, p_values, strict=True)
    return [_state(*(float(figure) for figure in row)) for row in figures]


@dataclass(frozen=True)
class _Chance:
    """What chance does to some units.

    Attributes:
        sums: numerator, denominator and exposure, `(..., units, 2)` each.
        shift: what the others' mean changed by, `(..., units)`.
        pooled: mean of all comparison units, `(..., 1)`.
        law: of the outcome.
        fitted: variance of shocks and factor of the sampling variance, `(..., 1)` each; both are
            those of a unit at the pooled mean.
    """

    sums: tuple[FloatArray, ...]
    shift: FloatArray
    pooled: FloatArray
    law: Law
    fitted: tuple[FloatArray, FloatArray]

    def split(self, effects: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The variance by shocks and by sampling under some effects, as parts of the pooled's."""
        numerator, denominator, exposure = self.sums
        shift = self.shift + effects
        moved = numerator.sum(-1) - shift * denominator[..., 1]
        before = divide(moved, denominator.sum(-1))
        means = np.stack([before, before + shift], axis=-1)
        slopes = divide(self.law.slope(means), self.law.slope(self.pooled)[..., None])
        slopes = np.maximum(slopes, _LEAST_SLOPE)
        return (slopes**2).mean(-1), divide(slopes**self.law.power, exposure).sum(-1)

    def scale(self, effects: FloatArray) -> FloatArray:
        """The standard deviation of each unit's effect, were it this one."""
        shocks, sampling = self.split(effects)
        return np.sqrt(self.fitted[0] * shocks + self.fitted[1] * sampling)


def _compare(panel: UnitPanel, placebos: Placebos, law: Law) -> tuple[_Chance, FloatArray]:
    """The tested units' chance, and the statistics of the comparison units."""
    treated = panel.is_treated.reshape(-1, len(panel.units))[0]
    sums = panel.numerator, panel.denominator, panel.exposure
    own, others = (tuple(part[..., group, :] for part in sums) for group in (treated, ~treated))
    pooled = divide(others[0].sum((-2, -1)), others[1].sum((-2, -1)))[..., None]
    nothing = np.zeros_like(pooled)
    apart = placebos.changes - placebos.placebo_effects
    comparison = _Chance(others, apart, pooled, law, (nothing, nothing))
    shocks, sampling = comparison.split(np.zeros_like(apart))
    roots = np.sqrt(shocks)
    fitted = fit_spread(placebos.placebo_effects / roots, divide(sampling, shocks))
    shock, factor = (part[..., None] for part in fitted)
    scale = np.sqrt(shock * shocks + factor * sampling)
    shift = panel.changes[..., treated] - placebos.effects
    tested = _Chance(own, shift, pooled, law, (shock, factor))
    return tested, standardise(placebos.placebo_effects, scale)


def _rank(effects: FloatArray, tested: _Chance, placebo_statistics: FloatArray) -> FloatArray:
    statistics = standardise(effects, tested.scale(np.zeros_like(effects)))
    return rank_statistics(statistics, placebo_statistics)


def _find_end(tested: _Chance, effects: FloatArray, critical: float, side: float) -> FloatArray:
    """The nearest effect on one side of the estimates that is rejected; NaN without one."""
    if not np.isfinite(critical):
        return np.full_like(effects, np.nan)
    step = side * critical * tested.scale(effects) / _STEPS_OF_MARGIN

    def is_rejected(distance: FloatArray) -> FloatArray:
        away = distance * step
        return np.asarray(np.abs(away) > critical * tested.scale(effects + away))

    reach = np.arange(1.0, _FURTHEST * _STEPS_OF_MARGIN + 1)
    rejected = is_rejected(reach[:, None])
    high = rejected.argmax(0) + 1.0
    low = high - 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_out = is_rejected(middle)
        low, high = np.where(is_out, low, middle), np.where(is_out, middle, high)
    return np.where(rejected.any(0), effects + low * step, np.nan)


def _state(std_error: float, low: float, high: float, p_value: float) -> Inference | Refusal:
    if not np.isfinite([std_error, p_value]).all():
        return Refusal(NO_SPREAD)
    ci_low, ci_high = (end if np.isfinite(end) else None for end in (low, high))
    return Inference(std_error, ci_low, ci_high, p_value)
