"""Persons and person-weeks left after each step; nobody vanishes between them."""

from tests.support.drawn import run_stage
from tests.support.inputs import BENEFIT_CODES, COURSE, PERIODS

SPELLS = """
    person_id | benefit_code | start_week | end_week
    a         | 810          | 2017-W50   | 2018-W09
    gone      | 813          | 2018-W03   | 2018-W05
    homeless  | 810          | 2018-W05   | 2018-W07
    other     | 730          | 2018-W05   | 2018-W07
"""
MEMBERS = """
    population | person_id
    course     | a
    course     | homeless
"""
WEEKS = """
    population | person_id | week     | period       | jobcentre | measure | ordinary_hours
    course     | a         | 2018-W01 | before       | Greve     | none    | 0
    course     | a         | 2018-W02 | before       | Greve     | none    | 0
    course     | a         | 2018-W03 | before       | Greve     | none    | 0
    course     | a         | 2018-W04 | before       | Greve     | none    | 0
    course     | a         | 2018-W05 | intervention | Greve     | none    | 0
    course     | a         | 2018-W06 | intervention | Greve     | none    | 0
    course     | a         | 2018-W07 | intervention | Skive     | none    | 0
    course     | a         | 2018-W08 | intervention | Skive     | none    | 0
"""


OFF = "population | person_id | week | period | jobcentre"


def attrition(
    spells: str, members: str, weeks: str, excluded: list[str], off: str = "", population=COURSE
):
    inputs = {
        "staging.periods": PERIODS,
        "staging.populations": population,
        "analysis.weeks_off_benefit": f"{OFF}\n{off}",
        "core.benefit_spells": spells,
        "staging.benefit_codes": BENEFIT_CODES,
        "analysis.members": members,
        "analysis.person_weeks": weeks,
    }
    rows = run_stage("analysis.attrition", inputs, excluded=excluded)
    return [(r["period"], r["step_number"], r["n_persons"], r["n_weeks"]) for r in rows]


def test_each_step_counts_who_is_left():
    assert attrition(SPELLS, MEMBERS, WEEKS, ["Skive"]) == [
        ("before", 1, 2, 6),
        ("before", 2, 1, 4),
        ("before", 3, 1, 4),
        ("before", 4, 1, 4),
        ("intervention", 1, 2, 6),
        ("intervention", 2, 2, 6),
        ("intervention", 3, 1, 4),
        ("intervention", 4, 1, 2),
    ]


def test_weeks_off_the_benefit_come_in_at_a_step_of_their_own():
    off = """
        course | homeless | 2018-W03 | before       | -
        course | homeless | 2018-W08 | intervention | Greve
    """
    placed = "course | homeless | 2018-W08 | intervention | Greve | none | 0"
    found = attrition(
        SPELLS, MEMBERS, WEEKS + placed, ["Skive"], off, COURSE.replace("on_benefit", "all")
    )
    assert found == [
        ("before", 1, 2, 6),
        ("before", 2, 1, 4),
        ("before", 3, 2, 5),
        ("before", 4, 1, 4),
        ("before", 5, 1, 4),
        ("intervention", 1, 2, 6),
        ("intervention", 2, 2, 6),
        ("intervention", 3, 2, 7),
        ("intervention", 4, 2, 5),
        ("intervention", 5, 2, 3),
    ]


def test_without_anyone_every_step_is_there_with_zero():
    heads = (SPELLS.splitlines()[1], MEMBERS.splitlines()[1], WEEKS.splitlines()[1])
    assert [row[2:] for row in attrition(*heads, [])] == [(0, 0)] * 8
