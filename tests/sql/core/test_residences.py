"""The municipality of a year holds for its ISO weeks, under the job centre that served it then."""

from tests.support.drawn import draw, run_stage

MUNICIPALITIES = """
    municipality_code | municipality | jobcentre        | start_week | end_week
    159               | Gladsaxe     | Gladsaxe         | 2007-W01   | -
    183               | Ishøj        | Vallensbæk-Ishøj | 2007-W01   | 2022-W01
    183               | Ishøj        | Ishøj            | 2022-W01   | -
    187               | Vallensbæk   | Vallensbæk-Ishøj | 2007-W01   | 2022-W01
"""
REGISTERED = "person_id | municipality_code | start_week | end_week"


def residences(dream: str, first_year: int, registered: str = ""):
    inputs = {
        "raw.dream": dream,
        "staging.municipalities": MUNICIPALITIES,
        "staging.registered_residences": f"{REGISTERED}\n{registered}",
    }
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


def test_the_population_register_is_believed_in_its_quarters_and_dream_before_and_after():
    """The register begins in the middle of a run of DREAM's, and ends in another."""
    assert residences(
        """
        pnr | nykom2014 | nykom2015 | nykom2016
        a   | 159       | 159       | 187
        b   | 159       | 159       | 159
        """,
        2014,
        """
        a | 159 | 2015-W01 | 2015-W27
        a | 183 | 2015-W27 | 2016-W14
        b | -   | 2015-W01 | 2016-W14
        """,
    ) == draw("""
        person_id | municipality_code | jobcentre        | start_week | end_week
        a         | 159               | Gladsaxe         | 2014-W01   | 2015-W01
        a         | 159               | Gladsaxe         | 2015-W01   | 2015-W27
        a         | 183               | Vallensbæk-Ishøj | 2015-W27   | 2016-W14
        a         | 187               | Vallensbæk-Ishøj | 2016-W14   | 2017-W01
        b         | 159               | Gladsaxe         | 2014-W01   | 2015-W01
        b         | -                 | -                | 2015-W01   | 2016-W14
        b         | 159               | Gladsaxe         | 2016-W14   | 2017-W01
    """)


def test_a_register_that_covers_a_year_and_more_leaves_nothing_of_dream():
    found = residences(
        """
        pnr | nykom2015
        a   | 159
        """,
        2015,
        "a | 183 | 2014-W40 | 2016-W14",
    )
    assert [row["municipality_code"] for row in found] == [183]


def test_a_change_of_job_centre_splits_what_the_register_holds_too():
    found = residences("pnr | nykom2021", 2021, "a | 183 | 2021-W27 | 2022-W14")
    assert found == draw("""
        person_id | municipality_code | jobcentre        | start_week | end_week
        a         | 183               | Vallensbæk-Ishøj | 2021-W27   | 2022-W01
        a         | 183               | Ishøj            | 2022-W01   | 2022-W14
    """)
