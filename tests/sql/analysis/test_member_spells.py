"""Members' weeks on the benefit, cut where the municipality changes."""

from tests.support.drawn import draw, run_stage
from tests.support.inputs import BENEFIT_CODES, COURSE


def member_spells(spells: str, residences: str):
    return run_stage(
        "analysis.member_spells",
        {
            "core.benefit_spells": spells,
            "core.residences": residences,
            "staging.benefit_codes": BENEFIT_CODES,
            "analysis.members": "population | person_id\ncourse | a",
            "staging.populations": COURSE,
        },
    )


def test_spells_are_cut_at_a_move_and_other_benefits_left_out():
    assert member_spells(
        """
        person_id | benefit_code | start_week | end_week
        a         | 730          | 2017-W40   | 2017-W50
        a         | 817          | 2017-W50   | 2018-W03
        b         | 810          | 2017-W50   | 2018-W03
        """,
        """
        person_id | municipality_code | jobcentre | start_week | end_week
        a         | 159               | Gladsaxe  | 2017-W01   | 2018-W01
        a         | 253               | Greve     | 2018-W01   | 2019-W01
        b         | 253               | Greve     | 2017-W01   | 2019-W01
        """,
    ) == draw("""
        population | person_id | start_week | end_week | jobcentre | measure            | is_measure
        course     | a         | 2017-W50   | 2018-W01 | Gladsaxe  | company_internship | true
        course     | a         | 2018-W01   | 2018-W03 | Greve     | company_internship | true
    """)


def test_weeks_without_a_municipality_stay_without_a_job_centre():
    (spell,) = member_spells(
        """
        person_id | benefit_code | start_week | end_week
        a         | 810          | 2018-W02   | 2018-W03
        """,
        """
        person_id | municipality_code | jobcentre | start_week | end_week
        a         | -                 | -         | 2018-W01   | 2019-W01
        """,
    )
    assert spell["jobcentre"] is None


def test_no_spells_give_no_rows():
    assert (
        member_spells(
            "person_id | benefit_code | start_week | end_week",
            "person_id | municipality_code | jobcentre | start_week | end_week",
        )
        == []
    )
