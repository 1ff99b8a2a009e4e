"""A job is decoded once, however the register writes its dates, hours and codes."""

from datetime import date
from decimal import Decimal

from tests.support.drawn import run_stage

HEAD = "pnr | ajo_job_start_dato | ajo_job_slut_dato | ajo_loentimer | stoette_besk_kode"
MAY = ("a", date(2018, 5, 1), date(2018, 5, 31), Decimal("10.50"), 3)


def jobs(rows: str):
    found = run_stage("staging.jobs", {"raw.bfl": f"{HEAD}\n{rows}"})
    return [tuple(row.values()) for row in found]


def test_dates_and_numbers_stay_what_they_are():
    assert jobs("a | 2018-05-01 | 2018-05-31 | 10.5 | 3") == [MAY]


def test_dates_and_numbers_may_be_text_with_a_decimal_comma():
    assert jobs("""
        a | '2018-05-01 ' | '31MAY2018' | '10,5' | '3'
        a | '21305'       | '21335.0'   | '10.5' | '3.0'
    """) == [MAY, MAY]


def test_dates_may_be_numbers_of_sas():
    assert jobs("a | 21305 | 1843430399.0 | 10.5 | 3.0") == [MAY]


def test_what_cannot_be_read_is_null_and_so_is_what_is_missing():
    assert jobs("""
        - | -      | -          | -   | -
        - | 'soon' | '20180531' | 'x' | '0.4'
    """) == [(None,) * 5, (None,) * 5]


def test_jobs_come_in_the_order_of_persons_and_days():
    rows = jobs("""
        b | 2018-05-01 | - | 1 | 0
        a | 2018-06-01 | - | 1 | 0
        a | 2018-05-01 | - | 2 | 0
        a | 2018-05-01 | - | 1 | 0
    """)
    assert [(row[0], row[1].month, row[3]) for row in rows] == [
        ("a", 5, 1), ("a", 5, 2), ("a", 6, 1), ("b", 5, 1)
    ]  # fmt: skip


def test_no_jobs_give_no_rows():
    assert jobs("") == []
