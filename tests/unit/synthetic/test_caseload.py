"""Caseworkers: whose they are, what cases they have, and what these do to shares."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.spec import Study, parse_weeks
from pipeline.synthetic.calibration import Calibration, load_calibration
from pipeline.synthetic.caseload import staff_course
from pipeline.synthetic.chain import ON_BENEFIT, State
from pipeline.synthetic.course import Citizens, draw_citizens
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.kinds import read_benefit_codes
from pipeline.synthetic.staff import Staff, draw_caseworkers, list_caseload, list_links
from pipeline.synthetic.truth import Course, plant_course
from tests.unit.synthetic.registers import Registers

PRINTED = Path(__file__).parents[2] / "reference" / "hir_table1_caseload.csv"
WEEKS = parse_weeks("2017-W01..2019-W13")
PERSONS = 40_000
PER_CASE = -0.012
# In standard errors; the draws are always the same.
FAR = 4.2


def exaggerate(study: Study) -> Calibration:
    """HIR with larger differences that do more, so that a slip shows."""
    own = load_calibration(study).with_shocks(0.0)
    changes = {"share_per_case": PER_CASE, "spread": 0.25}
    return own.model_copy(update={"caseload": own.caseload.model_copy(update=changes)})


@pytest.fixture(scope="module")
def course(hir: Study) -> Course:
    planted = plant_course(hir, read_geography(WEEKS), WEEKS, exaggerate(hir))
    return staff_course(planted, 200_000, np.random.default_rng(1))


@pytest.fixture(scope="module")
def staff(course: Course) -> Staff:
    assert course.staff is not None
    return course.staff


@pytest.fixture(scope="module")
def citizens(course: Course) -> Citizens:
    codes = read_benefit_codes("resource_course")
    return draw_citizens(course, codes, PERSONS, np.random.default_rng(2))


def units_of(course: Course, citizens: Citizens) -> np.ndarray:
    years = course.chain.calendar.years - course.chain.calendar.years[0]
    return course.geography.unit_of[citizens.homes][years]


def test_cases_per_full_time_caseworker_are_the_printed_ones(course: Course, staff: Staff) -> None:
    with PRINTED.open(encoding="utf-8", newline="") as lines:
        printed = {row.pop("jobcentre"): list(row.values()) for row in csv.DictReader(lines)}
    rows = list_caseload(staff, course.geography.units)
    found = (
        rows.group_by("jobcentre", "period_start")
        .agg(cases=pl.col("cases").sum() / (pl.col("weekly_hours").sum() / 37))
        .sort("jobcentre", "period_start")
    )
    assert len(found) == 6 * 15
    for (name,), periods in found.group_by("jobcentre"):
        assert periods["cases"].to_list() == pytest.approx([*map(float, printed[name])], abs=0.05)
    assert rows["cases"].min() > 0
    assert rows.select(
        pl.struct("jobcentre", "period_start", "caseworker_id").is_unique().all()
    ).item()


def test_citizens_are_about_as_many_as_the_cases(course: Course, staff: Staff) -> None:
    rows = list_caseload(staff, course.geography.units)
    first = rows.filter(jobcentre="Slagelse").sort("period_start")["period_start"][0]
    cases = rows.filter(jobcentre="Slagelse", period_start=first)["cases"].sum()
    week = course.chain.calendar.weeks.index(first)
    unit = course.geography.units.index("Slagelse")
    benefit = course.planted.expectation.benefit[week, unit] * 200_000
    assert cases == pytest.approx(benefit, rel=0.25)


def test_job_centres_keep_their_mean(staff: Staff) -> None:
    """Weighted by their cases, as citizens are, caseworkers move the share of nobody."""
    for week in np.flatnonzero(staff.stint >= 0):
        cases = staff.cases[staff.stints[staff.stint[week]]]
        moved = np.bincount(staff.place, cases * staff.shift[week, :-1])
        assert np.abs(moved).max() < 1e-9
        assert staff.shift[week, :-1].std() > 0.02
    assert (staff.shift[staff.stint < 0] == 0.0).all()
    assert (staff.shift[:, -1] == 0.0).all()


def test_citizens_belong_to_caseworkers_in_proportion_to_their_cases(staff: Staff) -> None:
    n = 60_000
    rng = np.random.default_rng(3)
    units = np.tile(rng.choice(staff.jobcentres[:3], n), (len(staff.stints), 1))
    own = draw_caseworkers(staff, units, rng)
    for stint, period in enumerate(staff.stints):
        for place in range(3):
            here = staff.place == place
            chance = staff.cases[period, here] / staff.cases[period, here].sum()
            total = (units[stint] == staff.jobcentres[place]).sum()
            found = np.bincount(own[stint], minlength=len(staff.place))[here]
            error = np.sqrt(total * chance * (1 - chance))
            assert (np.abs(found - total * chance) <= FAR * error).all()
    # The cases of these differ little from one period to the next.
    assert (own[2] == own[1]).mean() > 0.6


def test_who_moves_gets_another_and_elsewhere_there_is_none(course: Course, staff: Staff) -> None:
    elsewhere = course.geography.units.index("Aarhus")
    units = np.array([[staff.jobcentres[0], elsewhere], [staff.jobcentres[1], elsewhere]] * 4)
    own = draw_caseworkers(staff, units[: len(staff.stints)], np.random.default_rng(4))
    assert (own[:, 1] == -1).all()
    assert staff.place[own[:, 0]].tolist() == ([0, 1] * 4)[: len(staff.stints)]


def test_internships_follow_the_cases_of_the_caseworker(
    course: Course, staff: Staff, citizens: Citizens
) -> None:
    internship = np.isin(citizens.codes, (817, 818))
    usual, units = course.kinds.probability(("company_internship",)), units_of(course, citizens)
    for week in np.flatnonzero(staff.stint >= 0):
        who = np.flatnonzero(citizens.states[week] == State.MEASURE)
        worker = citizens.caseworkers[staff.stint[week], who]
        shift = staff.shift[week, worker]
        expected = np.clip(usual[week, units[week, who]] + shift, 0.0, 1.0)
        surplus = internship[week, who] - expected
        error = np.sqrt((expected * (1 - expected)).sum())
        assert abs(surplus.sum()) < FAR * error
        for part in (shift < -0.03, shift > 0.03):
            error = np.sqrt((expected * (1 - expected))[part].sum())
            assert abs(surplus[part].sum()) < FAR * error


def test_the_share_falls_by_what_is_planted_per_case(
    course: Course, staff: Staff, citizens: Citizens
) -> None:
    """The slope within job centre and week, of internship weeks on cases beyond the mean."""
    on = np.isin(citizens.states, ON_BENEFIT)
    internship = np.isin(citizens.codes, (817, 818))
    units = units_of(course, citizens)
    per_person = np.zeros((2, PERSONS))
    for week in np.flatnonzero(staff.stint >= 0):
        period = staff.stints[staff.stint[week]]
        full_time = 37.0 * staff.cases[period] / staff.hours
        who = np.flatnonzero(on[week] & np.isin(units[week], staff.jobcentres))
        worker = citizens.caseworkers[staff.stint[week], who]
        cases, place = full_time[worker], staff.place[worker]
        mean = np.bincount(place, cases) / np.bincount(place)
        share = np.bincount(place, internship[week, who]) / np.bincount(place)
        beyond = cases - mean[place]
        per_person[0, who] += beyond * (internship[week, who] - share[place])
        per_person[1, who] += beyond**2
    slope = per_person[0].sum() / per_person[1].sum()
    error = np.sqrt(((per_person[0] - slope * per_person[1]) ** 2).sum()) / per_person[1].sum()
    hours = course.hours[0, 0]
    assert error < 0.1 * abs(PER_CASE)
    assert abs(slope - PER_CASE / (1.0 - hours)) < 3.0 * error


def test_weeks_with_hours_leave_less_to_internships(course: Course) -> None:
    no_hours, half = (
        staff_course(replace(course, hours=course.hours * 0.0 + share), 200_000, rng).staff.shift
        for share, rng in ((0.0, np.random.default_rng(1)), (0.5, np.random.default_rng(1)))
    )
    assert np.allclose(half, 2.0 * no_hours)


def test_links_tell_who_had_whom_week_by_week(
    course: Course, staff: Staff, citizens: Citizens
) -> None:
    on = np.isin(citizens.states, ON_BENEFIT)
    mondays = course.chain.calendar.weeks
    links = list_links(staff, on, citizens.caseworkers, mondays)
    found = np.zeros(on.shape, dtype=np.int64)
    numbers = links["caseworker_id"].str.slice(1).cast(pl.Int64)
    last = mondays[-1] + timedelta(days=6)
    for citizen, number, start, end in zip(
        links["citizen"], numbers, links["start_date"], links["end_date"], strict=True
    ):
        first, final = mondays.index(start), mondays.index((end or last) - timedelta(days=6))
        assert (found[first : final + 1, citizen] == 0).all()
        found[first : final + 1, citizen] = number
    watched = staff.stint >= 0
    expected = np.where(on[watched], citizens.caseworkers[staff.stint[watched]] + 1, 0)
    assert np.array_equal(found[watched], expected)
    assert (found[~watched] == 0).all()
    assert links["end_date"].null_count() == (expected[-1] > 0).sum()


def test_registers_name_each_other(registers: Registers) -> None:
    caseload = pl.read_parquet(registers.folder / "caseload.parquet")
    links = pl.read_parquet(registers.folder / "caseworkers.parquet")
    assert set(links["caseworker_id"]) <= set(caseload["caseworker_id"])
    assert set(links["pnr"]) <= set(registers.dream["pnr"])
    key = links.select(pl.struct("pnr", "caseworker_id", "start_date").is_unique().all())
    assert key.item()


def test_without_reported_cases_there_are_no_caseworkers(hir: Study, course: Course) -> None:
    own = course.calibration
    without = replace(course, staff=None, calibration=own.model_copy(update={"caseload": None}))
    assert staff_course(without, 10_000, np.random.default_rng(1)) is without
