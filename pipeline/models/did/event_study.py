"""Effects by time since the start, and what the time before says about parallel trends.

A group's mean in a block of time is a ratio of sums over its units, as in the tables; the effect
in a block is the treated group's change since the base block minus the other group's. That is the
regression on group and block, saturated, whose average over blocks is the tables' effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipeline.models.inference import CONFIDENCE, Refusal
from pipeline.models.tally import FloatArray

BoolArray = npt.NDArray[np.bool_]
N_DRAWS = 20_000
SEED = 20_180_305
# A unit that is all there is of its group in a block; the rest is rounding.
_ALONE = 1 - 1e-9


@dataclass(frozen=True)
class EventStudy:
    """Effects by block, in the unit of the outcome.

    Attributes:
        base: the place of the last block before the start, from which changes are counted.
        effects: of each block; 0 in the base.
        covariance: blocks × blocks, by the delete-one-unit jackknife.
        degrees_of_freedom: of its square root, treated units less 1.
    """

    base: int
    effects: FloatArray
    covariance: FloatArray
    degrees_of_freedom: int

    @property
    def std_errors(self) -> FloatArray:
        """Of each block's effect; 0 in the base."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def margin(self) -> float:
        """Standard errors to either side that make a block's own 95 % interval."""
        return float(stats.t.ppf((1 + CONFIDENCE) / 2, self.degrees_of_freedom))

    def simultaneous_margin(self, n_draws: int = N_DRAWS, seed: int = SEED) -> float:
        """Standard errors to either side that hold the whole path with 95 % probability.

        The 95 % point of the largest absolute t among the blocks, drawn from the multivariate t.

        Source: Montiel Olea and Plagborg-Møller (2019), algorithm 1, with t for normal.
        """
        draw = np.random.default_rng(seed)
        known = self.std_errors > 0
        errors = self.std_errors[known]
        correlation = self.covariance[np.ix_(known, known)] / np.outer(errors, errors)
        values, vectors = np.linalg.eigh(correlation)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        normal = draw.standard_normal((n_draws, errors.size)) @ root.T
        spread = np.sqrt(draw.chisquare(self.degrees_of_freedom, n_draws) / self.degrees_of_freedom)
        return float(np.quantile(np.abs(normal).max(axis=1) / spread, CONFIDENCE))


def fit_event_study(
    numerator: FloatArray, denominator: FloatArray, is_treated: BoolArray, base: int
) -> EventStudy | Refusal:
    """Effects by block of time, clustered on units.

    Args:
        numerator: units × blocks: of the mean, such as weeks with the outcome.
        denominator: units × blocks: of the mean, such as weeks.
        is_treated: of each unit.
        base: the place of the last block before the start.
    """
    n_treated, n_others = int(is_treated.sum()), int((~is_treated).sum())
    if min(n_treated, n_others) < 2:
        kind = "treated" if n_treated < 2 else "untreated"
        return Refusal(f"one {kind} cluster: cluster-robust variance is not identified")
    totals = np.stack([denominator[group].sum(axis=0) for group in (~is_treated, is_treated)])
    sums = np.stack([numerator[group].sum(axis=0) for group in (~is_treated, is_treated)])
    if not bool((totals > 0).all()):
        return Refusal("a block of time in which treated or untreated units have no mean")
    means, group = sums / totals, is_treated.astype(np.int64)
    leverage = denominator / totals[group]
    if bool((leverage > _ALONE).any()):
        return Refusal("one unit is all there is of its group in a block of time")
    moves = (numerator - means[group] * denominator) / (totals[group] * (1 - leverage))
    # Those of untreated units have the other sign, which squares and products of a unit lose.
    moves = moves - moves[:, [base]]
    effects = means[1] - means[0]
    n_units = is_treated.size
    return EventStudy(
        base,
        effects - effects[base],
        moves.T @ moves * (n_units - 1) / n_units,
        n_treated - 1,
    )


@dataclass(frozen=True)
class PreTrend:
    """Whether treated and untreated units moved alike before the start.

    Attributes:
        statistic: Hotelling's, as F.
        degrees_of_freedom: of the F.
        p_value: of the effects of all blocks before the base being 0.
        precision: of a straight trend of 1 a block, as the F's noncentrality.
        drift: what such a trend alone adds to the effect: the mean of the blocks after the start
            less the mean of those before.
    """

    statistic: float
    degrees_of_freedom: tuple[int, int]
    p_value: float
    precision: float
    drift: float

    def power(self, bias: float) -> float:
        """The probability to find, at 5 %, a straight trend that would move the effect by `bias`.

        Source: Roth (2022), American Economic Review: Insights 4(3), for the question.
        """
        critical = stats.f.ppf(CONFIDENCE, *self.degrees_of_freedom)
        noncentrality = self.precision * (bias / self.drift) ** 2
        return 1 - float(stats.ncf.cdf(critical, *self.degrees_of_freedom, noncentrality))

    def detectable_bias(self, power: float = 0.8) -> float:
        """The bias of the effect by a straight trend that is found with a given probability."""
        low, high = 0.0, abs(self.drift) / math.sqrt(self.precision)
        while self.power(high) < power:
            low, high = high, 2 * high
        while high - low > 1e-6 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self.power(middle) < power else (low, middle)
        return high


def check_pre_trend(study: EventStudy) -> PreTrend | Refusal:
    """Hotelling's test that all effects before the base are 0.

    With ν degrees of freedom behind the covariance and q blocks, (ν - q + 1) / (ν q) times the
    Wald statistic is F with q and ν - q + 1 degrees: the Wald test by itself rejects far too
    often where few clusters are treated.
    """
    n_blocks, degrees = study.base, study.degrees_of_freedom
    if n_blocks == 0:
        return Refusal("one block of time before the start: no trend can be seen")
    left = degrees - n_blocks + 1
    if left < 1:
        what = f"{n_blocks} blocks before the base and {degrees + 1} treated units"
        return Refusal(f"{what}: too few units to test so many blocks together")
    covariance = study.covariance[:n_blocks, :n_blocks]
    if np.linalg.matrix_rank(covariance, hermitian=True) < n_blocks:
        return Refusal("nothing varies between units before the start")
    blocks = np.arange(study.effects.size) - study.base
    trend = blocks[:n_blocks].astype(np.float64)
    effects = study.effects[:n_blocks]
    wald, precision = (float(x @ np.linalg.solve(covariance, x)) for x in (effects, trend))
    statistic = wald * left / (degrees * n_blocks)
    # The inverse of an estimated covariance is too large on average by this factor.
    excess = degrees / max(left - 2, 1)
    return PreTrend(
        statistic,
        (n_blocks, left),
        float(stats.f.sf(statistic, n_blocks, left)),
        precision / excess,
        find_drift(study.base, study.effects.size),
    )


def find_drift(base: int, n_blocks: int) -> float:
    """What a straight trend of 1 a block alone adds to the effect: mean after less mean before."""
    blocks = np.arange(n_blocks)
    return float(blocks[base + 1 :].mean() - blocks[: base + 1].mean())
