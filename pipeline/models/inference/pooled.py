"""Inference about several treated units together, clustered on units, from sums alone.

A group's mean in a period is a ratio of sums. A unit's residual is its numerator minus the mean
times its denominator; its leverage is its part of the group's denominator. For a mean that is the
regression on unit group and period, on any rows that add up to the sums; for a duration, weeks at
risk over measure starts, it is the same regression of weeks per start weighted by starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.models.inference.clusters import infer_by_t
from pipeline.models.inference.panel import BoolArray, UnitPanel
from pipeline.models.inference.ratios import divide
from pipeline.models.inference.result import (
    CR2,
    CR3,
    JOBCENTRE_CLUSTER,
    Inference,
    Refusal,
)
from pipeline.models.tally import FloatArray

NO_VARIATION = "no variation between the clusters"
ONE_CLUSTER = "one treated cluster: cluster-robust variance is not identified"
ONE_UNTREATED = "one comparison cluster: cluster-robust variance is not identified"
_DURING = np.array([-1.0, 1.0])
# Residuals that are zero but for rounding must not pass for variation.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Scores:
    """What each unit adds to the pooled effect; leading axes are those of the panel.

    Attributes:
        effect: of the treated units pooled, `(...)`.
        residuals: numerator minus the group's mean times the denominator, `(..., units, 2)`.
        totals: the denominator of the unit's group, `(..., units, 2)`.
        leverage: the unit's part of it.
        signs: of each cell in the effect.
        n_clusters: units that have any rows.
        n_treated: those of them that are treated.
    """

    effect: FloatArray
    residuals: FloatArray
    totals: FloatArray
    leverage: FloatArray
    signs: FloatArray
    n_clusters: FloatArray
    n_treated: FloatArray

    def spread(self, power: float) -> FloatArray:
        """The influence of each unit, residuals divided by (1 - leverage) to a power."""
        adjusted = divide(self.residuals, self.totals * (1 - self.leverage) ** power)
        influence: FloatArray = (self.signs * adjusted).sum(-1)
        return influence

    @cached_property
    def is_identified(self) -> BoolArray:
        """Whether no unit is all there is of its group in a period."""
        enough: BoolArray = (self.leverage < 1 - _ROUNDING).all((-2, -1)) & (self.n_treated > 1)
        return enough


def score_units(panel: UnitPanel) -> Scores:
    """The scores of the pooled effect by unit."""
    treated = panel.is_treated[..., None]
    sums = [panel.pool(group) for group in (panel.is_treated, ~panel.is_treated)]
    means = [divide(*pair)[..., None, :] for pair in sums]
    totals = np.where(treated, sums[0][1][..., None, :], sums[1][1][..., None, :])
    has_rows = ((panel.denominator > 0) | (panel.numerator > 0)).any(-1)
    return Scores(
        effect=panel.effect,
        residuals=panel.numerator - np.where(treated, *means) * panel.denominator,
        totals=totals,
        leverage=divide(panel.denominator, totals),
        signs=np.where(treated, 1.0, -1.0) * _DURING,
        n_clusters=has_rows.sum(-1),
        n_treated=(has_rows & panel.is_treated).sum(-1),
    )


def assess_pooled(scores: Scores, method: str) -> tuple[FloatArray, FloatArray]:
    """The standard error by `jobcentre_cluster`, `cr2` or `cr3`, and its degrees of freedom.

    `jobcentre_cluster` (CR1): the sum of squared influences times G / (G - 1) for G units; t with
    G - 1 degrees. `cr2`: residuals over the root of one minus leverage, which makes the variance
    unbiased where nothing is clustered; t with the degrees that match its first two moments then
    (Bell and McCaffrey 2002; Imbens and Kolesar 2016). `cr3`: each unit is left out in turn; the
    squared changes of the effect times (G - 1) / G; t with one degree less than treated units.
    """
    n = scores.n_clusters
    if method == CR2:
        return np.sqrt((scores.spread(0.5) ** 2).sum(-1)), _match_degrees(scores)
    if method == CR3:
        variance = (scores.spread(1.0) ** 2).sum(-1) * (n - 1) / n
        return np.sqrt(variance), scores.n_treated - 1
    return np.sqrt((scores.spread(0.0) ** 2).sum(-1) * n / (n - 1)), n - 1


def infer_pooled(panel: UnitPanel, method: str) -> Inference | Refusal:
    """The inference about the treated units together by a method clustered on units.

    Args:
        panel: without leading axes.
        method: `jobcentre_cluster`, `cr2` or `cr3`.
    """
    scores = score_units(panel)
    if scores.n_treated <= 1:
        return Refusal(ONE_CLUSTER)
    if scores.n_clusters - scores.n_treated <= 1:
        return Refusal(ONE_UNTREATED)
    if method != JOBCENTRE_CLUSTER and not scores.is_identified:
        return Refusal("one cluster is all there is of its group in a period")
    effect = float(scores.effect)
    std_error, degrees = (float(part) for part in assess_pooled(scores, method))
    return infer_by_t(effect, std_error, degrees) or Refusal(NO_VARIATION)


def _match_degrees(scores: Scores) -> FloatArray:
    """Satterthwaite degrees of freedom of CR2 where rows are independent and of equal variance.

    The variance is a sum of squares of `a_g' e` over clusters g; with residuals `e = (I - H) u`
    the products `a_g' (I - H) a_h` are its matrix Q, and the degrees `trace(Q)^2 / sum(Q^2)`.
    """
    own = divide(scores.leverage, scores.totals).sum(-1)
    part = divide(scores.leverage, np.sqrt(scores.totals * (1 - scores.leverage)))
    group = scores.signs[..., 1] > 0
    squares = 0.0
    for members in (group, ~group):
        chosen = np.where(members[..., None], part, 0.0)
        # Off the diagonal Q is minus the sum over periods of part_g part_h; squared and added.
        cross = np.einsum("...gs,...gt->...st", chosen, chosen)
        squares = squares + (cross**2).sum((-2, -1)) - ((chosen**2).sum(-1) ** 2).sum(-1)
    degrees: FloatArray = own.sum(-1) ** 2 / (squares + (own**2).sum(-1))
    return degrees
