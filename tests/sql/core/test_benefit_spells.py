"""Weeks of one code in a row are one spell; equal ways to write a code are one code."""

from datetime import date

import pytest

from pipeline.weeks import WEEK
from tests.support.drawn import draw, run_stage

FIRST_WEEK = date(2015, 12, 21)  # 2015-W52; 2015 has a week 53


def spells(dream: str):
    n_weeks = dream.count("y_")
    return run_stage(
        "core.benefit_spells",
        {"raw.dream": dream},
        dream_first_week=FIRST_WEEK,
        dream_last_week=FIRST_WEEK + WEEK * (n_weeks - 1),
    )


def test_runs_of_weeks_become_spells_across_week_53():
    found = spells("""
        pnr | y_1552 | y_1553 | y_1601 | y_1602
        a   | 810    | 810    | 813    | 810
        b   | -      | 730    | 730    | -
        c   | 813    | 813    | 813    | 813
    """)
    assert found == draw("""
        person_id | benefit_code | start_week | end_week
        a         | 810          | 2015-W52   | 2016-W01
        a         | 813          | 2016-W01   | 2016-W02
        a         | 810          | 2016-W02   | 2016-W03
        b         | 730          | 2015-W53   | 2016-W02
        c         | 813          | 2015-W52   | 2016-W03
    """)


def test_a_person_without_any_benefit_has_no_spell():
    assert spells("""
        pnr | y_1552 | y_1553
        a   | -      | -
        b   | 810    | -
    """) == draw("""
        person_id | benefit_code | start_week | end_week
        b         | 810          | 2015-W52   | 2015-W53
    """)


def test_blank_and_dot_are_no_benefit_and_equal_spellings_are_one_spell():
    assert spells("""
        pnr | y_1552 | y_1553 | y_1601 | y_1602 | y_1603
        a   | '810'  | ' 810' | '810.0' | '.'   | ' '
    """) == draw("""
        person_id | benefit_code | start_week | end_week
        a         | 810          | 2015-W52   | 2016-W02
    """)


def test_numbers_with_decimals_are_codes():
    assert spells("""
        pnr | y_1552 | y_1553
        a   | 810.0  | 813.0
    """) == draw("""
        person_id | benefit_code | start_week | end_week
        a         | 810          | 2015-W52   | 2015-W53
        a         | 813          | 2015-W53   | 2016-W01
    """)


def test_text_that_is_no_number_becomes_a_code_in_no_list():
    (spell,) = spells("""
        pnr | y_1552
        a   | '81O'
    """)
    assert spell["benefit_code"] == -1


def test_numbers_that_are_no_code_are_one_spell_while_they_last():
    assert spells("""
        pnr | y_1552 | y_1553 | y_1601 | y_1602
        a   | 10000  | 810.5  | 810    | -810
    """) == draw("""
        person_id | benefit_code | start_week | end_week
        a         | -1           | 2015-W52   | 2016-W01
        a         | 810          | 2016-W01   | 2016-W02
        a         | -1           | 2016-W02   | 2016-W03
    """)


@pytest.mark.parametrize("code", ["810", "'810'"])
def test_a_register_of_one_week(code):
    (spell,) = spells(f"""
        pnr | y_1552
        a   | {code}
    """)
    assert (spell["start_week"], spell["end_week"]) == (FIRST_WEEK, date(2015, 12, 28))


def test_no_rows_give_no_spells():
    assert spells("pnr | y_1552 | y_1553") == []
