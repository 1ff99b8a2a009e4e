"""A month's ordinary hours are the hours of its jobs without support."""

from decimal import Decimal

import pytest

from tests.support.drawn import run_stage

HEAD = "person_id | start_date | paid_hours | support_code"


def hours(rows: str):
    found = run_stage("staging.ordinary_hours", {"staging.jobs": f"{HEAD}\n{rows}"})
    return [(r["person_id"], r["month_date"].isoformat(), r["ordinary_hours"]) for r in found]


def test_jobs_of_a_month_are_summed_and_supported_jobs_left_out():
    assert hours("""
        a | 2018-05-01 | 10.5 | 0
        a | 2018-05-14 | 2.25 | 0
        a | 2018-05-01 | 99   | 3
        a | 2018-06-01 | 7    | 0
        b | 2018-05-01 | 8    | 1
    """) == [("a", "2018-05-01", Decimal("12.75")), ("a", "2018-06-01", Decimal("7.00"))]


def test_a_month_without_hours_has_no_row():
    assert hours("a | 2018-05-01 | 0.0 | 0") == []


@pytest.mark.parametrize(
    "row", ["a | - | 10 | 0", "a | 2018-05-01 | - | 0", "- | 2018-05-01 | 1 | 0"]
)
def test_what_could_not_be_read_breaks_the_contract(row):
    with pytest.raises(AssertionError, match="are null"):
        hours(row)


def test_no_jobs_give_no_rows():
    assert hours("") == []
