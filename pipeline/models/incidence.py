"""Cumulative incidence of competing events with late entry (Aalen and Johansen 1978)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.models.tally import FloatArray, IntArray, add_up


@dataclass(frozen=True)
class Spells:
    """Spells with competing events, one entry of each array per spell or kind of spell.

    Attributes:
        entry: weeks it had lasted when it came under observation; at risk from the week after.
        duration: weeks it had lasted when it ended or was censored; more than `entry`.
        cause: number of the event, from 0; -1 where censored.
        weight: how many spells there are of the kind.
    """

    entry: IntArray
    duration: IntArray
    cause: IntArray
    weight: IntArray


class Incidence:
    """The Aalen-Johansen estimate on spells in whole weeks.

    Events of a week come before what is censored in it, and who enters in a week is at risk from
    the next: ties need no order of their own, and nothing is jittered.

    Attributes:
        at_risk: spells followed in each week, from week 1.
        hazards: share of them with each event, causes by weeks; 0 where nobody is at risk.
        survival: share without any event after each week, from week 0.
        incidence: share that has had each event, causes by weeks, from week 0.
    """

    def __init__(self, spells: Spells, n_causes: int, n_weeks: int) -> None:
        """Takes spells of one group; `n_weeks` is how far to follow them."""
        self._spells = spells
        entry, duration = (np.minimum(w, n_weeks) for w in (spells.entry, spells.duration))
        entered, left = (add_up(w, spells.weight, n_weeks + 1) for w in (entry, duration))
        # In week t are those who entered before it and have not left before it.
        self.at_risk: FloatArray = (np.cumsum(entered) - np.cumsum(left) + left - entered)[1:]
        had_event = (spells.cause >= 0) & (spells.duration <= n_weeks)
        place = spells.cause[had_event] * (n_weeks + 1) + spells.duration[had_event]
        events = add_up(place, spells.weight[had_event], n_causes * (n_weeks + 1))
        self.events: FloatArray = events.reshape(n_causes, n_weeks + 1)[:, 1:]
        known = self.at_risk > 0
        self.hazards: FloatArray = np.divide(
            self.events, self.at_risk, out=np.zeros_like(self.events), where=known
        )
        self.survival: FloatArray = np.concatenate([[1.0], np.cumprod(1 - self.hazards.sum(0))])
        steps = self.survival[:-1] * self.hazards
        self.incidence: FloatArray = np.pad(steps.cumsum(axis=1), ((0, 0), (1, 0)))

    @cached_property
    def n_weeks_followed(self) -> int:
        """The weeks up to which somebody is at risk in each: beyond them nothing is known."""
        empty = np.flatnonzero(self.at_risk <= 0)
        return int(empty[0]) if empty.size else self.at_risk.size

    def influence(self, causes: IntArray, week: int) -> FloatArray:
        """What one spell of each kind adds to the error of the incidence of some causes.

        The derivative of the share that has had any of `causes` after `week` with respect to the
        weight of a spell: the infinitesimal jackknife. Summed by cluster and squared it gives
        the variance; with a cluster per spell, that of R's `survfit`.

        Returns:
            One value per kind of spell; weighted by their numbers they sum to zero.
        """
        hazards, at_risk = self.hazards[:, :week], self.at_risk[:week]
        counted = np.zeros((hazards.shape[0], 1))
        counted[causes] = 1.0
        later = _look_ahead(hazards, counted)
        # By the hazard of each event in each week, for one spell more among those at risk.
        slope = self.survival[:week] * (counted - later)
        slope = np.divide(slope, at_risk, out=np.zeros_like(slope), where=at_risk > 0)
        exposure = np.concatenate([[0.0], (slope * hazards).sum(0).cumsum()])
        spells = self._spells
        last, first = np.minimum(spells.duration, week), np.minimum(spells.entry, week)
        had_event = (spells.cause >= 0) & (spells.duration <= week)
        event = np.zeros(spells.cause.size)
        event[had_event] = slope[spells.cause[had_event], spells.duration[had_event] - 1]
        influence: FloatArray = event - (exposure[last] - exposure[first])
        return influence


def _look_ahead(hazards: FloatArray, counted: FloatArray) -> FloatArray:
    """The incidence that is still to come after each week, for one without an event so far."""
    chance = (hazards * counted).sum(0)
    staying = 1 - hazards.sum(0)
    later = np.zeros(chance.size)
    for week in range(chance.size - 1, 0, -1):
        later[week - 1] = chance[week] + staying[week] * later[week]
    return later
