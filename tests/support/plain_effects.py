"""The effects computed plainly from the plain gaps and shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.support.plain import Person, Watched, Window, count_shares, is_member

Watch = Callable[[Person, Window, str], list[Watched]]


@dataclass(frozen=True)
class Part:
    """What one person adds to one mean in one job centre: its two sums, and the events."""

    person: str
    jobcentre: str
    above: int
    below: int
    events: int


@dataclass(frozen=True)
class Mean:
    """A group of job centres in one window; `value` is None where unknown."""

    value: float | None
    persons: frozenset[str]
    events: int


@dataclass(frozen=True)
class Effect:
    """A row of estimates; None is unknown."""

    before: float | None
    during: float | None
    difference: float | None
    effect: float | None
    n_persons: int
    n_events: int


def list_members(persons: Iterable[Person], windows: Iterable[Window]) -> list[Person]:
    counted = list(windows)
    return [person for person in persons if is_member(person, counted)]


def list_wait_parts(
    members: Iterable[Person], window: Window, sampling: str, watch: Watch
) -> list[Part]:
    """Weeks at risk over measure starts, of gaps or of waits for the first measure."""
    return [
        Part(person.key, wait.jobcentre, wait.duration - wait.entry, wait.event, wait.event)
        for person in members
        for wait in watch(person, window, sampling)
    ]


def list_share_parts(
    members: Iterable[Person], window: Window, any_of: Iterable[str]
) -> list[Part]:
    """Weeks with the outcome over weeks on the benefit."""
    named = list(any_of)
    return [
        Part(person.key, jobcentre, with_outcome, on_benefit, with_outcome)
        for person in members
        for jobcentre, (on_benefit, with_outcome) in count_shares(person, window, named).items()
    ]


def compute_mean(parts: Iterable[Part], jobcentres: Iterable[str]) -> Mean:
    group = set(jobcentres)
    chosen = [part for part in parts if part.jobcentre in group]
    below = sum(part.below for part in chosen)
    value = sum(part.above for part in chosen) / below if below else None
    persons = frozenset(part.person for part in chosen)
    return Mean(value, persons, sum(part.events for part in chosen))


def compute_effect(
    before: list[Part], during: list[Part], unit: Iterable[str], rest: Iterable[str]
) -> Effect:
    """The unit's change minus the rest's; the rest's own row has no effect."""
    then, now = compute_mean(before, unit), compute_mean(during, unit)
    rest_then, rest_now = compute_mean(before, rest), compute_mean(during, rest)
    change = subtract(now.value, then.value)
    return Effect(
        then.value,
        now.value,
        change,
        None
        if set(unit) == set(rest)
        else subtract(change, subtract(rest_now.value, rest_then.value)),
        len(then.persons | now.persons),
        then.events + now.events,
    )


def subtract(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left - right
