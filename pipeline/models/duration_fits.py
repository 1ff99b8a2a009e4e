"""Parametric durations of groups of job centres: each fitted by itself, all measured at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import polars as pl

from pipeline.models.contrast import RARE_END, Cell
from pipeline.models.durations.families import (
    EXPONENTIAL,
    GENERALISED_GAMMA,
    PIECEWISE_EXPONENTIAL,
    choose_family,
)
from pipeline.models.durations.family import Family
from pipeline.models.durations.jets import differentiate
from pipeline.models.durations.parametric import Fit, fit_family
from pipeline.models.durations.quantities import (
    Measure,
    mean,
    median,
    restricted_mean,
    survival,
)
from pipeline.models.durations.spells import Spells
from pipeline.models.spell_book import SpellBook, SpellGroup
from pipeline.models.tally import FloatArray
from pipeline.spec import name_survival

HORIZON = 52
MEAN, MEDIAN, RESTRICTED_MEAN = "mean", "median", f"rmst_{HORIZON}"
SUMMARIES: dict[str, Measure] = {
    MEAN: mean(),
    MEDIAN: median(),
    RESTRICTED_MEAN: restricted_mean(HORIZON),
}
NO_FINITE_MEAN = "the model has no finite mean; durations unknown"
# Families whose maximum is a ratio of sums.
_SOLVED = (EXPONENTIAL.name, PIECEWISE_EXPONENTIAL)
# With few events its likelihood is flat, and the climb endless.
_LEAST_EVENTS = {GENERALISED_GAMMA.name: 200}
# A group of job centres in a window.
Place = tuple[frozenset[str], str]
_Measured = dict[Place, tuple[float, FloatArray]]


class FamilyFits:
    """One family in one population and sampling, fitted to each group in each period.

    A group has a shape of its own, so that nobody's figures depend on who else is looked at.
    """

    def __init__(
        self,
        book: SpellBook,
        name: str,
        places: Iterable[Place],
        survival_weeks: Sequence[int] = (),
    ) -> None:
        """Fits the family to every place.

        Args:
            book: the spells.
            name: of the family.
            places: where it is asked for.
            survival_weeks: when the share that still waits is asked for.
        """
        self._book = book
        self._measures = list_summaries(survival_weeks)
        self._name = name
        self.fits: dict[Place, Fit | None] = {
            place: _fit(as_durations(book.group(*place)), name) for place in places
        }
        self._measured: dict[str, _Measured] = {}

    def fit_cell(self, summary: str, place: Place) -> Cell:
        """A summary of the durations at a place, in weeks or as a share."""
        measure = self._measures[summary]
        if summary not in self._measured:
            self._measured[summary] = _measure(self.fits, measure)
        group = self._book.group(*place)
        n_events = count_events(group)
        if place in self._measured[summary]:
            weeks, influence = self._measured[summary][place]
            if np.isfinite(weeks):
                return Cell(weeks, group.influences(influence), group.persons, n_events)
        lack, least = self._name_lack(place, n_events), None
        if self._name == EXPONENTIAL.name and n_events == 0:
            least = _bound_silent(group, measure)
        return Cell(None, {}, group.persons, n_events, lack, least)

    def _name_lack(self, place: Place, n_events: int) -> str:
        if n_events == 0:
            return "no measure start; durations unknown"
        if n_events < _LEAST_EVENTS.get(self._name, 1):
            return "too few measure starts for the model; durations unknown"
        if self.fits[place] is None:
            return "the model did not converge; durations unknown"
        return NO_FINITE_MEAN


def list_summaries(survival_weeks: Sequence[int]) -> dict[str, Measure]:
    """Every summary by name, with the share that waits longer than each of some weeks."""
    return SUMMARIES | {name_survival(weeks): survival(weeks) for weeks in survival_weeks}


def count_events(group: SpellGroup) -> int:
    """How many spells of a group ended with an event."""
    return int(group.spells.weight[group.spells.cause >= 0].sum())


def _bound_silent(group: SpellGroup, measure: Measure) -> float | None:
    """What weeks without any event leave likely: one case of 80 has them at a shorter duration.

    The weeks at risk are then an exponential's that were seen to pass, without a shape to tell.
    """
    spells = group.spells
    weeks = float(spells.weight @ (spells.duration - spells.entry))
    if weeks == 0:
        return None
    location = np.log(weeks) - np.log(-np.log(RARE_END))
    return float(measure(EXPONENTIAL, np.array([[location]]))[0])


def as_durations(group: SpellGroup) -> Spells:
    """The spells of a group as one cell of a duration model."""
    spells = group.spells
    weight = spells.weight.astype(np.float64)
    last = float(spells.duration.max()) if spells.duration.size else np.nan
    return Spells(
        pl.DataFrame({"cell": [0]}),
        np.array([group.kinds.size]),
        np.array([count_events(group)]),
        np.array([last]),
        np.zeros(weight.size, np.int64),
        spells.entry.astype(np.float64),
        spells.duration.astype(np.float64),
        (spells.cause >= 0).astype(np.float64),
        weight,
        group.kinds,
        np.ones(group.kinds.size),
    )


def _fit(spells: Spells, name: str) -> Fit | None:
    """The fit; lifelines would search for a start for a second."""
    if spells.n_events[0] < _LEAST_EVENTS.get(name, 1):
        return None
    family = choose_family(name, spells)
    start = choose_start(family, spells)
    # A step of the climb that goes too far is taken back.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return fit_family(spells, family, start=start)


def choose_start(family: Family, spells: Spells, shift: FloatArray | float = 0.0) -> FloatArray:
    """Parameters of a cell that holds all spells, under a constant hazard or one by piece.

    Args:
        family: what is fitted.
        spells: whose cells are taken for one.
        shift: of each kind by how much its location lies beyond that of the cell.
    """
    if family.name in _SOLVED:
        return _solve_pieces(family, spells, shift)
    pooled = _solve_pieces(EXPONENTIAL, spells, shift)
    return np.array([*pooled, 0.0, 1.0])[: len(family.parameters)]


def _solve_pieces(family: Family, spells: Spells, shift: FloatArray | float) -> FloatArray:
    """The maximum of hazards that are constant by piece: of each, weeks at risk over events.

    At parameters of 0 the slope of the survival by each of them is the time spent in its piece.
    """
    zero = np.zeros((spells.weight.size, len(family.parameters)))
    stayed = family.survive(spells.duration, zero).gradient
    late = spells.entry > 0
    missed = family.survive(np.where(late, spells.entry, 1.0), zero).gradient * late[:, None]
    events = -family.log_hazard(spells.duration, zero).gradient
    weeks = (spells.weight * np.exp(-shift)) @ (stayed - missed)
    n_events = (spells.weight * spells.event) @ events
    return np.asarray(np.log(weeks / n_events))


def _measure(fits: dict[Place, Fit | None], measure: Measure) -> _Measured:
    """Values, and the influence of one spell of each kind, wherever there is a fit.

    Fits of one family are measured together: restricted means are integrals, and dear.
    """
    families: dict[Family, list[tuple[Place, Fit]]] = {}
    for place, fit in fits.items():
        if fit is not None:
            families.setdefault(fit.family, []).append((place, fit))
    measured: _Measured = {}
    for family, members in families.items():
        local = np.concatenate([fit.local for _, fit in members])
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            values = measure(family, local)
            slopes = differentiate(partial(measure, family), local)
        for (place, fit), value, slope in zip(members, values, slopes, strict=True):
            by_theta = np.concatenate([each.toarray() for each in fit.maps])
            step = by_theta @ (fit.inverse @ (by_theta.T @ slope))
            measured[place] = float(value), np.asarray(fit.scores @ step)
    return measured
