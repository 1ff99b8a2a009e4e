"""What the population register last said of a person holds."""

from tests.support.drawn import draw, run_stage

HEAD = "pnr | referencetid | koen | foed_dag | ie_type"


def persons(rows: str):
    return run_stage("staging.registered_persons", {"raw.bef": f"{HEAD}\n{rows}"})


def test_the_last_known_value_holds_whatever_the_order_of_the_rows():
    assert persons("""
        a | 2018-06-30 | 2 | 1980-05-17 | 3
        a | 2018-03-31 | 1 | 1980-05-16 | 2
        a | 2018-09-30 | - | -          | -
    """) == draw("""
        person_id | sex   | birth_date | origin
        a         | woman | 1980-05-17 | descendant
    """)


def test_codes_have_words_and_unknown_is_missing():
    assert persons("""
        a | 2018-03-31 | 1 | 1980-05-17 | 1
        b | 2018-03-31 | 2 | 1980-05-17 | 2
        c | 2018-03-31 | 9 | -          | -
    """) == draw("""
        person_id | sex   | birth_date | origin
        a         | man   | 1980-05-17 | danish
        b         | woman | 1980-05-17 | immigrant
        c         | -     | -          | -
    """)


def test_quarters_are_compared_as_dates_whatever_way_they_are_written():
    assert persons("""
        a | '31MAR2018' | '1' | '17MAY1980' | '1'
        a | '30JUN2018' | '2' | '17MAY1980' | '1'
    """) == draw("""
        person_id | sex   | birth_date | origin
        a         | woman | 1980-05-17 | danish
    """)


def test_no_register_gives_no_persons():
    assert persons("") == []
