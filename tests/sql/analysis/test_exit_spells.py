"""Stays as windows see them: by job centre, with the way out."""

import pytest

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

PARTS = "population | person_id | jobcentre | stay_start_week | start_week | end_week | way_out"


def seen(sampling: str, *parts: str, period: str = "intervention"):
    inputs = {
        "analysis.stay_parts": "\n".join([PARTS, *(f"course | a | {part}" for part in parts)]),
        "staging.periods": PERIODS,
    }
    return [
        (row["jobcentre"], row["entry_weeks"], row["duration_weeks"], row["way_out"])
        for row in run_stage("analysis.exit_spells", inputs)
        if (row["sampling"], row["period"]) == (sampling, period)
    ]


@pytest.mark.parametrize(
    ("end_week", "found"),
    [
        ("2018-W08", [("Greve", 0, 3, "education")]),
        ("2018-W09", [("Greve", 0, 4, None)]),
        ("2018-W12", [("Greve", 0, 4, None)]),
    ],
    ids=["out in the last week", "out the week after", "out later"],
)
def test_a_way_out_is_seen_if_the_first_week_off_is_in_the_window(end_week, found):
    part = f"Greve | 2018-W05 | 2018-W05 | {end_week} | education"
    assert seen("flow", part) == found


def test_a_stay_under_way_enters_late():
    part = "Greve | 2018-W02 | 2018-W02 | 2018-W07 | flexible_job"
    assert seen("stock_and_flow", part) == [("Greve", 3, 5, "flexible_job")]
    assert seen("flow", part) == []
    assert seen("flow", part, period="before") == [("Greve", 0, 3, None)]


def test_a_stay_that_ended_as_the_window_begins_is_not_seen():
    assert seen("stock_and_flow", "Greve | 2018-W02 | 2018-W02 | 2018-W05 | flexible_job") == []


def test_who_moves_is_censored_and_enters_late_elsewhere():
    parts = (
        "Greve | 2018-W05 | 2018-W05 | 2018-W06 | -",
        "Faxe | 2018-W05 | 2018-W06 | 2018-W08 | education",
    )
    found = [("Greve", 0, 1, None), ("Faxe", 1, 3, "education")]
    assert sorted(seen("flow", *parts)) == sorted(found)


def test_a_short_break_keeps_the_weeks_of_the_stay_counting():
    parts = (
        "Greve | 2018-W05 | 2018-W05 | 2018-W06 | -",
        "Greve | 2018-W05 | 2018-W07 | 2018-W08 | education",
    )
    assert seen("flow", *parts) == [("Greve", 0, 1, None), ("Greve", 2, 3, "education")]


def test_every_column_of_one_stay():
    inputs = {
        "analysis.stay_parts": (
            f"{PARTS}\ncourse | a | Greve | 2018-W05 | 2018-W05 | 2018-W07 | other_benefit"
        ),
        "staging.periods": "\n".join(PERIODS.splitlines()[:4]),
    }
    assert run_stage("analysis.exit_spells", inputs) == draw("""
        population | sampling       | period       | person_id | jobcentre | entry_weeks | duration_weeks | way_out
        course     | flow           | intervention | a         | Greve     | 0           | 2              | other_benefit
        course     | stock_and_flow | intervention | a         | Greve     | 0           | 2              | other_benefit
    """)


def test_nobody_gives_no_rows():
    inputs = {"analysis.stay_parts": PARTS, "staging.periods": PERIODS}
    assert run_stage("analysis.exit_spells", inputs) == []
