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
from pipeline.models.inference.result import Ends, Inference, Refusal
from pipeline.models.inference.scales import Scales, fit_spread
from pipeline.models.tally import FloatArray, IntArray

# Where the level under an effect would be nothing or everything chance is not quite nothing.
_LEAST_SLOPE = 0.05
# An end is looked for this many margins of the estimate away, in steps of a part of one.
_FURTHEST = 20
_STEPS_OF_MARGIN = 16
_HALVINGS = 50


@dataclass(frozen=True)
class LevelTest:
    """Each tested unit among the comparison units, every one with the chance of its own level.

    Attributes:
        effects: of the tested units, `(..., tested)`; NaN where unknown.
        scales: standard deviation of each tested and each comparison unit's effect were there none.
        statistics: of the comparison units, `(..., comparison)`.
        n_comparison: how many of them have a change, `(...)`.
    """

    effects: FloatArray
    scales: Scales
    statistics: FloatArray
    n_comparison: IntArray
    _tested: _Chance

    def rank(self) -> FloatArray:
        """The p-value of no effect on each tested unit, `(..., tested)`; NaN where unknown."""
        return rank_statistics(standardise(self.effects, self.scales[0]), self.statistics)

    def bound(self, critical: float) -> list[Ends]:
        """Both ends of the intervals of a panel without leading axes; None where there is no end.

        An interval holds the effects around the estimate whose statistic is at most `critical`,
        each tested with the chance that it implies.
        """
        ends = (_find_end(self._tested, self.effects, critical, side) for side in (-1.0, 1.0))
        return [_pair(*(float(end) for end in pair)) for pair in zip(*ends, strict=True)]

    def infer(self) -> list[Inference | Refusal]:
        """The inference about each tested unit of a panel without leading axes, in its order.

        The standard error is the one at the estimate.
        """
        count = int(self.n_comparison)
        if count < FEWEST_UNITS:
            few = f"{count} comparison units with both periods; at least {FEWEST_UNITS} are needed"
            return [Refusal(few)] * self.effects.size
        errors = self._tested.scale(self.effects)
        ends = self.bound(float(find_critical(self.statistics)))
        figures = zip(errors, ends, self.rank(), strict=True)
        return [_state(float(error), pair, float(p_value)) for error, pair, p_value in figures]


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


def build_level_test(panel: UnitPanel, placebos: Placebos, law: Law) -> LevelTest:
    """What the test of each tested unit is made of.

    Args:
        panel: any leading axes.
        placebos: of the panel.
        law: of the panel's outcome.
    """
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
    return LevelTest(
        placebos.effects,
        (tested.scale(np.zeros_like(placebos.effects)), scale),
        standardise(placebos.placebo_effects, scale),
        placebos.n_comparison,
        tested,
    )


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


def _pair(low: float, high: float) -> Ends:
    return low if np.isfinite(low) else None, high if np.isfinite(high) else None


def _state(std_error: float, ends: Ends, p_value: float) -> Inference | Refusal:
    if not np.isfinite([std_error, p_value]).all():
        return Refusal(NO_SPREAD)
    return Inference(std_error, *ends, p_value)
