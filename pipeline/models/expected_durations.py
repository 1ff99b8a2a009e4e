"""What duration models say of spells of which only the expected numbers are known."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.models.duration_fits import SUMMARIES, choose_start
from pipeline.models.durations.families import choose_family
from pipeline.models.durations.parametric import fit_family
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray

# What is expected of one person is expected of so many events: counts of some models are of whole
# spells.
_EVENTS = 1e6


def summarise_expected(
    model: str, summary: str, at_risk: FloatArray, events: FloatArray
) -> float | None:
    """The weeks that a model's estimates tend to as persons grow in number without end.

    These are the model's weeks under the parameters nearest to the truth (Kullback–Leibler; White
    1982), whether the model is right or not: the likelihood is linear in the numbers of spells, so
    it is that of their expectations.

    Args:
        model: one of `FAMILY_NAMES`.
        summary: one of `SUMMARIES`.
        at_risk: expected spells followed in each week of theirs, from the first on.
        events: of these, those that end with an event after that week.

    Returns:
        None without events, where the likelihood has no maximum, or the model no such weeks.
    """
    if events.sum() <= 0:
        return None
    spells = _take_for_spells(at_risk, events)
    family = choose_family(model, spells)
    # A step of the climb that goes too far is taken back.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        fit = fit_family(spells, family, start=choose_start(family, spells))
        if fit is None:
            return None
        weeks = float(SUMMARIES[summary](family, fit.local)[0])
    return weeks if np.isfinite(weeks) else None


def _take_for_spells(at_risk: FloatArray, events: FloatArray) -> Spells:
    """Expected numbers as spells followed from the start, ended and censored, by duration.

    Where some enter late, more may come in after a week than are censored: they count negatively,
    which leaves the likelihood what it is.
    """
    weight = np.concatenate([events, at_risk - np.append(at_risk[1:], 0.0) - events])
    weight *= _EVENTS / events.sum()
    duration = np.tile(np.arange(1.0, len(at_risk) + 1), 2)
    event = np.repeat([1.0, 0.0], len(at_risk))
    kinds = np.arange(weight.size)
    return Spells(
        pl.DataFrame({"cell": [0]}),
        np.array([kinds.size]),
        np.array([int(_EVENTS)]),
        duration[-1:],
        np.zeros_like(kinds),
        np.zeros_like(duration),
        duration,
        event,
        weight,
        kinds,
        np.ones(kinds.size),
    )
