"""Stays: runs of weeks on the benefit, and what comes after them."""

from datetime import date

import pytest

from pipeline.weeks import parse_iso_week
from tests.support.drawn import draw, run_stage
from tests.support.inputs import COURSE

CODES = """
    benefit_code | benefit             | way_out
    810          | resource_course     | other_benefit
    817          | resource_course     | other_benefit
    771          | flexible_job        | flexible_job
    890          | sickness_benefit    | other_benefit
"""
FIRST, LAST = parse_iso_week("2017-W01"), parse_iso_week("2018-W40")


def stays(spells: str, last_week: date = LAST):
    inputs = {
        "analysis.members": "population | person_id\n course | a\n course | b",
        "staging.populations": COURSE,
        "staging.benefit_codes": CODES,
        "core.benefit_spells": f"person_id | benefit_code | start_week | end_week\n{spells}",
    }
    return run_stage("analysis.stays", inputs, dream_first_week=FIRST, dream_last_week=last_week)


def ways_out(spells: str, last_week: date = LAST):
    return [
        (row["start_week"], row["end_week"], row["way_out"]) for row in stays(spells, last_week)
    ]


def test_codes_of_one_benefit_are_one_stay_and_the_next_benefit_is_the_way_out():
    assert stays("""
        a | 810 | 2018-W01 | 2018-W05
        a | 817 | 2018-W05 | 2018-W09
        a | 771 | 2018-W09 | 2018-W20
        b | 890 | 2018-W01 | 2018-W05
    """) == draw("""
        population | person_id | start_week | end_week | weeks_since_last | way_out
        course     | a         | 2018-W01   | 2018-W09 | 52               | flexible_job
    """)


@pytest.mark.parametrize(
    ("back", "found"),
    [
        ("2018-W08", [("2018-W01", "2018-W10", "ordinary_job_or_self_support")]),
        (
            "2018-W09",
            [
                ("2018-W01", "2018-W05", "ordinary_job_or_self_support"),
                ("2018-W09", "2018-W10", "ordinary_job_or_self_support"),
            ],
        ),
    ],
    ids=["three weeks without", "four weeks without"],
)
def test_fewer_than_four_weeks_without_a_benefit_are_no_way_out(back, found):
    weeks = [(parse_iso_week(start), parse_iso_week(end), way) for start, end, way in found]
    assert ways_out(f"a | 810 | 2018-W01 | 2018-W05\n a | 810 | {back} | 2018-W10") == weeks


@pytest.mark.parametrize(
    ("next_week", "way"),
    [("2018-W08", "other_benefit"), ("2018-W09", "ordinary_job_or_self_support")],
)
def test_another_benefit_within_four_weeks_is_the_way_out(next_week, way):
    found = ways_out(f"a | 810 | 2018-W01 | 2018-W05\n a | 890 | {next_week} | 2018-W10")
    assert [row[2] for row in found] == [way]


def test_a_week_on_another_benefit_ends_a_stay_and_the_next_begins_after_it():
    found = stays("""
        a | 810 | 2018-W01 | 2018-W05
        a | 890 | 2018-W05 | 2018-W06
        a | 810 | 2018-W06 | 2018-W09
    """)
    assert [row["way_out"] for row in found] == ["other_benefit", "ordinary_job_or_self_support"]
    assert [row["weeks_since_last"] for row in found] == [52, 1]


@pytest.mark.parametrize(
    ("last_week", "way"), [("2018-W08", "ordinary_job_or_self_support"), ("2018-W07", None)]
)
def test_the_way_out_is_unknown_where_the_delivery_ends_too_soon(last_week, way):
    found = ways_out("a | 810 | 2018-W01 | 2018-W05", parse_iso_week(last_week))
    assert [row[2] for row in found] == [way]


def test_a_stay_inside_which_the_delivery_begins_has_no_weeks_before_it():
    found = stays("a | 810 | 2017-W01 | 2017-W05\n b | 810 | 2017-W02 | 2017-W05")
    assert [row["weeks_since_last"] for row in found] == [0, 1]


def test_persons_do_not_mix():
    found = stays("a | 810 | 2018-W01 | 2018-W05\n b | 771 | 2018-W05 | 2018-W09")
    assert [row["way_out"] for row in found] == ["ordinary_job_or_self_support"]


def test_no_spells_give_no_stays():
    assert stays("") == []
