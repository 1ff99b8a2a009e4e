"""Waits for the first measure and ways out, computed plainly: loops over weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from tests.support.plain import (
    BENEFIT,
    WEEK,
    Person,
    Watched,
    Window,
    find_observed_place,
    find_place,
    is_benefit_week,
    is_measure_week,
)

WAYS_OUT = {
    730: "other_benefit",
    733: "other_benefit",
    771: "flexible_job",
    783: "disability_pension",
    651: "education",
    890: "other_benefit",
    999: "death_or_emigration",
}


@dataclass(frozen=True)
class Part:
    """A part of a stay in one job centre, as one window sees it."""

    jobcentre: str
    entry: int
    duration: int
    way_out: str | None


def watch_waits(person: Person, window: Window, sampling: str) -> list[Watched]:
    """The waits for a first measure that a window sees."""
    watched = []
    for start in find_awards(person):
        place = find_place(person, start)
        if place is None or start > window.last:
            continue
        end, event = follow_wait(person, start, place, window.last)
        late = max((window.first - start) // WEEK, 0)
        if end > window.first and not (sampling == "flow" and late):
            watched.append(Watched(place, late, (end - start) // WEEK, event))
    return watched


def find_awards(person: Person) -> Iterator[date]:
    """First weeks on the benefit after 26 delivered weeks without it."""
    for week in person.codes:
        earlier = [week - n * WEEK for n in range(1, 27)]
        was_off = not any(is_benefit_week(person, one) for one in earlier)
        if is_benefit_week(person, week) and was_off and earlier[-1] in person.codes:
            yield week


def follow_wait(person: Person, start: date, place: str, last_week: date) -> tuple[date, bool]:
    """The first week that is no longer at risk, and whether a measure had started before it."""
    week = start
    while week <= last_week and find_observed_place(person, week) == place:
        if is_measure_week(person, week):
            return week + WEEK, True
        week += WEEK
    return week, False


def watch_stays(person: Person, window: Window, sampling: str) -> list[Part]:
    """The parts of stays that a window sees, by job centre."""
    watched = []
    for start, end in find_stays(person):
        if start == min(person.codes) or (sampling == "flow" and start < window.first):
            continue
        for place, first, after in split_by_place(person, start, end):
            if first > window.last or after <= window.first:
                continue
            is_seen = after == end <= window.last
            entry, leave = max(first, window.first), min(after, window.last + WEEK)
            way = find_way_out(person, end) if is_seen else None
            watched.append(Part(place, (entry - start) // WEEK, (leave - start) // WEEK, way))
    return watched


def count_exits(person: Person, ways_out: Sequence[str]) -> Iterator[tuple[str, date, int]]:
    """Job centre, week and whether the week shows a way out, after each week on the benefit."""
    for start, end in find_stays(person):
        if start == min(person.codes):
            continue
        for place, first, after in split_by_place(person, start, end):
            for n in range(1, (after - first) // WEEK + 1):
                week = first + n * WEEK
                yield place, week, int(week == end and find_way_out(person, end) in ways_out)


def find_stays(person: Person) -> list[tuple[date, date]]:
    """First week and first week after; breaks of up to three blank weeks belong to a stay."""
    stays: list[tuple[date, date]] = []
    for week in person.codes:
        if not is_benefit_week(person, week):
            continue
        if stays and is_blank_between(person, stays[-1][1], week):
            stays[-1] = (stays[-1][0], week + WEEK)
        else:
            stays.append((week, week + WEEK))
    return stays


def is_blank_between(person: Person, end: date, week: date) -> bool:
    between = [end + n * WEEK for n in range((week - end) // WEEK)]
    return len(between) < 4 and all(person.codes[one] is None for one in between)


def split_by_place(person: Person, start: date, end: date) -> list[tuple[str, date, date]]:
    """The runs of weeks of a stay on the benefit in one job centre."""
    runs: list[tuple[str, date, date]] = []
    for n in range((end - start) // WEEK):
        week = start + n * WEEK
        place = find_observed_place(person, week)
        if place is None:
            continue
        if runs and runs[-1][0] == place and runs[-1][2] == week:
            runs[-1] = (place, runs[-1][1], week + WEEK)
        else:
            runs.append((place, week, week + WEEK))
    return runs


def find_way_out(person: Person, end: date) -> str | None:
    """The first benefit in four weeks; self-support if there is none; unknown if undelivered."""
    for n in range(4):
        week = end + n * WEEK
        if week not in person.codes:
            return None
        code = person.codes[week]
        if code is not None:
            assert code not in BENEFIT
            return WAYS_OUT[code]
    return "ordinary_job_or_self_support"
