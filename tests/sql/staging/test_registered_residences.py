"""The municipality at a quarter's end holds for the weeks with their Thursday in the quarter."""

from tests.support.drawn import draw, run_stage

PERSONS = "pnr\na\nb"


def residences(rows: str, persons: str = PERSONS):
    register = f"pnr | referencetid | kom\n{rows}"
    return run_stage("staging.registered_residences", {"raw.bef": register, "raw.dream": persons})


def test_four_quarters_are_the_weeks_of_the_iso_year():
    """2015 has a week 53, whose Thursday is the last day of the year."""
    assert residences(
        """
        a | 2015-03-31 | 253
        a | 2015-06-30 | 253
        a | 2015-09-30 | 253
        a | 2015-12-31 | 253
        """,
        "pnr\na",
    ) == draw("""
        person_id | municipality_code | start_week | end_week
        a         | 253               | 2015-W01   | 2016-W01
    """)


def test_a_move_within_the_year_is_a_new_row_from_the_first_week_of_its_quarter():
    """29 March 2018 is a Thursday: the week after it is the second quarter's first."""
    assert residences(
        """
        a | 2018-06-30 | 159
        a | 2018-03-31 | 253
        a | 2018-09-30 | 253
        """,
        "pnr\na",
    ) == draw("""
        person_id | municipality_code | start_week | end_week
        a         | 253               | 2018-W01   | 2018-W14
        a         | 159               | 2018-W14   | 2018-W27
        a         | 253               | 2018-W27   | 2018-W40
    """)


def test_quarters_without_the_person_or_the_municipality_are_one_row_without():
    assert residences("""
        a | 2018-03-31 | 253
        a | 2018-12-31 | 253
        b | 2018-06-30 | ' '
        b | 2018-09-30 | 159
    """) == draw("""
        person_id | municipality_code | start_week | end_week
        a         | 253               | 2018-W01   | 2018-W14
        a         | -                 | 2018-W14   | 2018-W40
        a         | 253               | 2018-W40   | 2019-W01
        b         | -                 | 2018-W01   | 2018-W27
        b         | 159               | 2018-W27   | 2018-W40
        b         | -                 | 2018-W40   | 2019-W01
    """)


def test_who_is_not_in_the_register_lives_nowhere_and_others_are_not_asked_for():
    assert residences("x | 2018-03-31 | 253", "pnr\nb") == draw("""
        person_id | municipality_code | start_week | end_week
        b         | -                 | 2018-W01   | 2018-W14
    """)


def test_equal_spellings_are_one_municipality_and_text_is_a_code_in_no_list():
    assert residences(
        """
        a | '31MAR2018' | '0253'
        a | '30JUN2018' | ' 253'
        a | '30SEP2018' | 'Greve'
        """,
        "pnr\na",
    ) == draw("""
        person_id | municipality_code | start_week | end_week
        a         | 253               | 2018-W01   | 2018-W27
        a         | -1                | 2018-W27   | 2018-W40
    """)


def test_no_register_gives_no_residences():
    assert residences("") == []
