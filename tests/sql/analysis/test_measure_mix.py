"""Person-weeks by kind of measure."""

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

HEAD = (
    "population | person_id | week | period | jobcentre | is_on_benefit | measure | ordinary_hours"
)


def test_weeks_are_counted_by_window_job_centre_and_measure():
    rows = """
        course | a | 2018-W01 | before       | Greve    | true | none               | 0
        course | b | 2018-W01 | before       | Greve    | true | none               | 0
        course | a | 2018-W07 | intervention | Gladsaxe | true | company_internship | 0
    """
    inputs = {"analysis.person_weeks": f"{HEAD}\n{rows}", "staging.periods": PERIODS}
    assert run_stage("analysis.measure_mix", inputs) == draw("""
        population | period       | jobcentre | measure            | n_weeks
        course     | before       | Greve     | none               | 2
        course     | intervention | Gladsaxe  | company_internship | 1
        course     | late         | Gladsaxe  | company_internship | 1
    """)


def test_weeks_off_the_benefit_are_in_no_measure_and_not_without_one():
    rows = "course | a | 2018-W01 | before | Greve | false | none | 0"
    inputs = {"analysis.person_weeks": f"{HEAD}\n{rows}", "staging.periods": PERIODS}
    assert run_stage("analysis.measure_mix", inputs) == []


def test_no_weeks_give_no_rows():
    inputs = {"analysis.person_weeks": HEAD, "staging.periods": PERIODS}
    assert run_stage("analysis.measure_mix", inputs) == []
