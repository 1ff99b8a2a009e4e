"""Weeks, and weeks with the outcome, by member, job centre and window."""

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

HEAD = "population | person_id | week | period | jobcentre | measure | ordinary_hours"
EITHER = [{"outcome": "either", "any_of": ["company_internship", "ordinary_hours"]}]


def cells(rows: str, outcomes: list = EITHER):
    inputs = {"analysis.person_weeks": f"{HEAD}\n{rows}", "staging.periods": PERIODS}
    return run_stage("analysis.share_cells", inputs, share_outcomes=outcomes)


def test_any_of_the_named_things_counts_once():
    assert cells("""
        course | a | 2018-W01 | before | Greve | none                    | 0
        course | a | 2018-W02 | before | Greve | company_internship      | 0
        course | a | 2018-W03 | before | Greve | guidance_and_upskilling | 5.5
        course | a | 2018-W04 | before | Greve | company_internship      | 5.5
    """) == draw("""
        population | outcome | period | person_id | jobcentre | n_weeks | n_outcome_weeks
        course     | either  | before | a         | Greve     | 4       | 3
    """)


def test_a_week_is_in_the_whole_period_and_in_its_phase():
    found = cells("""
        course | a | 2018-W06 | intervention | Greve    | none | 1
        course | a | 2018-W07 | intervention | Gladsaxe | none | 1
    """)
    assert found == draw("""
        population | outcome | period       | person_id | jobcentre | n_weeks | n_outcome_weeks
        course     | either  | intervention | a         | Gladsaxe  | 1       | 1
        course     | either  | intervention | a         | Greve     | 1       | 1
        course     | either  | late         | a         | Gladsaxe  | 1       | 1
    """)


def test_hours_do_not_count_where_the_outcome_does_not_name_them():
    only = [{"outcome": "only", "any_of": ["company_internship"]}]
    (cell,) = cells("course | a | 2018-W01 | before | Greve | none | 9", only)
    assert cell["n_outcome_weeks"] == 0


def test_unknown_hours_do_not_hide_a_measure():
    only = [{"outcome": "only", "any_of": ["company_internship"]}]
    (cell,) = cells("course | a | 2018-W01 | before | Greve | company_internship | -", only)
    assert cell["n_outcome_weeks"] == 1


def test_no_weeks_or_no_outcomes_give_no_cells():
    assert cells("") == []
    assert cells("course | a | 2018-W01 | before | Greve | none | 0", []) == []
