"""Covariates are what was so on the first day of the study's first week."""

import pytest

from pipeline.weeks import parse_iso_week
from tests.support.drawn import draw, run_stage

FIRST_WEEK = parse_iso_week("2018-W10")  # 5 March 2018


SPELLS = "population | person_id | start_week | end_week"


def covariates(persons: str, members: str = "course | a", on_benefit: str = "", measures: str = ""):
    inputs = {
        "analysis.members": f"population | person_id\n{members}",
        "analysis.member_spells": f"{SPELLS}\n{on_benefit}",
        "analysis.measure_spells": f"{SPELLS}\n{measures}",
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
        population | person_id | sex   | age_years | age_band | origin | time_on_benefit | earlier_measures
        course     | a         | woman | 37        | 30_to_39 | danish | none            | none
        course     | b         | -     | -         | -        | -      | none            | none
        each       | a         | woman | 37        | 30_to_39 | danish | none            | none
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


@pytest.mark.parametrize(
    ("on_benefit", "time_on_benefit"),
    [
        ("course | a | 2018-W10 | 2018-W20", "none"),
        ("each | a | 2017-W10 | 2018-W10", "none"),
        ("course | a | 2018-W09 | 2018-W20", "up_to_a_year"),
        ("course | a | 2017-W10 | 2018-W10", "up_to_a_year"),
        ("course | a | 2017-W09 | 2018-W20", "up_to_two_years"),
        ("course | a | 2016-W10 | 2016-W40\ncourse | a | 2016-W40 | 2018-W10", "up_to_two_years"),
        ("course | a | 2016-W09 | 2018-W10", "over_two_years"),
    ],
)
def test_time_on_the_benefit_is_that_before_the_first_week(on_benefit, time_on_benefit):
    (row,) = covariates("a | man | 1980-05-17 | danish", on_benefit=on_benefit)
    assert row["time_on_benefit"] == time_on_benefit


@pytest.mark.parametrize(
    ("measures", "earlier_measures"),
    [
        ("course | a | 2018-W10 | 2018-W12", "none"),
        ("each | a | 2018-W01 | 2018-W02", "none"),
        ("course | a | 2018-W09 | 2018-W12", "one"),
        ("course | a | 2017-W09 | 2017-W12\ncourse | a | 2018-W09 | 2018-W12", "several"),
    ],
)
def test_earlier_measures_are_those_that_began_before_the_first_week(measures, earlier_measures):
    (row,) = covariates("a | man | 1980-05-17 | danish", measures=measures)
    assert row["earlier_measures"] == earlier_measures


def test_no_members_give_no_covariates():
    assert covariates("a | man | 1980-05-17 | danish", "") == []
