"""One unit among the others, with the chance that goes with each one's own level.

`placebo_t` gives every unit the sampling variance of the pooled mean. A unit whose weeks are twice
as long has eight times that variance at the same exposure, whatever the effect: an interval that
does not know is too short. Here a unit has the level that both of its periods fit best under the
effect that is tested, which says next to nothing of the change. The test looks at shares, and for
weeks at the rates of starts that they imply, for it is these that chance moves evenly; and shocks
are equal on the scale of log odds or log rates, so that they grow with the level (decision 0045).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pipeline.models.inference.laws import Law
from pipeline.models.inference.one_unit import FEWEST_UNITS, NO_SPREAD, standardise
from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.placebos import Placebos
from pipeline.models.inference.ranks import find_critical, rank_statistics
from pipeline.models.inference.ratios import difference, divide
from pipeline.models.inference.result import Ends, Inference, Refusal
from pipeline.models.inference.scales import fit_spread
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
        shift: what the comparison units' mean changed by, `(..., 1)`.
        statistics: of the comparison units, were there no effect, `(..., comparison)`.
        n_comparison: how many of them have a change, `(...)`.
    """

    effects: FloatArray
    shift: FloatArray
    statistics: FloatArray
    n_comparison: IntArray
    _tested: _Chance
    _comparison: _Chance

    @cached_property
    def own_statistics(self) -> FloatArray:
        """Of the tested units, were there no effect, `(..., tested)`."""
        return self._tested.standardise(self.shift)

    @cached_property
    def null_errors(self) -> FloatArray:
        """The standard error of each tested unit's effect were there none, `(..., tested)`."""
        return self._tested.find_error(self.shift)

    @property
    def critical(self) -> float:
        """The value above which a statistic is significant; of a panel without leading axes."""
        return float(find_critical(self.statistics))

    def rank(self) -> FloatArray:
        """The p-value of no effect on each tested unit, `(..., tested)`; NaN where unknown."""
        return rank_statistics(self.own_statistics, self.statistics)

    def standardise_drawn(self, members: IntArray, shift: FloatArray) -> FloatArray:
        """The statistics of drawn comparison units against others than all comparison units.

        Args:
            members: numbers of comparison units, of any shape.
            shift: what the mean of those they are held against changed by, of that shape or one
                that becomes it.
        """
        return self._comparison.take(members).standardise(shift)

    def bound(self, critical: float) -> list[Ends]:
        """Both ends of the intervals of a panel without leading axes; None where there is no end.

        An interval holds the effects around the estimate whose statistic is at most `critical`,
        each tested with the chance that it implies.
        """
        ends = (self._find_end(critical, side) for side in (-1.0, 1.0))
        return [_pair(*(float(end) for end in pair)) for pair in zip(*ends, strict=True)]

    def infer(self) -> list[Inference | Refusal]:
        """The inference about each tested unit of a panel without leading axes, in its order.

        The standard error is the one at the estimate.
        """
        count = int(self.n_comparison)
        if count < FEWEST_UNITS:
            few = f"{count} comparison units with both periods; at least {FEWEST_UNITS} are needed"
            return [Refusal(few)] * self.effects.size
        errors = self._tested.find_error(self.shift + self.effects)
        ends = self.bound(self.critical)
        figures = zip(errors, ends, self.rank(), strict=True)
        return [_state(float(error), pair, float(p_value)) for error, pair, p_value in figures]

    def _find_end(self, critical: float, side: float) -> FloatArray:
        """The nearest effect on one side of the estimates that is rejected; NaN without one."""
        if not np.isfinite(critical):
            return np.full_like(self.effects, np.nan)
        own = self.shift + self.effects
        step = side * critical * self._tested.find_error(own) / _STEPS_OF_MARGIN

        def is_rejected(distance: FloatArray) -> FloatArray:
            return np.asarray(self._tested.standardise(own + distance * step) > critical)

        reach = np.arange(1.0, _FURTHEST * _STEPS_OF_MARGIN + 1)
        rejected = is_rejected(reach[:, None])
        high = rejected.argmax(0) + 1.0
        low = high - 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            is_out = is_rejected(middle)
            low, high = np.where(is_out, low, middle), np.where(is_out, middle, high)
        return np.where(rejected.any(0), self.effects + low * step, np.nan)


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
    totals = others[0].sum(-2), others[1].sum(-2)
    pooled = law.rate(divide(totals[0].sum(-1), totals[1].sum(-1)))[..., None]
    unfitted = _Chance(others, law, pooled, (np.ones_like(pooled), np.zeros_like(pooled)))
    shifts = placebos.changes - placebos.placebo_effects
    shocks, sampling = unfitted.split(shifts)
    excess = unfitted.find_excess(shifts)
    fitted = fit_spread(excess / np.sqrt(shocks), divide(sampling, shocks))
    spread = fitted[0][..., None], fitted[1][..., None]
    comparison = _Chance(others, law, pooled, spread)
    return LevelTest(
        placebos.effects,
        difference(divide(*totals))[..., None],
        comparison.standardise(shifts),
        placebos.n_comparison,
        _Chance(own, law, pooled, spread),
        comparison,
    )


@dataclass(frozen=True)
class _Chance:
    """What chance does to some units, on the scale of the law's rates.

    Every method is asked for the changes of the units' means that are supposed, `(..., units)`.

    Attributes:
        sums: numerator, denominator and exposure, `(..., units, 2)` each.
        law: of the outcome.
        pooled: rate of all comparison units, `(..., 1)`.
        spread: variance of shocks and factor of the sampling variance, `(..., 1)` each; both are
            those of a unit at the pooled rate.
    """

    sums: tuple[FloatArray, ...]
    law: Law
    pooled: FloatArray
    spread: tuple[FloatArray, FloatArray]

    def take(self, members: IntArray) -> _Chance:
        """Some of the units, in any shape, of sums without leading axes."""
        return replace(self, sums=tuple(part[members] for part in self.sums))

    def fit(self, changes: FloatArray) -> FloatArray:
        """The means that both periods fit best, `(..., units, 2)`."""
        numerator, denominator, _ = self.sums
        before = self.law.fit(numerator, denominator, changes)
        return np.stack(np.broadcast_arrays(before, before + changes), axis=-1)

    def find_excess(self, changes: FloatArray) -> FloatArray:
        """By how much more the rate changed than is supposed."""
        observed = self.law.rate(divide(self.sums[0], self.sums[1]))
        return difference(observed - self.law.rate(self.fit(changes)))

    def split(self, changes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The variance by shocks and by sampling, as parts of the pooled's."""
        slopes = self._find_slopes(self.fit(changes))
        return (slopes**2).mean(-1), divide(slopes, self.sums[2]).sum(-1)

    def standardise(self, changes: FloatArray) -> FloatArray:
        """The excess, without its sign, in units of its standard deviation."""
        shocks, sampling = self.split(changes)
        scale = np.sqrt(self.spread[0] * shocks + self.spread[1] * sampling)
        return standardise(self.find_excess(changes), scale)

    def find_error(self, changes: FloatArray) -> FloatArray:
        """The standard error of the units' changes, in the unit of the mean."""
        means = self.fit(changes)
        slopes = self._find_slopes(means)
        shocks, factor = (part[..., None] for part in self.spread)
        variances = shocks * slopes**2 / 2 + factor * divide(slopes, self.sums[2])
        error: FloatArray = np.sqrt((self.law.stretch(means) ** 2 * variances).sum(-1))
        return error

    def _find_slopes(self, means: FloatArray) -> FloatArray:
        slopes = self.law.slope(self.law.rate(means))
        return np.maximum(divide(slopes, self.law.slope(self.pooled)[..., None]), _LEAST_SLOPE)


def _pair(low: float, high: float) -> Ends:
    return low if np.isfinite(low) else None, high if np.isfinite(high) else None


def _state(std_error: float, ends: Ends, p_value: float) -> Inference | Refusal:
    if not np.isfinite([std_error, p_value]).all():
        return Refusal(NO_SPREAD)
    return Inference(std_error, *ends, p_value)
