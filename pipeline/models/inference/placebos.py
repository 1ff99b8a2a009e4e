"""The effect of each treated unit beside those that untreated units seem to have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.ratios import difference, divide
from pipeline.models.tally import FloatArray, IntArray


@dataclass(frozen=True)
class Placebos:
    """Effects of tested units and of comparison units, all measured the same way.

    An effect is the unit's own change minus the pooled change of the comparison units, without
    the unit itself. Leading axes are those of the panel; the last is `tested` or `comparison`.

    Attributes:
        effects: of the tested units; NaN where unknown.
        variances: sampling variance of the tested units' changes, up to a factor.
        person_variances: the same if only persons mattered.
        placebo_effects: of the comparison units; NaN where unknown.
        placebo_variances: sampling variance of theirs.
        placebo_person_variances: the same if only persons mattered.
        weights: of the comparison units in their pooled change; they sum to one.
        changes: of the comparison units.
    """

    effects: FloatArray
    variances: FloatArray
    person_variances: FloatArray
    placebo_effects: FloatArray
    placebo_variances: FloatArray
    placebo_person_variances: FloatArray
    weights: FloatArray
    changes: FloatArray

    @property
    def n_comparison(self) -> IntArray:
        """How many comparison units have a change, `(...)`."""
        count: IntArray = np.isfinite(self.changes).sum(-1)
        return count


def gather_placebos(panel: UnitPanel) -> Placebos:
    """Each treated unit by itself, and each comparison unit against the other ones.

    Args:
        panel: with the same treated units along every leading axis. Treated units are in nobody's
            comparison.
    """
    treated = panel.is_treated.reshape(-1, len(panel.units))[0]
    numerator, denominator = (
        sums[..., ~treated, :] for sums in (panel.numerator, panel.denominator)
    )
    totals = numerator.sum(-2, keepdims=True), denominator.sum(-2, keepdims=True)
    pooled = difference(divide(*totals))
    others = difference(divide(totals[0] - numerator, totals[1] - denominator))
    known = np.where(panel.is_known, panel.changes, np.nan)
    return Placebos(
        effects=known[..., treated] - pooled,
        variances=panel.variance[..., treated],
        person_variances=panel.person_variance[..., treated],
        placebo_effects=known[..., ~treated] - others,
        placebo_variances=panel.variance[..., ~treated],
        placebo_person_variances=panel.person_variance[..., ~treated],
        weights=divide(denominator, totals[1]).mean(-1),
        changes=known[..., ~treated],
    )
