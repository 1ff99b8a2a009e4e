"""The wild cluster bootstrap of an effect, from sums by cluster alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.inference.clustered import ClusteredEffect
from pipeline.models.inference.pooled import NO_VARIATION
from pipeline.models.inference.result import CONFIDENCE, SEED, Inference, Refusal
from pipeline.models.tally import FloatArray

N_DRAWS = 999
# Webb's six points: with few clusters they give many more samples than two points do.
_WEBB = np.sqrt([0.5, 1.0, 1.5])
_ROUNDING = 1e-9
_DOUBLINGS, _HALVINGS = 12, 60


@dataclass(frozen=True)
class WildBootstrap:
    """The bootstrap t under any effect that is imposed, for many draws at once.

    Imposing an effect moves the residuals in a straight line. So a drawn effect is
    `effect[0] + gap * effect[1]` and its squared error
    `(square[0] + 2 gap * square[1] + gap^2 * square[2])`, where the gap is the estimate minus the
    imposed effect.

    Attributes:
        estimate: the effect.
        std_error: its standard error (CR1).
        effect: two arrays, one number per draw.
        square: three of them.
    """

    estimate: float
    std_error: float
    effect: tuple[FloatArray, FloatArray]
    square: tuple[FloatArray, FloatArray, FloatArray]

    def find_p_value(self, imposed: float) -> float:
        """The share of drawn t statistics that are as far from zero as the observed one."""
        gap = self.estimate - imposed
        squared = self.square[0] + 2 * gap * self.square[1] + gap**2 * self.square[2]
        drawn = np.abs(self.effect[0] + gap * self.effect[1])
        least = abs(gap) / self.std_error * np.sqrt(np.maximum(squared, 0.0))
        return float((drawn >= least * (1 - _ROUNDING)).mean())

    def find_end(self, direction: int) -> float | None:
        """The end of the 95 % interval below (-1) or above (+1) the estimate.

        Returns:
            None if no effect on that side is rejected.
        """
        inside, step = self.estimate, 2 * direction * self.std_error
        outside = inside + step
        for _ in range(_DOUBLINGS):
            if self.find_p_value(outside) <= 1 - CONFIDENCE:
                break
            inside, step = outside, 2 * step
            outside = inside + step
        else:
            return None
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if self.find_p_value(middle) <= 1 - CONFIDENCE:
                outside = middle
            else:
                inside = middle
        return inside


def bootstrap_wild(effect: ClusteredEffect) -> Inference | Refusal:
    """The wild cluster bootstrap-t with the null imposed and Webb's weights.

    The interval holds every effect that is not rejected at 5 %. The weights are drawn with a
    fixed seed: the same fit gives the same figures.

    Source: Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3); Webb
    (2023), Canadian Journal of Economics 56(3); by sums over clusters as Roodman, MacKinnon,
    Nielsen and Webb (2019), Stata Journal 19(1). For durations it is the bootstrap of the scores,
    Kline and Santos (2012), Journal of Econometric Methods 1(1).
    """
    refusal = effect.refuse()
    if refusal is not None:
        return refusal
    bootstrap = draw_bootstrap(effect, draw_weights(effect.n_clusters))
    if not bootstrap.std_error > _ROUNDING * max(1e-3, abs(bootstrap.estimate)):
        return Refusal(NO_VARIATION)
    ends = (bootstrap.find_end(-1), bootstrap.find_end(1))
    return Inference(bootstrap.std_error, *ends, bootstrap.find_p_value(0.0))


def draw_weights(n_clusters: int) -> FloatArray:
    """Webb's weights, one row per draw: six values of mean 0 and variance 1, equally likely."""
    values = [*-_WEBB, *_WEBB]
    return np.random.default_rng(SEED).choice(values, size=(N_DRAWS, n_clusters))


def draw_bootstrap(effect: ClusteredEffect, weights: FloatArray) -> WildBootstrap:
    """The draws of one fit.

    Imposing an effect moves the coordinates along the contrast, so the scores of the residuals
    then are those of the fit plus the gap times P_g c, over the squared length of c.

    Args:
        effect: by cluster.
        weights: draws × clusters.
    """
    gains = effect.grams @ effect.contrast
    shift = gains / float(effect.contrast @ effect.contrast)
    moves, spreads = [], []
    for scores in (effect.scores, shift):
        influences = scores @ effect.contrast
        moves.append(weights @ influences)
        spreads.append(weights * influences - (weights @ scores) @ gains.T)
    factor = effect.n_clusters / (effect.n_clusters - 1)
    pairs = ((0, 0), (0, 1), (1, 1))
    level, slope, bend = (factor * (spreads[i] * spreads[j]).sum(-1) for i, j in pairs)
    return WildBootstrap(
        effect.effect, effect.std_error, (moves[0], moves[1]), (level, slope, bend)
    )
