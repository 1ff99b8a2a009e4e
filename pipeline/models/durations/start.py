"""Where the search for a maximum begins: lifelines' fit of all spells as if they were one cell."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from lifelines import (
    ExponentialFitter,
    GeneralizedGammaFitter,
    LogLogisticFitter,
    LogNormalFitter,
    PiecewiseExponentialFitter,
    WeibullFitter,
)
from lifelines.exceptions import ConvergenceError, StatError

from pipeline.models.durations.family import Family
from pipeline.models.durations.pieces import Pieces
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray

# What lifelines raises where it cannot fit, scipy's own complaints included.
_FAILURES = (ConvergenceError, StatError, ValueError, ArithmeticError, np.linalg.LinAlgError)


def start_family(family: Family, spells: Spells) -> FloatArray:
    """The parameters of a cell that holds all spells, by lifelines.

    Where lifelines finds none they are those of the exponential: the likelihood is climbed from
    there all the same.

    Args:
        family: what is fitted.
        spells: with at least one event.

    Returns:
        k parameters, as the family counts them.
    """
    kinds = np.stack([spells.entry, spells.duration, spells.event])
    (entry, duration, event), inverse = np.unique(kinds, axis=1, return_inverse=True)
    weight = np.bincount(inverse.ravel(), spells.weight)
    if weight.size == 1:  # lifelines fails on one row; another that weighs nothing changes nothing
        entry, duration, event = np.repeat(kinds[:, :1], 2, axis=1)
        weight = np.append(weight, 0.0)
    # In units of the expected duration every family is near 1, where lifelines begins.
    expected = float(weight @ (duration - entry) / (weight @ event))
    fitter, translate = _FITTERS.get(family.name) or _fit_pieces(family, expected)
    rows = {"entry": entry / expected, "weights": weight, "timeline": [1.0]}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = translate(*fitter().fit(duration / expected, event, **rows).params_)
    except _FAILURES:
        found = (np.nan,)
    local = np.array(found if np.isfinite(found).all() else _list_exponential(family))
    # Every piece's hazard is per unit of time; of the other families only the location is.
    per_time = slice(None) if isinstance(family, Pieces) else slice(1)
    local[per_time] += np.log(expected)
    return local


def _list_exponential(family: Family) -> list[float]:
    is_gamma = family.parameters[-1] == "q"
    return [0.0] * (len(family.parameters) - is_gamma) + [1.0] * is_gamma


def _fit_pieces(family: Family, expected: float) -> tuple[Callable[[], Any], Callable[..., Any]]:
    breaks = np.array(family.breaks if isinstance(family, Pieces) else ()) / expected
    return lambda: PiecewiseExponentialFitter(breaks), lambda *means: np.log(means)


_FITTERS: dict[str, tuple[Callable[[], Any], Callable[..., Any]]] = {
    "exponential": (ExponentialFitter, lambda mean: (np.log(mean),)),
    "weibull": (WeibullFitter, lambda scale, power: (np.log(scale), -np.log(power))),
    "lognormal": (LogNormalFitter, lambda location, scale: (location, np.log(scale))),
    "loglogistic": (LogLogisticFitter, lambda scale, power: (np.log(scale), -np.log(power))),
    "generalised_gamma": (GeneralizedGammaFitter, lambda *as_they_are: as_they_are),
}
