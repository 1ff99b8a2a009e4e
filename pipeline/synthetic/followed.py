"""Gaps and waits of the chain followed by how long they have lasted: exact expectations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.chain import ON_BENEFIT, PASSIVE, State
from pipeline.synthetic.expectation import Expectation

Floats = NDArray[np.float64]

HORIZON = 52
# Equal to half but for rounding is half.
_HALF = 0.5 + 1e-12
# Who had none of the benefit in so many weeks is newly awarded it.
_WEEKS_WITHOUT = 26


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
            starts = (lasting * matrix[..., PASSIVE, State.MEASURE]).sum(-1)
            _add(events, (starts * member[week][..., State.MEASURE]).sum(1))
        lasting *= matrix[..., PASSIVE, PASSIVE]
        ended = stay[:, None] * expectation.mass[week - 1][..., State.MEASURE, None]
        under_way[week - since] = ended * matrix[..., State.MEASURE, PASSIVE]
        if week >= seen.start:
            followed = under_way[: week - since + 1] * member[week][..., PASSIVE]
            _add(at_risk, followed.sum((1, 3)))
    return Followed(at_risk, events)


def follow_waits(expectation: Expectation, seen: range, since: int) -> Followed:
    """Waits for the first measure of those newly awarded from `since` on, as a window sees them.

    The week in which the measure starts is the last of those at risk (decision 0020).
    """
    chain, member = expectation.chain, expectation.member
    awarded = _award(expectation)
    under_way, at_risk, events = _make_room(expectation, seen, since)
    for week in range(since, seen.stop):
        matrix = chain.transition(week)
        lasting = under_way[: week - since]
        lasting *= chain.stay_share(week)[:, None]
        new = awarded[week][None]
        first = np.concatenate(
            [(lasting * matrix[..., PASSIVE, State.MEASURE]).sum(-1), new[..., State.MEASURE]]
        )
        lasting *= matrix[..., PASSIVE, PASSIVE]
        under_way[week - since] = awarded[week][..., PASSIVE]
        if week >= seen.start:
            measured = (first * member[week][..., State.MEASURE]).sum(1)
            waiting = under_way[: week - since + 1] * member[week][..., PASSIVE]
            _add(events, measured)
            _add(at_risk, measured + waiting.sum((1, 3)))
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


def _add(sums: Floats, by_start: Floats) -> None:
    """Adds what is known by the week spells began in: the first have lasted longest."""
    sums[: len(by_start)] += by_start[::-1]


def _award(expectation: Expectation) -> Floats:
    """Shares of all citizens who are newly awarded the benefit in each week, shape as the mass.

    They are waiting, or have been off it for long; nobody knows of anyone before as many weeks have
    been delivered.
    """
    chain, mass = expectation.chain, expectation.mass
    awarded = np.zeros_like(mass)
    recently_off = np.zeros((*mass.shape[1:3], _WEEKS_WITHOUT - 1))
    recently_off[..., 0] = mass[0][..., State.OFF]
    long_off = np.zeros(mass.shape[1:3])
    for week in range(1, chain.n_weeks):
        matrix = chain.transition(week)
        before, recently_off, long_off = (
            chain.move_forward(part, week) for part in (mass[week - 1], recently_off, long_off)
        )
        new = long_off[..., None] * matrix[..., State.OFF, :]
        if week >= _WEEKS_WITHOUT:
            new = new + before[..., State.WAITING, None] * matrix[..., State.WAITING, :]
        awarded[week][..., ON_BENEFIT] = new[..., ON_BENEFIT]
        stays_off = matrix[..., State.OFF, State.OFF]
        long_off = stays_off * (long_off + recently_off[..., -1])
        recently_off = np.roll(recently_off * stays_off[..., None], 1, axis=-1)
        went_off = (before * matrix[..., State.OFF]).sum(-1) - before[..., State.OFF] * stays_off
        recently_off[..., 0] = went_off
    return awarded
