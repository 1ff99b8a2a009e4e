"""Gaps and waits of the chain followed by how long they have lasted: exact expectations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.chain import PASSIVE, State
from pipeline.synthetic.expectation import Expectation

Floats = NDArray[np.float64]

HORIZON = 52
# Equal to half but for rounding is half.
_HALF = 0.5 + 1e-12


@dataclass(frozen=True)
class Followed:
    """What is expected of spells in each week of theirs, from the first on, shape (weeks, units).

    Attributes:
        at_risk: spells followed in that week.
        events: spells that end with an event after that week.
    """

    at_risk: Floats
    events: Floats


def follow_gaps(expectation: Expectation, seen: range, since: int) -> Followed:
    """Gaps that begin from `since` on, as a window sees them.

    From the window's first week: those that begin inside it; from week 1: those under way, too. One
    that ended in the window's first week was never at risk inside it (decision 0003).
    """
    chain, member = expectation.chain, expectation.member
    under_way, at_risk, events = _make_room(expectation, seen, since)
    for week in range(since, seen.stop):
        matrix, stay = chain.transition(week), chain.stay_share(week)
        lasting = under_way[: week - since]
        lasting *= stay[:, None]
        if week > seen.start:
            chances = matrix[..., PASSIVE, State.MEASURE] * member[week][..., State.MEASURE, None]
            _add(events, _count(lasting, chances))
        lasting *= matrix[..., PASSIVE, PASSIVE]
        ended = stay[:, None] * expectation.mass[week - 1][..., State.MEASURE, None]
        under_way[week - since] = ended * matrix[..., State.MEASURE, PASSIVE]
        if week >= seen.start:
            _add(at_risk, _count(under_way[: week - since + 1], member[week][..., PASSIVE]))
    return Followed(at_risk, events)


def follow_waits(expectation: Expectation, seen: range, since: int) -> Followed:
    """Waits for the first measure of those newly awarded from `since` on, as a window sees them.

    The week in which the measure starts is the last of those at risk (decision 0020).
    """
    chain, member, awarded = expectation.chain, expectation.member, expectation.awarded
    under_way, at_risk, events = _make_room(expectation, seen, since)
    for week in range(since, seen.stop):
        matrix = chain.transition(week)
        lasting = under_way[: week - since]
        lasting *= chain.stay_share(week)[:, None]
        is_member = member[week][..., State.MEASURE]
        later = _count(lasting, matrix[..., PASSIVE, State.MEASURE] * is_member[..., None])
        lasting *= matrix[..., PASSIVE, PASSIVE]
        under_way[week - since] = awarded[week][..., PASSIVE]
        if week >= seen.start:
            at_once = (awarded[week][..., State.MEASURE] * is_member).sum(0)
            measured = np.concatenate([later, at_once[None]])
            waiting = _count(under_way[: week - since + 1], member[week][..., PASSIVE])
            _add(events, measured)
            _add(at_risk, measured + waiting)
    return Followed(at_risk, events)


def restricted_mean(at_risk: Floats, events: Floats) -> float | None:
    """Mean weeks up to 52, of spells followed week by week (Kaplan-Meier's, without its noise).

    Returns:
        None if nobody is followed so far.
    """
    if len(at_risk) < HORIZON or at_risk[HORIZON - 1] <= 0.0:
        return None
    survival = np.cumprod(1.0 - events[: HORIZON - 1] / at_risk[: HORIZON - 1])
    return 1.0 + float(survival.sum())


def median_weeks(at_risk: Floats, events: Floats) -> float | None:
    """The first week after which no more than half are left, of spells followed week by week.

    Returns:
        None if nobody is followed so far.
    """
    left = _survive(at_risk, events) <= _HALF
    return float(np.argmax(left)) if left.any() else None


def share_lasting(week: int, at_risk: Floats, events: Floats) -> float | None:
    """The share of spells followed week by week that lasts longer than some weeks.

    Returns:
        None if nobody is followed so far.
    """
    survival = _survive(at_risk, events)
    return float(survival[week]) if week < len(survival) else None


def _survive(at_risk: Floats, events: Floats) -> Floats:
    """The share without an event after each week, from week 0, while somebody is followed."""
    empty = np.flatnonzero(at_risk <= 0.0)
    n_weeks = int(empty[0]) if empty.size else len(at_risk)
    hazards = events[:n_weeks] / at_risk[:n_weeks]
    return np.concatenate([[1.0], np.cumprod(1.0 - hazards)])


def _make_room(expectation: Expectation, seen: range, since: int) -> tuple[Floats, Floats, Floats]:
    """Spells under way by the week they began in, and sums by how long they have lasted."""
    _, classes, units, _ = expectation.mass.shape
    n_weeks = seen.stop - since
    under_way = np.zeros((n_weeks, classes, units, len(PASSIVE)))
    return under_way, np.zeros((n_weeks, units)), np.zeros((n_weeks, units))


def _count(spells: Floats, chances: Floats) -> Floats:
    """Spells by the week they began in and job centre, counted with a chance of each state's."""
    return np.asarray(np.einsum("wcus,cus->wu", spells, chances))


def _add(sums: Floats, by_start: Floats) -> None:
    """Adds what is known by the week spells began in: the first have lasted longest."""
    sums[: len(by_start)] += by_start[::-1]
