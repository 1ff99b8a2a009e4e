"""DREAM knows sex, and the age in years at week 31 of 1991."""

from tests.support.drawn import draw, run_stage


def persons(dream: str):
    return run_stage("staging.dream_persons", {"raw.dream": dream})


def test_the_birthday_is_the_middle_of_the_year_that_the_age_leaves_open():
    """Who is 30 on 29 July 1991 was born from 30 July 1960 to 29 July 1961."""
    assert persons("""
        pnr | kon | alder9131
        a   | 1   | 30
        b   | 2   | 0
        c   | 2   | -5
    """) == draw("""
        person_id | sex   | birth_date
        a         | man   | 1961-01-29
        b         | woman | 1991-01-29
        c         | woman | 1996-01-29
    """)


def test_text_is_read_and_what_is_not_known_is_missing():
    assert persons("""
        pnr | kon   | alder9131
        a   | '2.0' | ' 30'
        b   | '.'   | ' '
        c   | -     | -
        -   | 1     | 30
    """) == draw("""
        person_id | sex   | birth_date
        a         | woman | 1961-01-29
        b         | -     | -
        c         | -     | -
    """)


def test_no_rows_give_no_persons():
    assert persons("pnr | kon | alder9131") == []
