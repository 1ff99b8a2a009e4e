"""Unit and week effects: the panel regression, on one cell per unit and week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.models.did.clusters import cluster_effect
from pipeline.models.did.regression import Design, Regression, fit_regression
from pipeline.models.inference import JOBCENTRE_CLUSTER, Inference, infer_effect
from pipeline.models.inference.clustered import ClusteredEffect
from pipeline.models.tally import IntArray

MODEL_NAME = "unit_week_effects"
_EFFECT = "effect"


@dataclass(frozen=True)
class UnitWeekFit:
    """An effect beside an effect of each unit and of each week.

    Attributes:
        design: what was fitted.
        regression: its fit.
        units: the number of each cell's unit.
    """

    design: Design
    regression: Regression
    units: IntArray

    @property
    def effect(self) -> float:
        """In the unit of the outcome."""
        return self.regression.coefficient(_EFFECT)

    def infer_sandwich(self) -> Inference | None:
        """The sandwich clustered on units, without gathering what other methods need."""
        sums = np.bincount(self.units, weights=self.regression.influences[:, 0])
        return infer_effect(self.effect, sums.astype(np.float64), JOBCENTRE_CLUSTER)

    def gather(self) -> ClusteredEffect:
        """What every cluster-robust method needs to know."""
        return cluster_effect(self.design, self.regression, self.units, _EFFECT)


def fit_unit_week_effects(cells: pl.DataFrame) -> UnitWeekFit:
    """Least squares on units and weeks.

    The effect is the coefficient of the regression on rows, and has the covariance of that
    regression clustered on units: within a unit and week all rows have the same regressors.

    Args:
        cells: `unit, week, numerator, denominator, is_exposed`, one row per unit and week: the
            outcome's mean is the ratio of the sums, the denominator its weight, and `is_exposed`
            whether the unit is treated in that week. Cells without a denominator are left out.

    Raises:
        ModelError: if the effect cannot be told from those of units and weeks.
    """
    cells = cells.filter(pl.col("denominator") > 0).sort("unit", "week")
    unit, week = (
        cells[name].rank("dense").cast(pl.Int64).to_numpy() - 1 for name in ("unit", "week")
    )
    weights = cells["denominator"].cast(pl.Float64).to_numpy()
    design = Design(
        outcome=cells["numerator"].cast(pl.Float64).to_numpy() / weights,
        weights=weights,
        regressors={_EFFECT: cells["is_exposed"].cast(pl.Float64).to_numpy()},
        nuisance=np.eye(int(week.max(initial=-1)) + 1)[week],
        absorbed=unit,
    )
    return UnitWeekFit(design, fit_regression(design), unit)
