"""Figures of the Kaplan-Meier curve, which assume no shape."""

from __future__ import annotations

import numpy as np

from pipeline.models.contrast import Cell
from pipeline.models.duration_fits import HORIZON, MEDIAN, RESTRICTED_MEAN, Place, count_events
from pipeline.models.hazards import WeeklyHazards, slope_of_sum
from pipeline.models.incidence import Incidence
from pipeline.models.spell_book import SpellBook, SpellGroup
from pipeline.models.tally import NO_INFLUENCE

# Weeks to both sides of the median over which the density there is measured.
_NEARBY = 4


class KaplanMeier:
    """Curves of one population and sampling."""

    def __init__(self, book: SpellBook) -> None:
        """Takes the spells."""
        self._book = book

    def fit_cell(self, summary: str, place: Place) -> Cell:
        """A summary at a place, in weeks or as a share; None without one."""
        group = self._book.group(*place)
        if summary == MEDIAN:
            found, what = _fit_median(group), "half have no event while they are followed"
        elif summary == RESTRICTED_MEAN:
            gap = f"nobody has an event, or {_format_gap(HORIZON)}"
            found, what = _fit_restricted_mean(group), gap
        else:
            weeks = int(summary.rpartition("_")[2])
            found, what = _fit_survival(group, weeks), _format_gap(weeks)
        if found is not None:
            return found
        return Cell(None, {}, group.persons, count_events(group), f"{what}; durations unknown")


def _format_gap(weeks: int) -> str:
    return f"nobody is followed in some of the first {weeks} weeks"


def _fit_survival(group: SpellGroup, weeks: int) -> Cell | None:
    """The share left after some weeks; without an error where that is all or nobody."""
    fitted = Incidence(group.spells, 1, weeks)
    share = float(fitted.survival[-1])
    if fitted.n_weeks_followed < weeks and share > 0:
        return None
    influences = group.influences(-fitted.influence(np.array([0]), weeks))
    if share in (0.0, 1.0):
        influences = dict.fromkeys(influences, NO_INFLUENCE)
    return Cell(share, influences, group.persons, count_events(group))


def _fit_restricted_mean(group: SpellGroup) -> Cell | None:
    """The mean of weeks cut at the horizon; None where nobody has an event, or is followed so long.

    Without an event it would be the horizon, with no error to tell that from certainty.
    """
    if count_events(group) == 0:
        return None
    hazards = WeeklyHazards(group.spells, HORIZON)
    if not hazards.is_known:
        return None
    influences = group.influences(hazards.influence(slope_of_sum(hazards.values)))
    return Cell(hazards.restricted_mean, influences, group.persons, count_events(group))


def _fit_median(group: SpellGroup) -> Cell | None:
    """The first week after which no more than half are left.

    Its error is that of the share at that week over the density there, which is measured over the
    weeks nearby.
    """
    if not group.kinds.size:
        return None
    fitted = Incidence(group.spells, 1, int(group.spells.duration.max()))
    survival = fitted.survival[: fitted.n_weeks_followed + 1]
    reached = np.flatnonzero(survival <= 0.5)
    if not reached.size:
        return None
    week = int(reached[0])
    first, last = max(week - _NEARBY, 0), min(week + _NEARBY, survival.size - 1)
    density = (survival[first] - survival[last]) / (last - first)
    influence = -fitted.influence(np.array([0]), week) / density
    return Cell(float(week), group.influences(influence), group.persons, count_events(group))
