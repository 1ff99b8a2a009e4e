"""Weeks, and weeks with the outcome, by member, job centre and window."""

from datetime import date

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

HEAD = "population | outcome | person_id | jobcentre | week_numbers | outcome_week_numbers"


def cells(rows: str):
    inputs = {"analysis.share_courses": f"{HEAD}\n{rows}", "staging.periods": PERIODS}
    return run_stage("analysis.share_cells", inputs, first_week=date(2018, 1, 1))


def test_the_weeks_of_a_window_are_counted_to_both_ends():
    assert cells("course | either | a | Greve | 0, 1, 3, 4, 7 | 0, 3, 4") == draw("""
        population | outcome | period       | person_id | jobcentre | n_weeks | n_outcome_weeks
        course     | either  | before       | a         | Greve     | 3       | 2
        course     | either  | intervention | a         | Greve     | 2       | 1
        course     | either  | late         | a         | Greve     | 1       | 0
    """)


def test_a_week_is_in_the_whole_period_and_in_its_phase():
    found = cells("""
        course | either | a | Greve    | 5 | 5
        course | either | a | Gladsaxe | 6 | 6
    """)
    assert found == draw("""
        population | outcome | period       | person_id | jobcentre | n_weeks | n_outcome_weeks
        course     | either  | intervention | a         | Gladsaxe  | 1       | 1
        course     | either  | intervention | a         | Greve     | 1       | 1
        course     | either  | late         | a         | Gladsaxe  | 1       | 1
    """)


def test_an_outcome_that_never_holds_has_no_outcome_weeks():
    (cell,) = cells("course | either | a | Greve | 1 | -")
    assert (cell["n_weeks"], cell["n_outcome_weeks"]) == (1, 0)


def test_no_courses_give_no_cells():
    assert cells("") == []
