"""Fitted curves beside those that assume no shape: what to believe of a duration model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipeline.models.duration_fits import FamilyFits, Place
from pipeline.models.incidence import Incidence
from pipeline.models.spell_book import SpellBook

FIT_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "unit": pl.String,
    "period": pl.String,
    "model": pl.String,
    "week": pl.Int64,
    "at_risk": pl.Int64,
    "kaplan_meier": pl.Float64,
    "fitted": pl.Float64,
    "cumulative_hazard": pl.Float64,
    "cox_snell": pl.Float64,
}
_Row = dict[str, float | str | None]


def list_fit_rows(book: SpellBook, fits: FamilyFits, place: Place) -> Iterator[_Row]:
    """The weeks in which somebody is followed at a place, as the model and the data have them.

    `cox_snell` is the residual of a spell that ends in the week, minus the logarithm of the fitted
    share; `cumulative_hazard` is Nelson and Aalen's of these residuals, which are ordered as the
    weeks are. Where the model is right the residuals are exponential with mean one, and the two
    are equal (Cox and Snell 1968, Journal of the Royal Statistical Society B 30, 248-275).

    Args:
        book: the spells.
        fits: one family fitted to groups.
        place: the group and window.
    """
    fit, group = fits.fits[place], book.group(*place)
    if fit is None:
        return
    observed = Incidence(group.spells, 1, int(group.spells.duration.max()))
    weeks = np.arange(1, observed.n_weeks_followed + 1)
    local = np.repeat(fit.local[:1], weeks.size, axis=0)
    logarithm = fit.family.survive(weeks.astype(np.float64), local).value
    hazard = np.cumsum(observed.hazards[0, : weeks.size])
    columns = (observed.at_risk, observed.survival[1:], np.exp(logarithm), hazard, -logarithm)
    for row in zip(weeks, *(column[: weeks.size] for column in columns), strict=True):
        week, at_risk, *figures = (each.item() for each in row)
        yield dict(zip(tuple(FIT_SCHEMA)[5:], (week, int(at_risk), *figures), strict=True))
