"""The age is that on the first day of the study's first week."""

import pytest

from pipeline.weeks import parse_iso_week
from tests.support.drawn import draw, run_stage

FIRST_WEEK = parse_iso_week("2018-W10")  # 5 March 2018


def covariates(persons: str, members: str = "course | a"):
    inputs = {
        "analysis.members": f"population | person_id\n{members}",
        "core.persons": f"person_id | sex | birth_date | origin\n{persons}",
    }
    return run_stage("analysis.covariates", inputs, first_week=FIRST_WEEK)


def test_every_member_of_every_population_has_a_row_and_unknown_is_missing():
    persons = """
        a | woman | 1980-05-17 | danish
        b | -     | -          | -
        c | man   | 1960-05-17 | danish
    """
    assert covariates(persons, "course | a\ncourse | b\neach | a") == draw("""
        population | person_id | sex   | age_years | age_band | origin
        course     | a         | woman | 37        | 30_to_39 | danish
        course     | b         | -     | -         | -        | -
        each       | a         | woman | 37        | 30_to_39 | danish
    """)


@pytest.mark.parametrize(
    ("birth_date", "age_years", "age_band"),
    [
        ("1988-03-06", 29, "under_30"),
        ("1988-03-05", 30, "30_to_39"),
        ("1978-03-06", 39, "30_to_39"),
        ("1978-03-05", 40, "40_to_49"),
        ("1968-03-06", 49, "40_to_49"),
        ("1968-03-05", 50, "50_to_59"),
        ("1958-03-06", 59, "50_to_59"),
        ("1958-03-05", 60, "60_and_over"),
    ],
)
def test_bands_change_on_the_birthday(birth_date, age_years, age_band):
    (row,) = covariates(f"a | man | {birth_date} | danish")
    assert (row["age_years"], row["age_band"]) == (age_years, age_band)


def test_no_members_give_no_covariates():
    assert covariates("a | man | 1980-05-17 | danish", "") == []
