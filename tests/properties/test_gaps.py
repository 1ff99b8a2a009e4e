"""The stages equal the plain computation on whatever careers, year's end and week 53 among them.

The weeks run over the end of 2020, which has a week 53, and the end of 2021, when one joint job
centre became two. A person's municipality is drawn for each year: unknown, one of two under the
joint job centre, or one of two others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.spec import Study, parse_weeks
from tests.support.careers import Career, count_weeks, draw_jobs, draw_runs
from tests.support.plain import (
    Person,
    Window,
    count_all_steps,
    count_measures,
    count_shares,
    count_steps,
    find_gaps,
    is_member,
    read_person,
    sum_hours,
    watch_gaps,
)
from tests.support.staged import NO_JOBS, build_tables

FIRST_WEEK, N_WEEKS = date(2020, 11, 9), 75  # 2020-W46..2022-W15
WEEKS = count_weeks(FIRST_WEEK, N_WEEKS)
MUNICIPALITIES = (None, 159, 183, 187, 253)
WINDOWS = {
    "before": "2020-W50..2021-W20",
    "intervention": "2021-W21..2022-W09",
    "early": "2021-W21..2021-W21",
    "late": "2021-W45..2022-W03",
}
RECEIVED_IN = {
    "course": ("intervention",),
    "each": ("before", "intervention"),
    "gross": ("before", "intervention"),
    "gross_course": ("intervention",),
}
GROSS = ("gross", "gross_course")
ANY_OF = {
    "practice_or_hours": ("company_internship", "ordinary_hours"),
    "hours": ("ordinary_hours",),
}
EXCLUDED = "Gladsaxe"
STUDY = Study.model_validate(
    {
        "name": "drawn",
        "title": "Drawn",
        "question": "Are they equal?",
        "participating": ["Greve"],
        "excluded": [EXCLUDED],
        "periods": {name: WINDOWS[name] for name in ("before", "intervention")},
        "phases": {name: WINDOWS[name] for name in ("early", "late")},
        "populations": {
            "course": {"label": "c", "benefit": "resource_course", "window": "intervention"},
            "each": {"label": "e", "benefit": "resource_course", "window": "each_period"},
            "gross": {
                "label": "g",
                "benefit": "resource_course",
                "window": "each_period",
                "weeks": "all",
            },
            "gross_course": {"label": "h", "benefit": "resource_course", "weeks": "all"},
        },
        "outcomes": {
            name: {"label": name, "kind": "share", "favourable": "higher", "any_of": any_of}
            for name, any_of in ANY_OF.items()
        }
        | {"mean_hours": {"label": "m", "kind": "hours", "favourable": "higher"}},
    }
)
TABLES = [
    "analysis.gaps",
    "analysis.duration_spells",
    "analysis.mean_cells",
    "analysis.measure_mix",
    "analysis.attrition",
]


def draw_careers() -> st.SearchStrategy[list[Career]]:
    """Many careers at a time, for a run of the stages costs more than they do."""
    months = [date(2021, month, day) for month, day in ((1, 1), (4, 30), (12, 5))]
    municipality = st.sampled_from(MUNICIPALITIES)
    stayed = st.sampled_from(MUNICIPALITIES[1:]).map(lambda code: (code, code, code))
    moved = st.tuples(municipality, municipality, municipality)
    career = st.builds(
        Career, draw_runs(9, more=(997, 999)), st.one_of(stayed, moved), draw_jobs(months)
    )
    return st.lists(career, min_size=20, max_size=30)


def list_windows() -> list[Window]:
    parsed = {name: parse_weeks(text) for name, text in WINDOWS.items()}
    return [Window(name, weeks.first_week, weeks.last_week) for name, weeks in parsed.items()]


def list_members(persons: Sequence[Person]) -> Iterator[tuple[str, Person]]:
    for population, names in RECEIVED_IN.items():
        counted = [window for window in list_windows() if window.name in names]
        for person in persons:
            if is_member(person, counted):
                yield population, person


@dataclass(frozen=True)
class Compared:
    """The same careers as rows of the stages and as plain persons."""

    tables: dict[str, list[tuple[Any, ...]]]
    persons: list[Person]


def compare(careers: Sequence[Career]) -> Compared:
    rows = [career.row(f"p{i:02d}", WEEKS, 2020) for i, career in enumerate(careers)]
    jobs = [job for i, career in enumerate(careers) for job in career.list_jobs(f"p{i:02d}")]
    registers = {"raw.dream": frame_dream(rows), "raw.bfl": pl.DataFrame(jobs, schema=NO_JOBS)}
    with TemporaryDirectory() as folder:
        found = build_tables(registers, STUDY, TABLES, Path(folder))
    persons = [read_person(row, [j for j in jobs if j["pnr"] == row["pnr"]]) for row in rows]
    return Compared({table: sorted(frame.rows()) for table, frame in found.items()}, persons)


def frame_dream(rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = Career(((None, 1),), (None, None, None)).row("", WEEKS, 2020)
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64) | {"pnr": pl.String})


def compute_gaps(persons: Sequence[Person]) -> list[tuple[Any, ...]]:
    return sorted(
        (population, person.key, gap.jobcentre, gap.start, gap.end, gap.event)
        for population, person in list_members(persons)
        for gap in find_gaps(person, WEEKS[-1])
    )


def compute_duration_spells(persons: Sequence[Person]) -> list[tuple[Any, ...]]:
    return sorted(
        (population, sampling, window.name, person.key, *vars(watched).values())
        for population, person in list_members(persons)
        for window in list_windows()
        for sampling in ("flow", "stock_and_flow")
        for watched in watch_gaps(person, window, sampling)
    )


def counts_in(person: Person, population: str, window: Window) -> bool:
    """Whether a member makes up the period of a window, by its own receipt where each has its."""
    before, intervention = list_windows()[:2]
    own = before if window.name == "before" and population == "gross" else intervention
    return population not in GROSS or is_member(person, [own])


def compute_mean_cells(persons: Sequence[Person]) -> list[tuple[Any, ...]]:
    rows = []
    for population, person in list_members(persons):
        counts_all = population in GROSS
        for window in list_windows():
            if not counts_in(person, population, window):
                continue
            for outcome, any_of in ANY_OF.items():
                shares = count_shares(person, window, any_of, counts_all=counts_all)
                for jobcentre, (n_weeks, held) in shares.items():
                    key = (population, outcome, window.name, person.key, jobcentre)
                    rows.append((*key, held, n_weeks, held))
            hours = sum_hours(person, window, counts_all=counts_all)
            for jobcentre, (n_weeks, held, paid) in hours.items():
                key = (population, "mean_hours", window.name, person.key, jobcentre)
                rows.append((*key, round(paid * 100) * 37, n_weeks * 16033, held))
    return sorted(rows)


def compute_measure_mix(persons: Sequence[Person]) -> list[tuple[Any, ...]]:
    mix: Counter[tuple[str, ...]] = Counter()
    for population, person in list_members(persons):
        for window in list_windows():
            for key, n_weeks in count_measures(person, window).items():
                mix[population, window.name, *key] += n_weeks
    return sorted((*key, n_weeks) for key, n_weeks in mix.items())


def compute_attrition(persons: Sequence[Person]) -> list[tuple[Any, ...]]:
    members = {(population, person.key) for population, person in list_members(persons)}
    rows = []
    for population in RECEIVED_IN:
        for window in list_windows()[:2]:
            left = []
            for person in persons:
                member = (population, person.key) in members
                if population in GROSS:
                    counted = member and counts_in(person, population, window)
                    left.append(count_all_steps(person, window, member, counted, EXCLUDED))
                else:
                    left.append(count_steps(person, window, member, EXCLUDED))
            for number, weeks in enumerate(zip(*left, strict=True), 1):
                n_persons = sum(n_weeks > 0 for n_weeks in weeks)
                rows.append((population, window.name, number, n_persons, sum(weeks)))
    return sorted(rows)


@settings(max_examples=settings.default.max_examples // 5)
@given(careers=draw_careers())
def test_gaps_shares_and_counts_equal_the_plain_computation(careers: list[Career]) -> None:
    compared = compare(careers)
    assert compared.tables["analysis.gaps"] == compute_gaps(compared.persons)
    assert compared.tables["analysis.duration_spells"] == compute_duration_spells(compared.persons)
    assert compared.tables["analysis.mean_cells"] == compute_mean_cells(compared.persons)
    assert compared.tables["analysis.measure_mix"] == compute_measure_mix(compared.persons)
    steps = [(*row[:3], *row[4:]) for row in compared.tables["analysis.attrition"]]
    assert steps == compute_attrition(compared.persons)
