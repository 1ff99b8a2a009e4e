"""The population register is believed before DREAM, and DREAM before nothing."""

from tests.support.drawn import draw, run_stage

DREAM = """
    person_id | sex   | birth_date
    a         | man   | 1961-01-29
    b         | -     | -
    c         | woman | 1961-01-29
"""


def persons(register: str):
    inputs = {
        "staging.dream_persons": DREAM,
        "staging.registered_persons": f"person_id | sex | birth_date | origin\n{register}",
    }
    return run_stage("core.persons", inputs)


def test_what_either_register_knows_is_known():
    assert persons("""
        a | woman | 1960-11-03 | immigrant
        c | -     | -          | -
        x | man   | 1980-01-01 | danish
    """) == draw("""
        person_id | sex   | birth_date | origin
        a         | woman | 1960-11-03 | immigrant
        b         | -     | -          | -
        c         | woman | 1961-01-29 | -
    """)


def test_without_the_population_register_dream_is_all_there_is():
    found = persons("")
    assert [row["sex"] for row in found] == ["man", None, "woman"]
    assert {row["origin"] for row in found} == {None}
