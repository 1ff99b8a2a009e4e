"""Stays on the course followed by how long they have lasted, and how they end: expectations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.chain import ON_BENEFIT, State
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.followed import HORIZON
from pipeline.synthetic.ways_out import BLANK_WEEKS, LEAVING, WaysOut

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_ON = list(ON_BENEFIT)


@dataclass(frozen=True)
class Exits:
    """What is expected of stays in each of their first 52 weeks.

    Attributes:
        at_risk: stays followed in that week, shape (weeks, units).
        events: stays that end with each way out after it, shape (ways, weeks, units).
    """

    at_risk: Floats
    events: Floats


def follow_stays(expectation: Expectation, ways: WaysOut, seen: range, since: int) -> Exits:
    """Stays that begin from `since` on, as a window sees them (decision 0020).

    A way out is seen if the week after the last on the benefit is in the window, and if what tells
    it is delivered. Who moves goes on in the new job centre at the weeks they have.
    """
    chain = expectation.chain
    month = np.array([monday.month - 1 for monday in chain.calendar.weeks])
    units = len(chain.unit_weights)
    at_risk, events = np.zeros((HORIZON, units)), np.zeros((ways.shares.shape[2], HORIZON, units))
    stays = _Stays(expectation, ways)
    # Of stays in their first year when the window begins none has begun long before.
    for week in range(max(1, seen.start - HORIZON - BLANK_WEEKS), seen.stop):
        if week > seen.start:
            told = ways.shares[:, month[week], :, : chain.n_weeks - week].sum(axis=-1)
            events += np.einsum("culd,lw->wdu", stays.leave(week), told)
        stays.pass_to(week, has_begun=week >= since)
        if week >= seen.start:
            at_risk += stays.lasting.sum(axis=(0, 2)).T
    return Exits(at_risk, events)


class _Stays:
    """Stays under way in a week, by class, unit, state, and weeks they have lasted less one.

    Whoever is off for less than four weeks, all of them without any benefit, stays on.
    """

    def __init__(self, expectation: Expectation, ways: WaysOut) -> None:
        self._chain, self._mass, self._blank = expectation.chain, expectation.mass, ways.blank
        _, classes, units, _ = expectation.mass.shape
        self.lasting = np.zeros((classes, units, len(_ON), HORIZON))
        # Who went off in each of the last weeks: of these stays, and of everybody.
        self._went = [(np.zeros((classes, units, HORIZON)), np.zeros((classes, units)))] * 3

    def leave(self, week: int) -> Floats:
        """Those who leave in a week, temporarily and for good: (classes, units, 2, weeks)."""
        leaving = self._chain.transition(week)[..., _ON, :][..., LEAVING]
        return np.asarray(np.einsum("cusd,cusl->culd", self.lasting, leaving))

    def pass_to(self, week: int, *, has_begun: bool) -> None:
        """Passes to the next week; stays that begin in it count only if `has_begun`."""
        chain, before = self._chain, self._mass[week - 1]
        matrix, went = chain.transition(week), self.leave(week)[:, :, 0]
        everybody = (before[..., _ON] * matrix[..., _ON, State.OFF]).sum(-1)
        moved = chain.move_forward(self.lasting, week)
        on = np.einsum("cusd,cusz->cuzd", moved, matrix[..., _ON, :][..., _ON])
        self.lasting = np.zeros_like(on)
        self.lasting[..., 1:] = on[..., :-1]
        back, stays_off = matrix[..., State.OFF, _ON], matrix[..., State.OFF, State.OFF]
        new = chain.move_forward(before, week)
        off = new[..., State.OFF]
        for n_weeks, (own, all_went) in enumerate(reversed(self._went), 1):
            still = stays_off ** (n_weeks - 1) * self._blank[n_weeks - 1]
            off = off - all_went * still
            goes_on = (own * still[..., None])[..., : HORIZON - n_weeks - 1]
            self.lasting[..., n_weeks + 1 :] += back[..., None] * goes_on[..., None, :]
        if has_begun:
            awarded = new[..., State.WAITING, None] * matrix[..., State.WAITING, _ON]
            self.lasting[..., 0] = awarded + off[..., None] * back
        self._went = [*self._went[1:], (went, everybody)]


def share_left(at_risk: Floats, events: Floats, counted: Ints) -> float | None:
    """Share who have taken some ways out within 52 weeks (Aalen-Johansen's, without its noise).

    Returns:
        None if nobody is followed in some of these weeks.
    """
    if at_risk.min() <= 0.0:
        return None
    hazards = events / at_risk
    staying = np.cumprod(1.0 - hazards.sum(axis=0))
    reached = np.concatenate([[1.0], staying[:-1]])
    return float((reached * hazards[counted].sum(axis=0)).sum())
