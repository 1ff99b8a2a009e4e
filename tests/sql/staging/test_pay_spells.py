"""Months with pay are runs of weeks, by DREAM's own columns or by e-income."""

from datetime import date

from tests.support.drawn import draw, run_stage

NO_JOBS = "person_id | start_date | end_date | paid_hours | support_code"


def by_months(dream: str, jobs: str = ""):
    """With monthly columns from December 2017 on."""
    inputs = {"raw.dream": dream, "staging.jobs": f"{NO_JOBS}\n{jobs}"}
    values = {"has_monthly_pay": True, "pay_first_month": date(2017, 12, 1)}
    return run_stage("staging.pay_spells", inputs, **values)


def by_jobs(jobs: str):
    """Without monthly columns."""
    inputs = {"raw.dream": "pnr | grad_2008_01\na | -", "staging.jobs": f"{NO_JOBS}\n{jobs}"}
    values = {"has_monthly_pay": False, "pay_first_month": date(2008, 1, 1)}
    return run_stage("staging.pay_spells", inputs, **values)


def test_months_with_pay_are_the_weeks_that_have_their_thursday_in_them():
    """1 February 2018 is a Thursday; 1 March is one too, and 30 November 2017."""
    assert by_months("""
        pnr | grad_2017_12 | grad_2018_01 | grad_2018_02 | grad_2018_03
        a   | -            | 0.5          | 1.0          | -
        b   | 0.25         | -            | -            | 0.25
        c   | -            | -            | -            | -
    """) == draw("""
        person_id | start_week | end_week
        a         | 2018-W01   | 2018-W09
        b         | 2017-W49   | 2018-W01
        b         | 2018-W09   | 2018-W14
    """)


def test_an_industry_is_pay_and_blank_or_a_dot_is_none():
    """An unknown industry is written with zeros, and is one too."""
    assert by_months("""
        pnr | branche_2017_12 | branche_2018_01 | branche_2018_02 | branche_2018_03
        a   | '.'             | '000000'        | '561010'        | ' '
    """) == draw("""
        person_id | start_week | end_week
        a         | 2018-W01   | 2018-W09
    """)


def test_months_of_dream_are_believed_before_jobs():
    assert (
        by_months(
            """
            pnr | grad_2017_12
            a   | -
            """,
            "a | 2017-12-01 | 2017-12-31 | 10 | 0",
        )
        == []
    )


def test_paid_hours_in_any_job_are_pay_and_months_in_a_row_one_run():
    """31 January 2019 is a Thursday."""
    assert by_jobs("""
        a | 2018-02-10 | 2018-02-20 | 10 | 1
        a | 2018-01-01 | 2018-01-31 | 10 | 0
        a | 2018-01-01 | 2018-01-31 | 20 | 0
        a | 2018-03-01 | 2018-03-31 | 0  | 0
        a | 2018-04-01 | 2018-04-30 | -  | 0
        a | 2018-12-01 | 2018-12-31 | 5  | 0
        a | 2019-01-01 | 2019-01-31 | 5  | 0
    """) == draw("""
        person_id | start_week | end_week
        a         | 2018-W01   | 2018-W09
        a         | 2018-W49   | 2019-W06
    """)


def test_without_either_nothing_is_known():
    assert by_jobs("") == []
