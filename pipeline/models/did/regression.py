"""Weighted least squares on cells: the one fit behind every difference in differences here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from linearmodels.iv.model import IV2SLS

from pipeline.errors import Fault, ModelError
from pipeline.models.tally import FloatArray, IntArray

# Of a column's own length: what is left of it beside the others is rounding below this.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Design:
    """A regression of the means of cells.

    A cell holds all rows that share their regressors, so the fit on cells weighted by their
    sizes has the coefficients and the cluster-robust covariance of the fit on the rows.

    Attributes:
        outcome: mean of each cell.
        weights: size of each cell, above 0.
        regressors: those whose coefficients are asked for, by name.
        nuisance: cells × others: a constant, periods, covariates; they may be collinear.
        absorbed: the unit of each cell, 0, 1, …, whose effect is taken out; None for no unit
            effects.
    """

    outcome: FloatArray
    weights: FloatArray
    regressors: Mapping[str, FloatArray]
    nuisance: FloatArray
    absorbed: IntArray | None = None


@dataclass(frozen=True)
class Regression:
    """A fitted design. Rows are cells, multiplied by the root of their size.

    Attributes:
        names: of the coefficients that were asked for.
        coefficients: one for each name, in the unit of the outcome.
        basis: cells × rank: orthonormal columns that span the design, unit effects taken out.
        contrasts: names × rank: the coefficients are these times the outcome's coordinates in
            the basis.
        residuals: of each cell.
        influence: cells × names: what one unit of the outcome, in one row of the cell, adds to
            the coefficients.
        fitted: the mean of each cell by the model.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    basis: FloatArray
    contrasts: FloatArray
    residuals: FloatArray
    influence: FloatArray
    fitted: FloatArray

    def coefficient(self, name: str) -> float:
        """The coefficient of a regressor."""
        return float(self.coefficients[self.names.index(name)])


def fit_regression(design: Design) -> Regression:
    """Fit by least squares: nuisance is partialled out, linearmodels fits what is asked for.

    Source: Frisch and Waugh (1933), Lovell (1963): regressing residuals on residuals gives the
    coefficients and the residuals of the whole regression.

    Raises:
        ModelError: if the coefficients cannot be told from the nuisance or from each other.
    """
    root = np.sqrt(design.weights)
    wanted = np.column_stack(list(design.regressors.values()))
    nuisance_basis, _ = _orthonormalise(_transform(design, design.nuisance, root))
    outcome = _transform(design, design.outcome[:, None], root)
    regressors = _transform(design, wanted, root)
    lengths = np.linalg.norm(regressors, axis=0)
    outcome, regressors = (_take_out(part, nuisance_basis) for part in (outcome, regressors))
    own_basis, contrasts = _orthonormalise(regressors, lengths)
    if own_basis.shape[1] < wanted.shape[1]:
        what = f"{', '.join(design.regressors)}: no variation beside the other columns"
        remedy = "give treated and untreated units, before and after"
        raise ModelError(Fault("difference in differences", what, remedy))
    fit = IV2SLS(outcome, regressors, None, None).fit(cov_type="unadjusted")
    residuals = (outcome - regressors @ fit.params.to_numpy()[:, None])[:, 0]
    return Regression(
        names=tuple(design.regressors),
        coefficients=fit.params.to_numpy(),
        basis=np.column_stack([nuisance_basis, own_basis]),
        contrasts=np.column_stack(
            [np.zeros((wanted.shape[1], nuisance_basis.shape[1])), contrasts]
        ),
        residuals=residuals,
        influence=own_basis @ contrasts.T * root[:, None],
        fitted=design.outcome - residuals / root,
    )


def _transform(design: Design, columns: FloatArray, root: FloatArray) -> FloatArray:
    """Columns times the root of the weights, after their mean in each unit is taken out."""
    if design.absorbed is not None and columns.shape[1]:
        total = np.bincount(design.absorbed, weights=design.weights)
        for _ in range(2):  # the second round takes out what rounding left in the first
            sums = _sum_by(design.absorbed, columns * design.weights[:, None])
            columns = columns - (sums / total[:, None])[design.absorbed]
    return columns * root[:, None]


def _orthonormalise(
    columns: FloatArray, lengths: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """An orthonormal basis of columns, and the rows that turn coordinates into coefficients.

    Args:
        columns: rows × columns; those that others make up add nothing.
        lengths: against which a column counts as nothing; its own if None.
    """
    lengths = np.linalg.norm(columns, axis=0) if lengths is None else lengths
    scale = np.where(lengths > 0, lengths, 1.0)
    scaled = columns / scale
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = values > _ROUNDING * max(1.0, float(values.max(initial=0.0)))
    turn = vectors[:, kept] / np.sqrt(values[kept])
    return scaled @ turn, turn / scale[:, None]


def _take_out(columns: FloatArray, basis: FloatArray) -> FloatArray:
    for _ in range(2):  # twice is enough: what is left is orthogonal to the last digit
        columns = columns - basis @ (basis.T @ columns)
    return columns


def _sum_by(groups: IntArray, columns: FloatArray) -> FloatArray:
    return np.column_stack([np.bincount(groups, weights=column) for column in columns.T])
