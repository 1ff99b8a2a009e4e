"""Weeks by cell from a fitted model: mean, median, restricted mean, survival."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipeline.models.durations.family import Family
from pipeline.models.durations.jets import differentiate
from pipeline.models.durations.likelihood import Sparse, cumulate_hazard
from pipeline.models.durations.parametric import Fit
from pipeline.models.tally import FloatArray

# A 95 % interval leaves out one case in forty at either end.
_RARE = 1 / 40
# Logarithms of durations within which any location lies, halved until nothing is left.
_LOCATIONS, _HALVINGS = (-50.0, 50.0), 60
Measure = Callable[[Family, FloatArray], FloatArray]


@dataclass(frozen=True)
class Quantity:
    """One number per cell.

    Attributes:
        values: one per cell; NaN where unknown, or infinite in the model.
        gradients: cells x p derivatives by the fit's parameters, sparse; rows of unknown values
            are NaN or 0.
    """

    values: FloatArray
    gradients: Sparse

    def std_errors(self, covariance: FloatArray) -> FloatArray:
        """By the delta method, one per cell; NaN where the value is."""
        spread = self.gradients @ covariance
        variances = np.asarray(self.gradients.multiply(spread).sum(axis=1)).ravel()
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.where(variances > 0, variances, np.nan))
        return np.where(np.isfinite(self.values), errors, np.nan)


def measure_cells(fit: Fit, measure: Measure) -> Quantity:
    """A quantity of every cell with its gradient, numerically exact (fourth-order differences)."""
    local = fit.local[fit.is_known]
    values = np.full(fit.spells.n_cells, np.nan)
    slopes = np.zeros((fit.spells.n_cells, local.shape[1]))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        found = measure(fit.family, local)
        values[fit.is_known] = np.where(np.isfinite(found), found, np.nan)
        slopes[fit.is_known] = differentiate(lambda at: measure(fit.family, at), local)
    slopes[~np.isfinite(slopes).all(axis=1)] = np.nan
    gradients = sum(
        sparse.diags_array(slopes[:, number]) @ mapping for number, mapping in enumerate(fit.maps)
    )
    return Quantity(values, sparse.csr_array(gradients))


def mean() -> Measure:
    """The expected duration; unknown where it is infinite."""
    return lambda family, local: family.mean(local)


def median() -> Measure:
    """The duration that half of the spells outlast."""
    return lambda family, local: family.quantile(0.5, local)


def restricted_mean(horizon: float) -> Measure:
    """The mean of durations that are cut at a horizon."""
    return lambda family, local: family.restrict(horizon, local)


def survival(time: float) -> Measure:
    """The share that lasts longer than a time, 0 to 1."""

    def measure(family: Family, local: FloatArray) -> FloatArray:
        return np.exp(family.survive(np.full(local.shape[0], time), local).value)

    return measure


def bound_cells(fit: Fit, measure: Measure) -> FloatArray:
    """The lower end of a quantity's 95 % interval in each cell without an event.

    With the shape of the other cells, the location at which its spells would all have gone
    without an event in one case of forty; there is no upper end. NaN for a cell that has events,
    and in a fit where cells do not share a shape or locations depend on each other.
    """
    spells, family = fit.spells, fit.family
    bounds = np.full(spells.n_cells, np.nan)
    n_locations = fit.theta.size - len(family.parameters) + 1
    lacking = ~fit.is_known & (spells.n_spells > 0)
    if not fit.shares_shape or n_locations != fit.is_known.sum() or not lacking.any():
        return bounds
    shapes = fit.theta[n_locations:]
    low, high = (np.full(spells.n_cells, end) for end in _LOCATIONS)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            local = _place(family, middle, shapes)
            hazard = cumulate_hazard(family, spells, local[spells.cell])
            is_short = spells.sum_by_cell(spells.weight * hazard) > -np.log(_RARE)
            low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
        bounds[lacking] = measure(family, _place(family, low[lacking], shapes))
    return np.where(np.isfinite(bounds), bounds, np.nan)


def _place(family: Family, locations: FloatArray, shapes: FloatArray) -> FloatArray:
    """Cells x k: each cell's location with the shapes that all share."""
    shared = np.broadcast_to(shapes, (locations.size, shapes.size))
    others = shared + locations[:, None] if family.adds_shape else shared
    return np.concatenate([locations[:, None], others], axis=1)


def find_extrapolated_share(fit: Fit) -> FloatArray:
    """How much of each cell's mean lies beyond the last duration seen in it, 0 to 1.

    Past that point the mean is the model's opinion alone. NaN where the mean is unknown.
    """
    local = fit.local
    last = fit.spells.last
    shares = np.full(last.size, np.nan)
    known = fit.is_known
    whole = fit.family.mean(local[known])
    shares[known] = 1 - fit.family.restrict(last[known], local[known]) / whole
    return shares
