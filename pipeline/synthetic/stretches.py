"""Stretches of weeks off the course, in each of which a person has a career of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.atlas import AFTER_COURSE, BEFORE_COURSE, OFF_COURSE, Atlas
from pipeline.synthetic.chain import State

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# No entry: whatever people of the same sex and age have.
AT_RANDOM = -1
# What leads to the course begins at most this many weeks before it.
_LONGEST_LEAD, _SHORTEST_LEAD = 156, 26


@dataclass(frozen=True)
class Stretches:
    """Runs of weeks off the course, half-open; a person's do not overlap.

    Attributes:
        person: position of the person.
        start: first week.
        end: first week after it.
        entry: the entry of the atlas from which the first career is drawn, or AT_RANDOM.
        is_temporary: whether the person may yet come (back) to the course.
    """

    person: Ints
    start: Ints
    end: Ints
    entry: Ints
    is_temporary: Bools

    def __len__(self) -> int:
        """How many there are."""
        return len(self.person)


def find_stretches(
    atlas: Atlas, states: NDArray[np.uint8], n_others: int, rng: np.random.Generator
) -> Stretches:
    """The stretches of persons never on the course, and then of citizens with these states.

    Args:
        atlas: the careers.
        states: of the citizens, shape (weeks, citizens).
        n_others: persons who never have anything to do with the course.
        rng: says how long before the course what leads to it begins.
    """
    n_weeks = len(states)
    person, start, end, state = _find_runs(states.T)
    waits = state == State.WAITING
    lead = start + np.maximum(
        end - start - rng.integers(_SHORTEST_LEAD, _LONGEST_LEAD, len(end)), 0
    )
    long = waits & (lead > start)
    entries = np.full(len(State), AT_RANDOM)
    entries[State.WAITING] = atlas.at(BEFORE_COURSE)
    entries[State.OFF], entries[State.GONE] = atlas.at(OFF_COURSE), atlas.at(AFTER_COURSE)
    others = np.arange(n_others)
    return Stretches(
        person=np.concatenate([others, n_others + person[long], n_others + person]),
        start=np.concatenate([np.zeros_like(others), start[long], np.where(waits, lead, start)]),
        end=np.concatenate([np.full_like(others, n_weeks), lead[long], end]),
        entry=np.concatenate([np.full(n_others + long.sum(), AT_RANDOM), entries[state]]),
        is_temporary=np.concatenate(
            [np.zeros(n_others, np.bool_), np.ones(long.sum(), np.bool_), state != State.GONE]
        ),
    )


def _find_runs(states: NDArray[np.uint8]) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, start, end and state of each run of one state off the course."""
    n_persons, n_weeks = states.shape
    begins = np.ones(states.shape, dtype=np.bool_)
    begins[:, 1:] = states[:, 1:] != states[:, :-1]
    cells = np.flatnonzero(begins)
    person, start = np.divmod(cells, n_weeks)
    end = start + np.diff(cells, append=n_persons * n_weeks)
    state = states[person, start].astype(np.int64)
    off = np.isin(state, (State.WAITING, State.OFF, State.GONE))
    return person[off], start[off], end[off], state[off]
