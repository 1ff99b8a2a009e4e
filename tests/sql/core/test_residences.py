"""The municipality of a year holds for its ISO weeks, under the job centre that served it then."""

from tests.support.drawn import draw, run_stage

MUNICIPALITIES = """
    municipality_code | municipality | jobcentre        | first_year | last_year
    159               | Gladsaxe     | Gladsaxe         | 2007       | -
    183               | Ishøj        | Vallensbæk-Ishøj | 2007       | 2021
    183               | Ishøj        | Ishøj            | 2022       | -
    187               | Vallensbæk   | Vallensbæk-Ishøj | 2007       | 2021
"""


def residences(dream: str, first_year: int):
    inputs = {"raw.dream": dream, "staging.municipalities": MUNICIPALITIES}
    return run_stage("core.residences", inputs, residence_first_year=first_year)


def test_equal_years_are_one_row_and_weeks_follow_the_iso_year():
    assert residences(
        """
        pnr | nykom2015 | nykom2016 | nykom2017
        a   | 159       | 159       | 183
        """,
        2015,
    ) == draw("""
        person_id | municipality_code | jobcentre        | start_week | end_week
        a         | 159               | Gladsaxe         | 2015-W01   | 2017-W01
        a         | 183               | Vallensbæk-Ishøj | 2017-W01   | 2018-W01
    """)


def test_a_change_of_job_centre_splits_a_municipality():
    assert residences(
        """
        pnr | nykom2021 | nykom2022
        a   | 183       | 183
        """,
        2021,
    ) == draw("""
        person_id | municipality_code | jobcentre        | start_week | end_week
        a         | 183               | Vallensbæk-Ishøj | 2021-W01   | 2022-W01
        a         | 183               | Ishøj            | 2022-W01   | 2023-W01
    """)


def test_unknown_and_missing_municipalities_are_rows_without_a_job_centre():
    assert residences(
        """
        pnr | nykom2015 | nykom2016
        a   | -         | 411
        b   | ' '       | '159'
        """,
        2015,
    ) == draw("""
        person_id | municipality_code | jobcentre | start_week | end_week
        a         | -                 | -         | 2015-W01   | 2016-W01
        a         | 411               | -         | 2016-W01   | 2017-W01
        b         | -                 | -         | 2015-W01   | 2016-W01
        b         | 159               | Gladsaxe  | 2016-W01   | 2017-W01
    """)


def test_no_rows_give_no_residences():
    assert residences("pnr | nykom2015", 2015) == []
