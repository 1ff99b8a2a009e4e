"""The two sums of a mean over weeks by member, job centre and window."""

from datetime import date

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

HEAD = (
    "population | outcome | person_id | jobcentre | week_numbers | outcome_week_numbers"
    " | outcome_amounts | week_weight"
)


def cells(rows: str):
    inputs = {"analysis.mean_courses": f"{HEAD}\n{rows}", "staging.periods": PERIODS}
    return run_stage("analysis.mean_cells", inputs, first_week=date(2018, 1, 1))


def test_the_weeks_of_a_window_are_counted_to_both_ends():
    assert cells("course | either | a | Greve | 0, 1, 3, 4, 7 | 0, 3, 4 | 1, 1, 1 | 1") == draw("""
        population | outcome | period       | person_id | jobcentre | numerator | denominator | n_events
        course     | either  | before       | a         | Greve     | 2         | 3           | 2
        course     | either  | intervention | a         | Greve     | 1         | 2           | 1
        course     | either  | late         | a         | Greve     | 0         | 1           | 0
    """)


def test_a_week_is_in_the_whole_period_and_in_its_phase():
    found = cells("""
        course | either | a | Greve    | 5 | 5 | 1 | 1
        course | either | a | Gladsaxe | 6 | 6 | 1 | 1
    """)
    assert found == draw("""
        population | outcome | period       | person_id | jobcentre | numerator | denominator | n_events
        course     | either  | intervention | a         | Gladsaxe  | 1         | 1           | 1
        course     | either  | intervention | a         | Greve     | 1         | 1           | 1
        course     | either  | late         | a         | Gladsaxe  | 1         | 1           | 1
    """)


def test_an_outcome_that_never_holds_has_no_outcome_weeks():
    (cell,) = cells("course | either | a | Greve | 1 | - | - | 1")
    assert (cell["numerator"], cell["denominator"], cell["n_events"]) == (0, 1, 0)


def test_a_window_has_the_amounts_of_its_own_weeks_and_the_weight_of_all():
    found = cells("course | hours | a | Greve | 2, 3, 4, 6, 7 | 3, 4, 7 | 10, 200, 5000 | 16033")
    assert found == draw("""
        population | outcome | period       | person_id | jobcentre | numerator | denominator | n_events
        course     | hours   | before       | a         | Greve     | 10        | 32066       | 1
        course     | hours   | intervention | a         | Greve     | 5200      | 48099       | 2
        course     | hours   | late         | a         | Greve     | 5000      | 32066       | 1
    """)


def test_no_courses_give_no_cells():
    assert cells("") == []
