"""Employment is four weeks in a row without any benefit and with pay."""

from pipeline.weeks import parse_iso_week
from tests.support.drawn import draw, run_stage

SPAN = {
    "dream_first_week": parse_iso_week("2017-W40"),
    "dream_last_week": parse_iso_week("2018-W40"),
}


def employment(spells: str, pay: str, persons: str = "a"):
    inputs = {
        "core.benefit_spells": f"person_id | benefit_code | start_week | end_week\n{spells}",
        "staging.pay_spells": f"person_id | start_week | end_week\n{pay}",
        "core.persons": f"person_id\n{persons}",
    }
    return run_stage("core.employment_spells", inputs, **SPAN)


def test_weeks_between_benefits_with_pay_are_employment():
    assert employment(
        """
        a | 130 | 2017-W45 | 2017-W50
        a | 810 | 2018-W05 | 2018-W10
        a | 813 | 2018-W10 | 2018-W12
        """,
        """
        a | 2017-W48 | 2018-W09
        a | 2018-W14 | 2018-W22
        """,
    ) == draw("""
        person_id | start_week | end_week
        a         | 2017-W50   | 2018-W05
        a         | 2018-W14   | 2018-W22
    """)


def test_three_weeks_are_too_few_and_four_are_enough():
    assert employment(
        """
        a | 810 | 2017-W40 | 2018-W10
        a | 810 | 2018-W13 | 2018-W20
        a | 810 | 2018-W24 | 2018-W41
        """,
        "a | 2018-W01 | 2018-W40",
    ) == draw("""
        person_id | start_week | end_week
        a         | 2018-W20   | 2018-W24
    """)


def test_neither_blank_weeks_nor_pay_beside_a_benefit_are_employment():
    assert employment("a | 810 | 2018-W01 | 2018-W20", "a | 2018-W02 | 2018-W18") == []
    assert employment("", "") == []


def test_who_never_receives_a_benefit_is_employed_while_paid_in_the_delivered_weeks():
    """Pay of people who are not in DREAM is nobody's; the delivery's edges cut."""
    assert employment(
        "",
        """
        a | 2016-W01 | 2017-W48
        b | 2018-W30 | 2019-W10
        x | 2018-W01 | 2018-W40
        """,
        "a\nb",
    ) == draw("""
        person_id | start_week | end_week
        a         | 2017-W40   | 2017-W48
        b         | 2018-W30   | 2018-W41
    """)
