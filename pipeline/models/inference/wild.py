"""The wild cluster bootstrap of the pooled effect, from sums alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.pooled import ONE_CLUSTER, Scores, score_units
from pipeline.models.inference.result import CONFIDENCE, Inference, Refusal
from pipeline.models.tally import FloatArray

N_DRAWS = 999
SEED = 20180305
# Webb's six points: with few clusters they give many more samples than two points do.
_WEBB = np.sqrt([0.5, 1.0, 1.5])
_ROUNDING = 1e-9
_DOUBLINGS, _HALVINGS = 12, 60


@dataclass(frozen=True)
class WildBootstrap:
    """The bootstrap t under any effect that is imposed, for many draws at once.

    Imposing an effect moves the four group means as little as their weights allow, and the
    residuals with them, in a straight line. So a drawn effect is `effect[0] + gap * effect[1]`
    and its squared error `(square[0] + 2 gap * square[1] + gap^2 * square[2])`, where the gap is
    the estimate minus the imposed effect.

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


def bootstrap_wild(panel: UnitPanel) -> Inference | Refusal:
    """Inference about the treated units together, with the null imposed and Webb's weights.

    The interval holds every effect that is not rejected at 5 %. The weights are drawn with a
    fixed seed: the same panel gives the same figures.

    Source: Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3); Webb
    (2023), Canadian Journal of Economics 56(3). For durations it is the bootstrap of the scores,
    Kline and Santos (2012), Journal of Econometric Methods 1(1).

    Args:
        panel: without leading axes.
    """
    scores = score_units(panel)
    if scores.n_treated <= 1:
        return Refusal(ONE_CLUSTER)
    bootstrap = draw_bootstrap(scores, panel.denominator)
    if not bootstrap.std_error > _ROUNDING * max(1e-3, abs(bootstrap.estimate)):
        return Refusal("no variation between the clusters")
    ends = (bootstrap.find_end(-1), bootstrap.find_end(1))
    return Inference(bootstrap.std_error, *ends, bootstrap.find_p_value(0.0))


def draw_bootstrap(scores: Scores, denominator: FloatArray) -> WildBootstrap:
    """The draws of one panel.

    Args:
        scores: of the panel, without leading axes.
        denominator: of the panel's units.
    """
    shape = (N_DRAWS, scores.residuals.shape[0])
    weights = np.random.default_rng(SEED).choice([*-_WEBB, *_WEBB], size=shape)
    inverse = 1 / scores.totals
    # A cell's part of the smallest change of the four means that takes the gap away.
    shift = scores.signs * inverse / _sum_cells(scores, inverse)
    parts = [
        _draw_influence(scores, denominator, weights[..., None] * residuals)
        for residuals in (scores.residuals, shift * denominator)
    ]
    (effect, influence), (moved, shifted) = parts
    n = scores.n_clusters
    factor = n / (n - 1)
    pairs = ((influence, influence), (influence, shifted), (shifted, shifted))
    error = np.sqrt((scores.spread(0.0) ** 2).sum() * factor)
    return WildBootstrap(
        estimate=float(scores.effect),
        std_error=float(error),
        effect=(effect, moved),
        square=tuple((left * right).sum(-1) * factor for left, right in pairs),
    )


def _draw_influence(
    scores: Scores, denominator: FloatArray, drawn: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The effect of drawn residuals, and the influence of each unit about the means they have."""
    treated = scores.signs[:, 1] > 0
    sums = [drawn[:, group].sum(1, keepdims=True) for group in (treated, ~treated)]
    means = np.where(treated[:, None], *sums) / scores.totals
    effect = (scores.signs * drawn / scores.totals).sum((-2, -1))
    influence = scores.signs * (drawn - means * denominator) / scores.totals
    return effect, influence.sum(-1)


def _sum_cells(scores: Scores, values: FloatArray) -> float:
    """The sum over the four cells of what is the same for all units of a cell."""
    treated = scores.signs[:, 1] > 0
    return float(values[treated][0].sum() + values[~treated][0].sum())
