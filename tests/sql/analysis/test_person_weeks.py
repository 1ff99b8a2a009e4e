"""The study's weeks of each member, with the hours of the month of their Thursday."""

import pytest

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

OFF = "population | person_id | week | period | jobcentre"
SPELL = "population | person_id | start_week | end_week | jobcentre | measure | is_measure"


def person_weeks(spells: str, hours: str = "", has_hours: bool = True, off: str = ""):
    inputs = {
        "staging.periods": PERIODS,
        "analysis.member_spells": f"{SPELL}\n{spells}",
        "analysis.weeks_off_benefit": f"{OFF}\n{off}",
        "staging.ordinary_hours": f"person_id | month_date | ordinary_hours\n{hours}",
    }
    return run_stage("analysis.person_weeks", inputs, has_hours=has_hours)


def test_weeks_outside_the_periods_and_without_a_job_centre_are_left_out():
    assert person_weeks("""
        course | a | 2017-W51 | 2018-W02 | Greve | none               | false
        course | a | 2018-W08 | 2018-W10 | Greve | company_internship | true
        course | b | 2018-W05 | 2018-W06 | -     | none               | false
    """) == draw("""
        population | person_id | week     | period       | jobcentre | is_on_benefit | measure            | month_hours | ordinary_hours
        course     | a         | 2018-W01 | before       | Greve     | true          | none               | 0           | 0
        course     | a         | 2018-W08 | intervention | Greve     | true          | company_internship | 0           | 0
    """)


def test_a_week_has_the_hours_of_the_month_of_its_thursday():
    # 2018-W05 runs from 29 January to 4 February; its Thursday is 1 February.
    found = person_weeks(
        "course | a | 2018-W04 | 2018-W06 | Greve | none | false",
        "a | 2018-02-01 | 160.33",
    )
    assert [row["ordinary_hours"] for row in found] == [0, pytest.approx(37)]


def test_without_e_income_hours_are_unknown_and_not_zero():
    (week,) = person_weeks(
        "course | a | 2018-W05 | 2018-W06 | Greve | none | false", has_hours=False
    )
    assert (week["month_hours"], week["ordinary_hours"]) == (None, None)


def test_weeks_off_the_benefit_have_their_hours_and_no_measure():
    found = person_weeks(
        "course | a | 2018-W04 | 2018-W05 | Greve | company_internship | true",
        "a | 2018-02-01 | 20",
        off="""
        course | a | 2018-W05 | intervention | Greve
        course | a | 2018-W06 | intervention | -
        """,
    )
    assert [(row["is_on_benefit"], row["measure"], row["month_hours"]) for row in found] == [
        (True, "company_internship", 0),
        (False, "none", 20),
    ]


def test_no_spells_give_no_weeks():
    assert person_weeks("") == []
