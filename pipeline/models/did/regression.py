"""Weighted least squares on cells: the one fit behind every difference in differences here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
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
class Span:
    """The space that columns span.

    Attributes:
        columns: rows × columns; some may be made up of others.
        turn: columns × rank: the columns times this are orthonormal.
    """

    columns: FloatArray
    turn: FloatArray

    @property
    def basis(self) -> FloatArray:
        """Orthonormal columns, rows × rank."""
        return self.columns @ self.turn

    def take_out(self, others: FloatArray) -> FloatArray:
        """What is left of other columns beside these."""
        for _ in range(2):  # twice is enough: what is left is orthogonal to the last digit
            others = others - self.columns @ (self.turn @ (self.turn.T @ (self.columns.T @ others)))
        return others


@dataclass(frozen=True)
class Regression:
    """A fitted design. Rows are cells, multiplied by the root of their size.

    Attributes:
        names: of the coefficients that were asked for.
        coefficients: one for each name, in the unit of the outcome.
        residuals: of each cell.
        fitted: the mean of each cell by the model.
        nuisance: the span of the nuisance, unit effects taken out.
        regressors: the span of what is left of the regressors beside the nuisance.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    residuals: FloatArray
    fitted: FloatArray
    nuisance: Span
    regressors: Span

    @property
    def influences(self) -> FloatArray:
        """Cells × names: what a cell adds to the error of each coefficient."""
        return self.regressors.basis @ self.regressors.turn.T * self.residuals[:, None]

    @property
    def basis(self) -> FloatArray:
        """Cells × rank: orthonormal columns that span the design, unit effects taken out."""
        return np.column_stack([self.nuisance.basis, self.regressors.basis])

    @property
    def contrasts(self) -> FloatArray:
        """Names × rank: times the outcome's coordinates in the basis they give the coefficients."""
        turn = self.regressors.turn
        return np.column_stack([np.zeros((len(turn), self.nuisance.turn.shape[1])), turn])

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
    nuisance = _span(_transform(design, design.nuisance, root))
    outcome = _transform(design, design.outcome[:, None], root)
    regressors = _transform(design, np.column_stack([*design.regressors.values()]), root)
    lengths = np.linalg.norm(regressors, axis=0)
    outcome, regressors = nuisance.take_out(outcome), nuisance.take_out(regressors)
    own = _span(regressors, lengths)
    if own.turn.shape[1] < regressors.shape[1]:
        what = f"{', '.join(design.regressors)}: no variation beside the other columns"
        remedy = "give treated and untreated units, before and after"
        raise ModelError(Fault("difference in differences", what, remedy))
    # As frames: arrays would get an index of one Python number per row first.
    left = (pd.DataFrame(outcome), pd.DataFrame(regressors))
    coefficients = IV2SLS(*left, None, None).fit(cov_type="unadjusted").params
    residuals = (outcome - regressors @ coefficients.to_numpy()[:, None])[:, 0]
    return Regression(
        names=tuple(design.regressors),
        coefficients=coefficients.to_numpy(),
        residuals=residuals,
        fitted=design.outcome - residuals / root,
        nuisance=nuisance,
        regressors=own,
    )


def _transform(design: Design, columns: FloatArray, root: FloatArray) -> FloatArray:
    """Columns times the root of the weights, after their mean in each unit is taken out."""
    if design.absorbed is not None and columns.shape[1]:
        total = np.bincount(design.absorbed, weights=design.weights)
        for _ in range(2):  # the second round takes out what rounding left in the first
            sums = _sum_by(design.absorbed, columns * design.weights[:, None])
            columns = columns - (sums / total[:, None])[design.absorbed]
    return columns * root[:, None]


def _span(columns: FloatArray, lengths: FloatArray | None = None) -> Span:
    """The span of columns.

    Args:
        columns: rows × columns; those that others make up add nothing.
        lengths: against which a column counts as nothing; its own if None.
    """
    gram = columns.T @ columns
    lengths = np.sqrt(np.diag(gram)) if lengths is None else lengths
    scale = np.where(lengths > 0, lengths, 1.0)
    values, vectors = np.linalg.eigh(gram / np.outer(scale, scale))
    kept = values > _ROUNDING * max(1.0, float(values.max(initial=0.0)))
    return Span(columns, vectors[:, kept] / np.sqrt(values[kept]) / scale[:, None])


def _sum_by(groups: IntArray, columns: FloatArray) -> FloatArray:
    """The sum of each column in each group; groups are numbered 0, 1, … without gaps."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(groups.max(initial=-1) + 1))
    sums: FloatArray = np.add.reduceat(columns[order], starts, axis=0)
    return sums
