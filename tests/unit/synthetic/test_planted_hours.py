"""Planted hours: what truth and draws make of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import numpy as np
import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.spec import Study, load_study, parse_weeks
from pipeline.synthetic.blocks import cut_blocks
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.figures import planted_figures
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.jobs import ORDINARY, draw_jobs
from pipeline.synthetic.kinds import make_kinds
from pipeline.synthetic.months import make_months
from pipeline.synthetic.pay import expect_paid_hours, find_pay
from pipeline.synthetic.people import draw_crowd, make_plan
from pipeline.synthetic.planted_hours import plant_hours
from pipeline.synthetic.shocks import shock_course
from pipeline.synthetic.targets import make_targets
from pipeline.synthetic.truth import Course, plant_course

ROOT = Path(__file__).parents[3]
WEEKS = parse_weeks("2015-W01..2018-W50")
GOOD = """
[rest_of_country]
weeks = { before = 38.0, during = 49.0 }
share = { before = 0.18, during = 0.19 }
hours = { before = 1.0, during = 1.2 }
with_hours = { before = 0.06, during = 0.05, phases = { last_quarter = 0.04 } }
[measure_share]
named_units = { before = 0.38, during = 0.4 }
rest_of_country = { before = 0.38, during = 0.4 }
[process]
parked_share = 0.4
hours_ever = 0.185
hours_month = 0.3
hours_paid = 78.1
[participating]
weeks = { before = 38.0, during = 49.0 }
share = { before = 0.19, during = 0.21 }
hours = { before = 1.1, during = 1.8, phases = { last_quarter = 2.4 } }
"""
GREVE = """
[units.Greve]
weeks = { before = 38.0, during = 49.0 }
share = { before = 0.19, during = 0.21 }
with_hours = { before = 0.05, during = 0.10, phases = { last_quarter = 0.12 } }
hours = { before = 0.8, during = 3.2 }
"""


@pytest.fixture(scope="module")
def stv() -> Study:
    """STV without what is asked of those who may have left."""
    study = load_study("stv")
    narrow = {name: own for name, own in study.outcomes.items() if own.population is None}
    return study.model_copy(update={"outcomes": narrow})


def plant(study: Study, text: str, folder: Path) -> Course:
    path = folder / "plant.toml"
    path.write_text(text, encoding="utf-8")
    return plant_course(study, read_geography(WEEKS), WEEKS, load_calibration(study, path))


def replant(course: Course, text: str, folder: Path) -> Course:
    """The same chain with other hours."""
    path = folder / "plant.toml"
    path.write_text(text, encoding="utf-8")
    calibration = load_calibration(course.study, path)
    targets = make_targets(calibration, course.geography.units)
    expectation = course.planted.expectation
    hours = plant_hours(course.study, calibration, targets, expectation)
    kinds = make_kinds(course.study, calibration, targets, expectation, hours.share)
    return replace(course, kinds=kinds, hours=hours.share, pay=hours.pay)


@pytest.fixture(scope="module")
def course(stv: Study, tmp_path_factory: pytest.TempPathFactory) -> Course:
    return plant(stv, GOOD + GREVE, tmp_path_factory.mktemp("plant"))


@pytest.fixture(scope="module")
def truth(course: Course) -> pl.DataFrame:
    return planted_figures(course)


@pytest.mark.parametrize(
    ("outcome", "phase", "unit", "before", "during"),
    [
        ("mean_hours", "intervention", "rest_of_country", 1.0, 1.2),
        ("mean_hours", "intervention", "Skive", 1.1, 1.8),
        ("mean_hours", "last_quarter", "Skive", 1.1, 2.4),
        ("mean_hours", "intervention", "Greve", 0.8, 3.2),
        ("share_with_hours", "intervention", "rest_of_country", 0.06, 0.05),
        ("share_with_hours", "last_quarter", "rest_of_country", 0.06, 0.04),
        ("share_with_hours", "intervention", "Greve", 0.05, 0.10),
        ("share_with_hours", "last_quarter", "Greve", 0.05, 0.12),
        # Hours planted alone move no share.
        ("share_with_hours", "intervention", "Skive", 0.0555, 0.0555),
        ("share_with_hours", "last_quarter", "Skive", 0.0555, 0.0555),
    ],
)
def test_the_truth_is_what_is_planted(
    truth: pl.DataFrame, outcome: str, phase: str, unit: str, before: float, during: float
) -> None:
    row = truth.filter(outcome=outcome, phase=phase, unit=unit).to_dicts()[0]
    assert (row["before"], row["during"]) == (pytest.approx(before), pytest.approx(during))
    assert row["source"] == "exact"


def test_planted_hours_leave_the_planted_share_and_weeks(course: Course) -> None:
    """The share of internship or hours, which nothing of the study asks for by itself."""
    share = course.study.outcomes["share_any"].model_copy(
        update={"any_of": ("company_internship", "ordinary_hours")}
    )
    weeks = load_study("hir").outcomes["weeks_between_measures"]
    weeks = weeks.model_copy(update={"population": None})
    asked = course.study.model_copy(update={"outcomes": {"share": share, "weeks": weeks}})
    truth = planted_figures(replace(course, study=asked)).filter(phase="intervention")
    planted = {"share": (0.19, 0.21), "weeks": (38.0, 49.0)}
    for outcome, unit in ((o, u) for o in planted for u in ("Greve", "Skive")):
        row = truth.filter(outcome=outcome, unit=unit).to_dicts()[0]
        assert (row["before"], row["during"]) == pytest.approx(planted[outcome])


def test_hours_are_the_same_throughout_a_month(course: Course) -> None:
    months = make_months(course.chain.calendar.weeks)
    shocked = shock_course(course, np.random.default_rng(1))
    for found in (course.hours, course.pay.drawn, course.pay.expected, shocked.hours):
        for month in range(len(months.firsts)):
            own = found[months.weeks(month)]
            assert (own == own[0]).all()


def test_jobs_have_the_hours_of_their_job_centre(stv: Study, tmp_path: Path) -> None:
    text = GOOD.replace("during = 1.8", "during = 2.2").replace("during = 1.2", "during = 0.4")
    course = plant(stv, text.replace(", phases = { last_quarter = 2.4 }", ""), tmp_path)
    plan = make_plan(course, 6_000, 1)
    (block,) = cut_blocks(6_000, 2_500, 0)
    *streams, for_jobs = block.spawn_streams(1, 5)
    crowd = draw_crowd(plan, block, streams)
    rows = draw_jobs(plan, crowd, for_jobs).rows.filter(stoette_besk_kode=ORDINARY)
    place = {key: number for number, key in enumerate(crowd.keys.to_list())}
    late, citizens = pl.col("ajo_job_start_dato").dt.year() == 2018, crowd.citizens
    month_of = {first: month for month, first in enumerate(plan.months.firsts)}
    participating = np.isin(course.geography.units, stv.participating)
    hours: dict[bool, list[float]] = {True: [], False: []}
    for key, start, paid in (
        rows.filter(late)
        .select("pnr", pl.col("ajo_job_start_dato").dt.truncate("1mo"), "ajo_loentimer")
        .iter_rows()
    ):
        own, month = place[key] - 3_500, month_of[start]
        on_course = (citizens.codes[plan.months.weeks(month)] > 0).all(axis=0)
        if own >= 0 and on_course[own]:
            unit = course.geography.unit_of[citizens.homes[3, own]]
            hours[bool(participating[unit])].append(paid)
    for takes_part, weekly, share in ((True, 2.2, 0.0555), (False, 0.4, 0.045)):
        found = np.array(hours[takes_part])
        # The share of the rest falls from quarter to quarter.
        assert found.size > 100
        assert found.mean() == pytest.approx(weekly / share * 160.33 / 37, rel=0.15)


def test_the_example_of_the_documentation_can_be_planted(stv: Study, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    example = page[page.index("    [rest_of_country]") : page.index("| planted | is |")]
    truth = planted_figures(plant(stv, dedent(example), tmp_path)).filter(phase="intervention")
    means = {row["unit"]: row for row in truth.filter(outcome="mean_hours").to_dicts()}
    for unit, during in (("Greve", 3.2), ("Skive", 1.9), ("rest_of_country", 1.1)):
        assert means[unit]["during"] == pytest.approx(during)


def test_pay_is_found_from_what_is_expected_of_it() -> None:
    expected = np.array([[2.0, 78.0], [140.0, 200.0]])
    pay = find_pay(expected)
    assert pay.expected is expected
    assert np.allclose(expect_paid_hours(pay.drawn), expected, rtol=1e-12)
    assert pay.drawn[1, 1] > 210.0


def change(old: str, new: str) -> str:
    assert old in GOOD + GREVE
    return (GOOD + GREVE).replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (change("units.Greve", "units.Grevee"), "no job centre 'Grevee'; did you mean 'Greve'"),
        (change("before = 0.8", "before = -0.1"), "hours.before = -0.1; .*greater than 0"),
        (change("during = 3.2", "during = 38.0"), "hours.during = 38.0; .*equal to 37"),
        (change("during = 0.10", "during = 1.0"), "with_hours.during = 1.0; .*less than 1"),
        (change("last_quarter = 2.4", "last = 2.4"), "participating.hours: .* no phase 'last'"),
        (change("before = 0.8, ", ""), "key units.Greve.hours.before is missing"),
        (change("hours = { before = 0.8", "hour = { before = 0.8"), "did you mean 'hours'"),
    ],
)
def test_faults_name_the_place(stv: Study, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        plant(stv, text, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (change("during = 3.2", "during = 7.0"), "Greve: the planted hours need 312.4 .* 2 to 200"),
        (change("before = 0.8", "before = 0.02"), "Greve: the planted hours need 1.733 hours"),
        (
            change("during = 0.10", "during = 0.16"),
            "Greve: .* share of 0.16.* has hours, of at most 0.148",
        ),
        (change("last_quarter = 0.12", "last_quarter = 0.6"), "Greve: the planted with_hours"),
        # Fewer have an internship or hours than hours alone.
        (
            change("during = 0.21 }\nwith", "during = 0.09 }\nwith"),
            "Greve: the planted shares need under 0 .* above with_hours",
        ),
    ],
)
def test_what_is_out_of_reach_is_refused(
    course: Course, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        replant(course, text, tmp_path)


def test_phases_of_a_few_weeks_have_no_hours_of_their_own(course: Course, tmp_path: Path) -> None:
    phases = {"last_quarter": parse_weeks("2018-W49..2018-W49")}
    short = replace(course, study=course.study.model_copy(update={"phases": phases}))
    with pytest.raises(StudyError, match="Skive: no hours that change by the month alone"):
        replant(short, GOOD.replace(", phases = { last_quarter = 0.04 }", ""), tmp_path)


def test_phases_may_cover_the_intervention(course: Course, tmp_path: Path) -> None:
    phases = {"last_quarter": course.study.periods.intervention}
    whole = replace(course, study=course.study.model_copy(update={"phases": phases}))
    text = GOOD.replace("during = 0.05", "during = 0.04")
    with pytest.raises(StudyError, match="Skive: no hours that change by the month alone"):
        replant(whole, text, tmp_path)
    truth = planted_figures(replant(whole, text.replace("during = 1.8", "during = 2.4"), tmp_path))
    skive = truth.filter(outcome="mean_hours", unit="Skive")
    assert skive["during"].to_list() == pytest.approx([2.4, 2.4])


def test_hours_that_no_outcome_shows_are_refused(planted_hir: Study, tmp_path: Path) -> None:
    """HIR asks for a share of weeks with hours, not for their mean."""
    path = tmp_path / "plant.toml"
    path.write_text(GOOD.replace("last_quarter", "last_3_months"), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_calibration(planted_hir, path)
    what = "the study has no outcome of mean hours to plant them for"
    places = ("participating.hours", "rest_of_country.hours")
    assert [fault.what for fault in error.value.faults] == [f"{own}: {what}" for own in places]
    practice = planted_hir.outcomes["share_practice_or_hours"]
    practice = practice.model_copy(update={"any_of": ("company_internship",)})
    bare = planted_hir.model_copy(update={"outcomes": {"practice": practice}})
    with pytest.raises(StudyError, match="no outcome of the study is about ordinary hours"):
        load_calibration(bare, path)


def test_those_who_take_part_have_what_is_planted_for_all_of_them(
    stv: Study, course: Course
) -> None:
    units = course.calibration.units
    assert set(units) == set(stv.participating)
    assert units["Greve"].hours.during == 3.2
    assert {unit.hours.during for name, unit in units.items() if name != "Greve"} == {1.8}
