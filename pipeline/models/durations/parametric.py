"""Parametric duration models: the maximum of the likelihood of collapsed spells.

lifelines finds the pooled fit; from there Newton steps with exact derivatives climb to the
maximum over all cells, where lifelines' own optimiser would stop several digits earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipeline.models.durations.climb import climb
from pipeline.models.durations.family import BoolArray, Family
from pipeline.models.durations.likelihood import Likelihood, Sparse, score_kinds
from pipeline.models.durations.spells import Spells
from pipeline.models.durations.start import start_family
from pipeline.models.tally import FloatArray


@dataclass(frozen=True)
class Fit:
    """A fitted model, ready for quantities of its cells and scores of its clusters.

    Attributes:
        family: which one.
        spells: what it was fitted to.
        is_known: of each cell whether it has parameters; one without an event has none.
        theta: the p fitted parameters.
        maps: for each of the k parameters of a cell, cells x p: times theta it is that parameter.
        inverse: p x p inverse of the observed information.
        log_likelihood: at the maximum.
        scores: kinds x k derivatives of one spell's log likelihood by its cell's parameters.
        shares_shape: whether one shape is that of all cells.
    """

    family: Family
    spells: Spells
    is_known: BoolArray
    theta: FloatArray
    maps: tuple[Sparse, ...]
    inverse: FloatArray
    log_likelihood: float
    scores: FloatArray
    shares_shape: bool = True

    @property
    def local(self) -> FloatArray:
        """Cells x k parameters; NaN where unknown."""
        local = np.stack([each @ self.theta for each in self.maps], axis=1)
        local[~self.is_known] = np.nan
        return local

    @property
    def kind_scores(self) -> Sparse:
        """Kinds x p derivatives of one spell's log likelihood by the fitted parameters."""
        cell = self.spells.cell
        parts = [
            sparse.diags_array(self.scores[:, number]) @ mapping[cell]
            for number, mapping in enumerate(self.maps)
        ]
        return sparse.csr_array(sum(parts))

    @property
    def aic(self) -> float:
        """Akaike's criterion: twice the number of parameters minus twice the log likelihood."""
        return 2 * self.theta.size - 2 * self.log_likelihood


def fit_family(
    spells: Spells,
    family: Family,
    location: Sparse | None = None,
    start: FloatArray | None = None,
) -> Fit | None:
    """The fit with one shape for all cells.

    A cell without an event pulls its location to infinity, where its spells say nothing of the
    shape: it is left out and has no parameters.

    Args:
        spells: collapsed by cell.
        family: as `choose_family` gives it.
        location: cells x parameters, what a cell's location is the sum of; one parameter for
            each cell if None. Every column needs a cell of its own or differ from the others.
        start: k parameters of a cell to start from; lifelines' pooled fit if None.

    Returns:
        None if no cell has an event, or the likelihood has no maximum that can be found.
    """
    design = sparse.eye_array(spells.n_cells, format="csr") if location is None else location
    in_use, is_known = _find_estimable(spells, design)
    if not is_known.any():
        return None
    held = sparse.diags_array(is_known.astype(float)) @ sparse.csr_array(design)[:, in_use]
    maps = _build_maps(family, held, is_known)
    if start is None:
        start = start_family(family, spells)
    likelihood = Likelihood(family, spells, maps, is_known)
    reached = climb(likelihood.evaluate, _start_theta(family, start, held))
    if reached is None:
        return None
    local = likelihood.localise(reached)
    if not family.find_sound(local[is_known]).all():
        return None
    at = likelihood.evaluate(reached)
    return Fit(
        family,
        spells,
        is_known,
        reached,
        maps,
        np.asarray(np.linalg.inv(at.information)),
        at.log_likelihood,
        score_kinds(family, spells, np.where(is_known[:, None], local, np.nan)),
    )


def fit_family_by_cell(
    spells: Spells, family: Family, start: FloatArray | None = None
) -> Fit | None:
    """The fit with a shape of its own for each cell: as many fits as there are cells.

    A cell whose likelihood has no maximum has no parameters, as one without an event.

    Returns:
        None if no cell can be fitted.
    """
    if not spells.cell_events.any():
        return None
    if start is None:
        start = start_family(family, spells)
    alone = [fit_family(spells.pick(cell), family, start=start) for cell in range(spells.n_cells)]
    known = [cell for cell, fit in enumerate(alone) if fit is not None]
    fits = [fit for fit in alone if fit is not None]
    return _join(spells, family, fits, known) if fits else None


def _join(spells: Spells, family: Family, fits: Sequence[Fit], known: Sequence[int]) -> Fit:
    """Fits of single cells as one fit, whose parameters do not touch."""
    k, n_known = len(family.parameters), len(known)
    is_known = np.isin(np.arange(spells.n_cells), known)
    scores = np.zeros((spells.cell.size, k))
    scores[is_known[spells.cell]] = np.concatenate([fit.scores for fit in fits])
    theta = [np.array([(each @ fit.theta)[0] for each in fit.maps]) for fit in fits]
    # A cell's own parameters may be counted from its location; here each stands for itself.
    bases = [np.stack([each.toarray()[0] for each in fit.maps]) for fit in fits]
    inverse = np.zeros((k * n_known, k * n_known))
    for number, (fit, basis) in enumerate(zip(fits, bases, strict=True)):
        block = slice(k * number, k * (number + 1))
        inverse[block, block] = basis @ fit.inverse @ basis.T
    maps = tuple(
        sparse.csr_array(
            (np.ones(n_known), (known, k * np.arange(n_known) + number)),
            shape=(spells.n_cells, k * n_known),
        )
        for number in range(k)
    )
    log_likelihood = sum(fit.log_likelihood for fit in fits)
    joined = np.concatenate(theta)
    return Fit(
        family, spells, is_known, joined, maps, inverse, log_likelihood, scores, shares_shape=False
    )


def _find_estimable(spells: Spells, location: Sparse) -> tuple[BoolArray, BoolArray]:
    """Which location parameters have an event behind them, and which cells need no others."""
    in_use = np.asarray(abs(location).T @ spells.cell_events > 0)
    lacking = np.asarray(abs(location) @ (~in_use).astype(float) > 0)
    return in_use, ~lacking & (spells.sum_by_cell(spells.weight) > 0)


def _build_maps(family: Family, location: Sparse, is_known: BoolArray) -> tuple[Sparse, ...]:
    """Cells x p for each parameter of a cell: location first, then a column for each shape."""
    n_shapes = len(family.parameters) - 1
    shared = sparse.csr_array(is_known[:, None].astype(float))
    maps = [sparse.hstack([location, *[0 * shared] * n_shapes])]
    for number in range(n_shapes):
        columns = [shared if number == other else 0 * shared for other in range(n_shapes)]
        first = location if family.adds_shape else 0 * location
        maps.append(sparse.hstack([first, *columns]))
    return tuple(each.tocsr() for each in maps)


def _start_theta(family: Family, local: FloatArray, location: Sparse) -> FloatArray:
    """Every cell as near the pooled one as its location parameters allow."""
    wanted = np.where(location.sum(axis=1) != 0, local[0], 0.0)
    locations = np.linalg.lstsq(location.toarray(), wanted, rcond=None)[0]
    shapes = local[1:] - local[0] if family.adds_shape else local[1:]
    return np.concatenate([locations, shapes])
