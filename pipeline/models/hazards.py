"""Difference in differences on weekly hazards, told in restricted mean weeks.

Where hazards move in parallel, the shares still waiting at a week do not, because those who are
left differ. So what would have been without the programme is built up from hazards, week by week,
and only then turned into weeks (Deaner and Ku, "Causal duration analysis with diff-in-diff", 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.models.incidence import Incidence, Spells
from pipeline.models.tally import FloatArray, IntArray, add_up

Rule = Literal["ratio", "difference"]


class WeeklyHazards:
    """The hazard of an event in each week below a horizon, and the weeks it leads to.

    Attributes:
        incidence: the risk sets and events behind it.
        bands: the number of the band that each week is in; a hazard is that of its band.
        values: the hazard in each week, from week 1.
        restricted_mean: expected weeks without an event, counted up to the horizon.
    """

    def __init__(self, spells: Spells, horizon: int, bands: IntArray | None = None) -> None:
        """Takes spells with one cause; each week is a band of its own if no bands are given."""
        self.spells = spells
        # An event after the last week before the horizon changes nothing below the horizon.
        self.incidence = Incidence(spells, 1, horizon - 1)
        self.bands = np.arange(horizon - 1) if bands is None else bands
        self._at_risk = add_up(self.bands, self.incidence.at_risk)
        events = add_up(self.bands, self.incidence.events[0])
        by_band = np.divide(
            events, self._at_risk, out=np.zeros_like(events), where=self._at_risk > 0
        )
        self.values: FloatArray = by_band[self.bands]
        self.restricted_mean = sum_survival(self.values)

    @property
    def is_known(self) -> bool:
        """Whether somebody is followed in each week below the horizon."""
        return self.incidence.n_weeks_followed == self.values.size

    def influence(self, slope: FloatArray) -> FloatArray:
        """What one spell of each kind adds to the error of a figure with this slope in the hazards.

        Args:
            slope: derivative of the figure with respect to the hazard of each week.

        Returns:
            One value per kind of spell; weighted by their numbers they sum to zero.
        """
        by_band = add_up(self.bands, slope)
        per_spell = np.divide(
            by_band, self._at_risk, out=np.zeros_like(by_band), where=self._at_risk > 0
        )[self.bands]
        exposure = np.concatenate([[0.0], (per_spell * self.values).cumsum()])
        entry, duration = (
            np.minimum(weeks, self.values.size)
            for weeks in (self.spells.entry, self.spells.duration)
        )
        had_event = (self.spells.cause == 0) & (self.spells.duration <= self.values.size)
        event = np.zeros(duration.size)
        event[had_event] = per_spell[self.spells.duration[had_event] - 1]
        influence: FloatArray = event - (exposure[duration] - exposure[entry])
        return influence


@dataclass(frozen=True)
class ExpectedWeeks:
    """What a unit's restricted mean would have been without the programme.

    Attributes:
        weeks: expected weeks, counted up to the horizon.
        slopes: derivatives of `weeks` by the weekly hazards of the unit before, of the rest
            during, and of the rest before.
    """

    weeks: float
    slopes: tuple[FloatArray, FloatArray, FloatArray]


def sum_survival(hazards: FloatArray) -> float:
    """The restricted mean of a discrete duration: the sum of its survival from week 0 on."""
    return 1.0 + float(np.cumprod(1 - hazards).sum())


def slope_of_sum(hazards: FloatArray) -> FloatArray:
    """The derivative of `sum_survival` with respect to the hazard of each week."""
    survival = np.concatenate([[1.0], np.cumprod(1 - hazards)])
    # Weeks to come, the present one included, for one who is still waiting after it.
    ahead = np.ones(hazards.size)
    for week in range(hazards.size - 2, -1, -1):
        ahead[week] = 1 + (1 - hazards[week + 1]) * ahead[week + 1]
    slope: FloatArray = -survival[:-1] * ahead
    return slope


def band_weeks(rest_before: Incidence) -> IntArray | None:
    """Bands of weeks in each of which the rest has an event before; None if it has none at all.

    A week without one is taken together with the week before it, and those before the first
    event with the week of that: a hazard of 0 has no ratio to anything.
    """
    starts = np.cumsum(rest_before.events[0] > 0)
    return np.maximum(starts - 1, 0) if starts.size and starts[-1] > 0 else None


def expect_weeks(
    rule: Rule, before: WeeklyHazards, rest_during: WeeklyHazards, rest_before: WeeklyHazards
) -> ExpectedWeeks:
    """The unit's restricted mean if hazards had kept their ratio or their difference.

    `ratio`: in each week of a duration the unit's hazard over the rest's would have been during
    what it was before; `difference`: the one minus the other (Deaner and Ku 2024, section 3, with
    the two periods as cohorts). An expected hazard stays between 0 and 1.

    Args:
        rule: what is kept.
        before: the unit's hazards before.
        rest_during: the rest's hazards during, in the bands of `rest_before`.
        rest_before: the rest's hazards before, in bands that all have events.
    """
    if rule == "ratio":
        per_hazard = before.values / rest_before.values
        raw = per_hazard * rest_during.values
        by_hazards = rest_during.values / rest_before.values, per_hazard, -raw / rest_before.values
    else:
        raw = before.values + rest_during.values - rest_before.values
        by_hazards = np.ones(raw.size), np.ones(raw.size), -np.ones(raw.size)
    expected = np.clip(raw, 0, 1)
    outer = slope_of_sum(expected) * ((raw >= 0) & (raw <= 1))
    first, second, third = (outer * slope for slope in by_hazards)
    return ExpectedWeeks(sum_survival(expected), (first, second, third))
