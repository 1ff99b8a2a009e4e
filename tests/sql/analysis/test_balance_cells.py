"""Sums of characteristics by job centre."""

from tests.support.drawn import draw, run_stage

HEAD = "population | person_id | jobcentre | characteristic | amount"
KNOWN = "population | person_id | sex | age_years | age_band | origin"


def add_up(rows: str = "", known: str = ""):
    inputs = {
        "analysis.characteristics": f"{HEAD}\n{rows}",
        "analysis.covariates": f"{KNOWN}\n{known}",
    }
    return run_stage("analysis.balance_cells", inputs)


def test_sums_and_squares_are_by_job_centre_and_characteristic():
    assert add_up("""
        course | a | Greve    | earlier_measures | 1
        course | b | Greve    | earlier_measures | 3
        course | b | Greve    | weeks_on_benefit | 2
        course | c | Gladsaxe | earlier_measures | 0
    """) == draw("""
        population | characteristic   | jobcentre | n_persons | total | total_squares
        course     | earlier_measures | Gladsaxe  | 1         | 0     | 0
        course     | earlier_measures | Greve     | 2         | 4     | 10
        course     | weeks_on_benefit | Greve     | 1         | 2     | 4
    """)


def test_sex_age_and_origin_are_of_those_of_whom_they_are_known():
    weeks = """
        course | a | Greve | weeks_on_benefit | 1
        course | b | Greve | weeks_on_benefit | 1
    """
    known = """
        course | a | woman | 40 | 40_to_49 | danish
        course | b | man   | -  | -        | -
        course | c | woman | 50 | 50_to_59 | danish
    """
    assert add_up(weeks, known) == draw("""
        population | characteristic      | jobcentre | n_persons | total | total_squares
        course     | age                 | Greve     | 1         | 40    | 1600
        course     | danish_origin_share | Greve     | 1         | 1     | 1
        course     | weeks_on_benefit    | Greve     | 2         | 2     | 2
        course     | woman_share         | Greve     | 2         | 1     | 1
    """)


def test_nobody_gives_no_cells():
    assert add_up() == []
