"""Expected weeks and events of the chain, exactly, given membership of the population."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.chain import ON_BENEFIT, PASSIVE, Chain, State

Floats = NDArray[np.float64]

# Who had none of the benefit in so many weeks is newly awarded it.
_WEEKS_WITHOUT = 26


@dataclass(frozen=True)
class Gaps:
    """Gaps that begin inside a window: expected passive weeks and measure starts, by unit."""

    exposure: Floats
    events: Floats


class Expectation:
    """The chain's expected values, per citizen of the whole generator.

    A forward recursion gives the distribution of states; a backward one the probability that a
    person in a state belongs to the population, which weights it (Doob's h-transform).

    Attributes:
        mass: shares of all citizens, shape (weeks, classes, units, states).
        member: probability that someone there belongs to the population, likewise.
        benefit: expected person-weeks on the benefit, shape (weeks, units).
        measure: expected person-weeks in a measure, shape (weeks, units).
    """

    def __init__(self, chain: Chain, *, recipients_in_intervention: bool) -> None:
        self.chain = chain
        self.mass = _distributions(chain)
        received = range(chain.calendar.start, chain.calendar.end + 1)
        self.member = (
            find_memberships(chain, received)
            if recipients_in_intervention
            else np.ones_like(self.mass)
        )
        weighted = self.mass * self.member
        self.benefit: Floats = weighted[..., list(ON_BENEFIT)].sum(axis=(1, 3))
        self.measure: Floats = weighted[..., State.MEASURE].sum(axis=1)

    @cached_property
    def awarded(self) -> Floats:
        """Shares of all citizens who are newly awarded the benefit, shape as the mass."""
        return _award(self.chain, self.mass)

    def gaps(self, span: range) -> Gaps:
        """Expected exposure and events of the gaps that begin in a window, cut at its end.

        A move ends a gap, and a measure that ends in the week of a move begins none.
        """
        chain = self.chain
        shape = self.mass.shape[1:3]
        marked = np.zeros((*shape, len(PASSIVE)))
        exposure, events = np.zeros(shape), np.zeros(shape)
        for week in span:
            matrix, stay = chain.transition(week), chain.stay_share(week)
            member = self.member[week]
            marked = stay[:, None] * marked
            starts = marked * matrix[..., PASSIVE, State.MEASURE]
            events += starts.sum(-1) * member[..., State.MEASURE]
            ended = stay * self.mass[week - 1][..., State.MEASURE]
            marked = (
                marked * matrix[..., PASSIVE, PASSIVE]
                + ended[..., None] * matrix[..., State.MEASURE, PASSIVE]
            )
            exposure += (marked * member[..., PASSIVE]).sum(-1)
        return Gaps(exposure.sum(axis=0), events.sum(axis=0))


def _distributions(chain: Chain) -> Floats:
    """Shares of all citizens by week, class, unit and state."""
    mass = np.empty((chain.n_weeks, *chain.initial.shape))
    mass[0] = chain.initial
    for week in range(1, chain.n_weeks):
        moved = chain.move_forward(mass[week - 1], week)
        mass[week] = np.einsum("cus,cusz->cuz", moved, chain.transition(week))
    return mass


def find_memberships(chain: Chain, received: range) -> Floats:
    """Probability of a week on the benefit in some weeks, from each state of each week.

    Beyond these weeks' end it is not needed and left at zero; inside, it is that of such a week
    from there on. So a person on the benefit is a member whatever follows.
    """
    member = np.zeros((chain.n_weeks, *chain.initial.shape))
    for week in range(received.stop - 1, -1, -1):
        if week + 1 < received.stop:
            later = np.einsum("cusz,cuz->cus", chain.transition(week + 1), member[week + 1])
            member[week] = chain.move_backward(later, week + 1)
        if week >= received.start:
            member[week][..., list(ON_BENEFIT)] = 1.0
    return member


def _award(chain: Chain, mass: Floats) -> Floats:
    """Shares of all citizens who are newly awarded the benefit in each week.

    They are waiting, or have been off it for long; nobody knows of anyone before as many weeks have
    been delivered.
    """
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
