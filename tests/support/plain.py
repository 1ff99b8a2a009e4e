"""The methods computed plainly: loops over persons and weeks, dicts and lists.

Nothing here is shared with the package's SQL or frames: it is written from the definitions, to be
slow, obvious and right, so that the two can be held against each other.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pipeline.layout import DATA_SCHEMAS

WEEK = timedelta(days=7)
GONE = {997, 999}
BENEFIT = {810, 813, 814, 815, 816, 817, 818}
KINDS = {
    813: "guidance_and_upskilling",
    814: "ordinary_education",
    815: "wage_subsidy",
    816: "wage_subsidy",
    817: "company_internship",
    818: "company_internship",
}


@dataclass(frozen=True)
class Window:
    """A window of weeks, both ends included, as Mondays."""

    name: str
    first: date
    last: date

    def weeks(self) -> list[date]:
        return count_weeks(self.first, self.last)


@dataclass(frozen=True)
class Person:
    """One person's registers.

    Attributes:
        key: as delivered.
        codes: benefit code of every delivered week; None is no benefit.
        municipalities: municipality code by year.
        jobs: first day, hours and support code of each job and month.
    """

    key: str
    codes: dict[date, int | None]
    municipalities: dict[int, int | None]
    jobs: tuple[tuple[date, float, int], ...] = ()


@dataclass(frozen=True)
class Gap:
    """A run of passive weeks after a measure; `end` is the first week after it."""

    jobcentre: str
    start: date
    end: date
    event: bool


@dataclass(frozen=True)
class Watched:
    """A gap as one window sees it, in weeks since it began."""

    jobcentre: str
    entry: int
    duration: int
    event: bool


def count_weeks(first: date, last: date) -> list[date]:
    weeks = []
    while first <= last:
        weeks.append(first)
        first += WEEK
    return weeks


# --- the registers -------------------------------------------------------------------------------


def read_person(row: Mapping[str, Any], jobs: Iterable[Mapping[str, Any]] = ()) -> Person:
    """A row of the wide register and the person's rows of e-income."""
    codes, municipalities = {}, {}
    for column, value in row.items():
        if week := re.fullmatch(r"y_(\d\d)(\d\d)", column):
            monday = date.fromisocalendar(2000 + int(week[1]), int(week[2]), 1)
            codes[monday] = read_number(value)
        elif year := re.fullmatch(r"nykom(\d{4})", column):
            municipalities[int(year[1])] = read_number(value)
    held = [
        (job["ajo_job_start_dato"], job["ajo_loentimer"], job["stoette_besk_kode"]) for job in jobs
    ]
    return Person(row["pnr"], dict(sorted(codes.items())), municipalities, tuple(held))


def read_number(value: object) -> int | None:
    """A code as text or number; blank, `.` and null are None."""
    text = "" if value is None else str(value).strip()
    return None if text in ("", ".") else int(float(text))


def find_spells(person: Person) -> list[tuple[int, date, date]]:
    """Code, first week and first week after of every unbroken run of one code."""
    spells: list[tuple[int, date, date]] = []
    for week, code in person.codes.items():
        if code is None:
            continue
        if spells and spells[-1][0] == code and spells[-1][2] == week:
            spells[-1] = (code, spells[-1][1], week + WEEK)
        else:
            spells.append((code, week, week + WEEK))
    return spells


def read_jobcentres() -> dict[tuple[int, int], str]:
    """The job centre by municipality code and year, to 2030."""
    with (DATA_SCHEMAS / "codes" / "municipalities.csv").open(encoding="utf-8") as lines:
        return {
            (int(row["code"]), year): row["jobcentre"]
            for row in csv.DictReader(lines)
            for year in range(int(row["valid_from_year"]), int(row["valid_to_year"] or 2030) + 1)
        }


JOBCENTRES = read_jobcentres()


def find_place(person: Person, week: date) -> str | None:
    """The job centre in the ISO year of a week."""
    year = week.isocalendar().year
    municipality = person.municipalities.get(year)
    return None if municipality is None else JOBCENTRES.get((municipality, year))


def is_benefit_week(person: Person, week: date) -> bool:
    return person.codes.get(week) in BENEFIT


def is_measure_week(person: Person, week: date) -> bool:
    return person.codes.get(week) in KINDS


def is_member(person: Person, windows: Iterable[Window]) -> bool:
    """Whether the benefit is received in any week of the windows that count."""
    return any(is_benefit_week(person, week) for window in windows for week in window.weeks())


def sum_ordinary_hours(person: Person, week: date) -> float:
    """Hours without support in the month of the week's Thursday."""
    thursday = week + timedelta(days=3)
    month = (thursday.year, thursday.month)
    return sum(
        hours
        for first_day, hours, support in person.jobs
        if support == 0 and (first_day.year, first_day.month) == month
    )


# --- gaps ----------------------------------------------------------------------------------------


def find_observed_place(person: Person, week: date) -> str | None:
    """The job centre where the person is on the benefit that week; None if none is."""
    return find_place(person, week) if is_benefit_week(person, week) else None


def find_gaps(person: Person, last_week: date) -> Iterator[Gap]:
    """Walk the weeks up to `last_week`; what is then under way is censored."""
    began: date | None = None
    place: str | None = None
    was_measure = False
    for week in count_weeks(min(person.codes), last_week):
        here, is_measure = find_observed_place(person, week), is_measure_week(person, week)
        stayed = here is not None and here == place
        if began and place and (is_measure or not stayed):
            yield Gap(place, began, week, event=is_measure and stayed)
            began = None
        if stayed and was_measure and not is_measure:
            began = week
        place, was_measure = here, is_measure
    if began and place:
        yield Gap(place, began, last_week + WEEK, event=False)


def watch_gaps(person: Person, window: Window, sampling: str) -> list[Watched]:
    """The gaps that a window sees: those that begin in it, or also those under way at its start."""
    watched = []
    for gap in find_gaps(person, window.last):
        late = max((window.first - gap.start) // WEEK, 0)
        if gap.end <= window.first or (sampling == "flow" and late):
            continue
        watched.append(Watched(gap.jobcentre, late, (gap.end - gap.start) // WEEK, gap.event))
    return watched


# --- means over weeks ----------------------------------------------------------------------------


def find_counted_place(person: Person, week: date, *, counts_all: bool) -> str | None:
    """The job centre under which a week counts: on the benefit, or any alive and in the country."""
    if not counts_all:
        return find_observed_place(person, week)
    return None if person.codes.get(week) in GONE else find_place(person, week)


def has_any(person: Person, week: date, any_of: Iterable[str]) -> bool:
    """Whether a week has one of the named measures or, where named, ordinary hours."""
    for name in any_of:
        if name == "ordinary_hours" and sum_ordinary_hours(person, week) > 0:
            return True
        code = person.codes[week]
        if code in KINDS and KINDS[code] == name:
            return True
    return False


def count_shares(
    person: Person, window: Window, any_of: Iterable[str], *, counts_all: bool = False
) -> dict[str, list[int]]:
    """By job centre: weeks that count, and those of them with any of the named things."""
    counts: dict[str, list[int]] = {}
    for week in window.weeks():
        place = find_counted_place(person, week, counts_all=counts_all)
        if place is not None:
            found = counts.setdefault(place, [0, 0])
            found[0] += 1
            found[1] += has_any(person, week, any_of)
    return counts


def sum_hours(person: Person, window: Window, *, counts_all: bool = False) -> dict[str, list[Any]]:
    """By job centre: weeks that count, those of them with hours, and their months' hours."""
    sums: dict[str, list[Any]] = {}
    for week in window.weeks():
        place = find_counted_place(person, week, counts_all=counts_all)
        if place is not None:
            hours = sum_ordinary_hours(person, week)
            found = sums.setdefault(place, [0, 0, 0.0])
            found[0] += 1
            found[1] += hours > 0
            found[2] += hours
    return sums


# --- counts --------------------------------------------------------------------------------------


def count_measures(person: Person, window: Window) -> dict[tuple[str, str], int]:
    """Weeks on the benefit by job centre and kind of measure."""
    counts: dict[tuple[str, str], int] = {}
    for week in window.weeks():
        place, code = find_observed_place(person, week), person.codes.get(week)
        if place is not None and code is not None:
            key = (place, KINDS.get(code, "none"))
            counts[key] = counts.get(key, 0) + 1
    return counts


def count_steps(person: Person, window: Window, member: bool, excluded: str) -> list[int]:
    """Weeks left at each step: on the benefit, in the population, placed, not excluded."""
    weeks = [week for week in window.weeks() if is_benefit_week(person, week)]
    of_member = weeks if member else []
    return [len(weeks), len(of_member), *count_placed(person, of_member, excluded)]


def count_placed(person: Person, weeks: Iterable[date], excluded: str) -> list[int]:
    """Weeks with a known job centre, and those of them in one that is not excluded."""
    placed = [place for week in weeks if (place := find_place(person, week)) is not None]
    return [len(placed), len([place for place in placed if place != excluded])]


def count_all_steps(
    person: Person, window: Window, member: bool, counted: bool, excluded: str
) -> list[int]:
    """The same where all weeks of those who count in the window are followed."""
    on_benefit, of_member, *_ = count_steps(person, window, member, excluded)
    weeks = [week for week in window.weeks() if person.codes.get(week) not in GONE]
    followed = weeks if counted else []
    return [on_benefit, of_member, len(followed), *count_placed(person, followed, excluded)]
