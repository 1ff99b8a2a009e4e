"""A month's ordinary hours are the hours of its jobs without support."""

from decimal import Decimal

import pytest

from pipeline.errors import StageError
from tests.support.drawn import run_stage

HEAD = "pnr | ajo_job_start_dato | ajo_job_slut_dato | ajo_loentimer | stoette_besk_kode"


def hours(rows: str):
    found = run_stage("staging.ordinary_hours", {"raw.bfl": f"{HEAD}\n{rows}"})
    return [(r["person_id"], r["month_date"].isoformat(), r["ordinary_hours"]) for r in found]


def test_jobs_of_a_month_are_summed_and_supported_jobs_left_out():
    assert hours("""
        a | 2018-05-01 | 2018-05-31 | 10.5 | 0
        a | 2018-05-14 | 2018-05-31 | 2.25 | 0
        a | 2018-05-01 | 2018-05-31 | 99   | 3
        a | 2018-06-01 | 2018-06-30 | 7    | 0
        b | 2018-05-01 | 2018-05-31 | 8    | 1
    """) == [("a", "2018-05-01", Decimal("12.75")), ("a", "2018-06-01", Decimal("7.00"))]


def test_a_month_without_hours_has_no_row():
    assert hours("a | 2018-05-01 | 2018-05-31 | 0.0 | 0") == []


def test_dates_and_numbers_may_be_text():
    assert hours("a | '2018-05-01 ' | '2018-05-31' | '10.5' | '0'") == [
        ("a", "2018-05-01", Decimal("10.50"))
    ]


@pytest.mark.parametrize(
    "row",
    ["a | not a date | 2018-05-31 | 10 | 0", "a | 2018-05-01 | 2018-05-31 | - | 0"],
    ids=["start", "hours"],
)
def test_what_cannot_be_read_breaks_the_contract(row):
    with pytest.raises((AssertionError, StageError), match="are null"):
        hours(row)


def test_no_jobs_give_no_rows():
    assert hours("") == []
