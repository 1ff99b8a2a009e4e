"""Every estimate of a whole study equals the plain computation over persons and weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple
from itertools import product
from typing import Any

import polars as pl
import pytest

from pipeline.codes import list_jobcentres
from pipeline.evaluate import fit_estimates
from pipeline.layout import OutFolder
from pipeline.prepare import Job, prepare_tables
from pipeline.spec import Study, load_study
from tests.support.plain import Person, Window, read_person, watch_gaps
from tests.support.plain_effects import (
    Effect,
    Part,
    compute_effect,
    list_members,
    list_share_parts,
    list_wait_parts,
)
from tests.support.plain_stays import count_exits, watch_stays, watch_waits
from tests.support.small_delivery import Registers, make_registers
from tests.support.staged import hush

WEEKS, FIRST, SHARE = "weeks_between_measures", "weeks_to_first_measure", "share_practice_or_hours"
WATCHED = {WEEKS: watch_gaps, FIRST: watch_waits}
SAMPLINGS = {"exponential": "flow", "exponential_stock_and_flow": "stock_and_flow"}
ANY_OF = ("company_internship", "ordinary_hours")
RECEIVED_IN = {
    "resource_course": ("intervention",),
    "resource_course_each_period": ("before", "intervention"),
}
FIGURES = ("before", "during", "difference", "effect")
KEY = ("population", "outcome", "phase", "unit", "model")
# Ishøj and Vallensbæk share a job centre, as do Esbjerg and Fanø, Tårnby and Dragør; 411 has none.
MUNICIPALITIES = (None, 411, 159, 159, 253, 183, 187, 657, 561, 563, 155, 185, 101, 101, 751, 751)
FAXE, KOLDING = 320, 621
EXCLUDED = "Aarhus"


def make_delivery() -> Registers:
    """Four hundred persons, and units that lack something.

    Faxe's people have no measures, Kolding's come after the start; most other units are empty.
    """
    registers = make_registers(400, 20180305, MUNICIPALITIES)
    for row in registers.dream[:10]:
        row.update({name: 810 for name in row if name.startswith("y_")})
        row.update({name: FAXE for name in row if name.startswith("nykom")})
    for row in registers.dream[10:20]:
        row.update({name: None for name in row if name[:4] in ("y_15", "y_16", "y_17")})
        row.update({f"y_18{week:02d}": None for week in range(1, 12)})
        row.update({name: KOLDING for name in row if name.startswith("nykom")})
    return registers


@pytest.fixture(scope="module")
def registers() -> Registers:
    return make_delivery()


@pytest.fixture(scope="module")
def study() -> Study:
    """The shipped study, with a job centre excluded."""
    return load_study("hir").model_copy(update={"excluded": (EXCLUDED,)})


@pytest.fixture(scope="module")
def out(registers: Registers, study: Study, tmp_path_factory: pytest.TempPathFactory) -> OutFolder:
    folder = tmp_path_factory.mktemp("plain")
    out = OutFolder(folder / "out")
    prepare_tables(study, Job(registers.write(folder / "delivery"), out, hush))
    return out


@pytest.fixture(scope="module")
def estimates(study: Study, out: OutFolder) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = fit_estimates(study, out, hush).rows
    rows = rows.filter(pl.col("model").is_in([*SAMPLINGS, "difference_in_differences"]))
    figures = rows.select(*KEY, *FIGURES, "n_persons", "n_events").unique()
    found = {tuple(row[name] for name in KEY): row for row in figures.to_dicts()}
    assert len(found) == figures.height, "methods of inference differ in more than inference"
    return found


@pytest.fixture(scope="module")
def persons(registers: Registers) -> list[Person]:
    jobs: dict[str, list[dict[str, Any]]] = {}
    for job in registers.jobs:
        jobs.setdefault(job["pnr"], []).append(job)
    return [read_person(row, jobs.get(row["pnr"], ())) for row in registers.dream]


@pytest.fixture(scope="module")
def expected(persons: list[Person], study: Study) -> dict[tuple[str, ...], Effect]:
    return dict(compute_effects(study, persons))


def compute_effects(
    study: Study, persons: list[Person]
) -> Iterator[tuple[tuple[str, ...], Effect]]:
    windows = list_windows(study)
    groups = list_groups(study)
    for population, names in RECEIVED_IN.items():
        members = list_members(persons, [windows[name] for name in names])
        for outcome, model in list_models():
            parts = {
                name: list_parts(members, window, outcome, model)
                for name, window in windows.items()
            }
            for phase in (name for name in windows if name != "before"):
                for unit, jobcentres in groups.items():
                    key = (population, outcome, phase, unit, model)
                    rest = groups["rest_of_country"]
                    yield key, compute_effect(parts["before"], parts[phase], jobcentres, rest)


def list_windows(study: Study) -> dict[str, Window]:
    return {
        name: Window(name, weeks.first_week, weeks.last_week)
        for name, weeks in study.windows.items()
    }


def list_groups(study: Study) -> dict[str, set[str]]:
    everywhere = list_jobcentres(*study.span) - {EXCLUDED}
    return {unit: {unit} for unit in study.participating} | {
        "participating": set(study.participating),
        "rest_of_country": everywhere - set(study.participating),
    }


def list_models() -> Iterator[tuple[str, str]]:
    yield from product(WATCHED, SAMPLINGS)
    yield SHARE, "difference_in_differences"


def list_parts(members: list[Person], window: Window, outcome: str, model: str) -> list[Part]:
    if outcome in WATCHED:
        return list_wait_parts(members, window, SAMPLINGS[model], WATCHED[outcome])
    return list_share_parts(members, window, ANY_OF)


def is_close(found: float | None, wanted: float | None, scale: float) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= 1e-9 * scale


def find_wrong_figures(row: dict[str, Any], wanted: Effect) -> Iterator[str]:
    """Figures that differ by more than 1e-9 of the largest of them, as differences cancel."""
    for figure in FIGURES:
        found, right = row[figure], getattr(wanted, figure)
        scale = max(abs(wanted.before or 0), abs(wanted.during or 0), abs(right or 0))
        if not is_close(found, right, scale):
            yield f"{figure} {found}, expected {right}"
    for count in ("n_persons", "n_events"):
        if row[count] != getattr(wanted, count):
            yield f"{count} {row[count]}, expected {getattr(wanted, count)}"


def test_every_estimate_equals_the_plain_computation(estimates, expected) -> None:
    """One test, so that the study is run once however the tests are spread over processes."""
    assert estimates.keys() == expected.keys()
    wrong = {
        key: list(find_wrong_figures(estimates[key], right)) for key, right in expected.items()
    }
    assert {key: faults for key, faults in wrong.items() if faults} == {}


def test_every_part_of_a_stay_and_its_way_out_equals_the_plain_walk(
    out: OutFolder, persons: list[Person], study: Study
) -> None:
    windows = list_windows(study)
    found = pl.read_parquet(out.table("analysis.exit_spells"))
    expected = [
        (population, sampling, window.name, person.key, *astuple(part))
        for population, names in RECEIVED_IN.items()
        for person in list_members(persons, [windows[name] for name in names])
        for window, sampling in product(windows.values(), SAMPLINGS.values())
        for part in watch_stays(person, window, sampling)
    ]
    assert sorted(found.rows(), key=str) == sorted(expected, key=str)
    ways = found["way_out"].value_counts()
    assert ways.height == 3, "some have left for another benefit, some for none, some are censored"


def test_the_exits_of_every_week_equal_the_plain_walk(
    out: OutFolder, persons: list[Person], study: Study
) -> None:
    first_week, last_week = study.span
    found = pl.read_parquet(out.table("analysis.unit_weeks")).filter(outcome="exits")
    expected: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0])
    for population, names in RECEIVED_IN.items():
        for person in list_members(persons, [list_windows(study)[name] for name in names]):
            for place, week, has_left in count_exits(person, study.outcomes["exits"].any_of):
                sums = expected[population, "exits", place, week]
                sums[0] += has_left
                sums[1] += 1
    kept = [(*key, *sums) for key, sums in expected.items() if first_week <= key[3] <= last_week]
    assert sorted(found.rows(), key=str) == sorted(kept, key=str)
    assert found["numerator"].sum() > 5


def test_the_delivery_has_knowns_and_every_kind_of_unknown(expected) -> None:
    def find(outcome: str, unit: str) -> list[Effect]:
        return [row for key, row in expected.items() if key[1] == outcome and key[3] == unit]

    assert {row.effect for row in find(FIRST, "participating")} > {None}
    for unit in ("Gladsaxe", "Greve", "Herning", "Vallensbæk-Ishøj", "participating"):
        found = find(WEEKS, unit) + find(SHARE, unit)
        assert sum(row.effect is not None for row in found) > len(found) / 2
    assert {row.before for row in find(WEEKS, "Faxe")} == {None}
    assert None not in {row.before for row in find(SHARE, "Faxe")}
    assert {row.before for row in find(SHARE, "Kolding")} == {None}
    assert None not in {row.during for row in find(SHARE, "Kolding")}
    assert {row.n_persons for row in find(SHARE, "Syddjurs")} == {0}
