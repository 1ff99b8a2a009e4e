"""Sums of characteristics by job centre."""

from tests.support.drawn import draw, run_stage

HEAD = "population | person_id | jobcentre | characteristic | amount"


def test_sums_and_squares_are_by_job_centre_and_characteristic():
    rows = """
        course | a | Greve    | earlier_measures | 1
        course | b | Greve    | earlier_measures | 3
        course | b | Greve    | weeks_on_benefit | 2
        course | c | Gladsaxe | earlier_measures | 0
    """
    assert run_stage("analysis.balance_cells", {"analysis.characteristics": HEAD + rows}) == draw(
        """
        population | characteristic   | jobcentre | n_persons | total | total_squares
        course     | earlier_measures | Gladsaxe  | 1         | 0     | 0
        course     | earlier_measures | Greve     | 2         | 4     | 10
        course     | weeks_on_benefit | Greve     | 1         | 2     | 4
        """
    )


def test_nobody_gives_no_cells():
    assert run_stage("analysis.balance_cells", {"analysis.characteristics": HEAD}) == []
