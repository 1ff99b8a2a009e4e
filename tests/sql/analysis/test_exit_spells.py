"""Stays as windows see them: by job centre, with the way out."""

import pytest

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

STAYS = "population | person_id | start_week | end_week | weeks_since_last | way_out"
EPISODES = "population | person_id | jobcentre | start_week | end_week"


def seen(sampling: str, stay: str, *episodes: str, period: str = "intervention"):
    inputs = {
        "analysis.stays": f"{STAYS}\ncourse | a | {stay}",
        "analysis.episodes": "\n".join([EPISODES, *(f"course | a | {e}" for e in episodes)]),
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
    stay = f"2018-W05 | {end_week} | 9 | education"
    assert seen("flow", stay, f"Greve | 2018-W05 | {end_week}") == found


def test_a_stay_under_way_enters_late():
    stay, episode = "2018-W02 | 2018-W07 | 9 | flexible_job", "Greve | 2018-W02 | 2018-W07"
    assert seen("stock_and_flow", stay, episode) == [("Greve", 3, 5, "flexible_job")]
    assert seen("flow", stay, episode) == []
    assert seen("flow", stay, episode, period="before") == [("Greve", 0, 3, None)]


def test_a_stay_that_ended_as_the_window_begins_is_not_seen():
    stay = "2018-W02 | 2018-W05 | 9 | flexible_job"
    assert seen("stock_and_flow", stay, "Greve | 2018-W02 | 2018-W05") == []


def test_who_moves_is_censored_and_enters_late_elsewhere():
    stay = "2018-W05 | 2018-W08 | 9 | education"
    moves = ("Greve | 2018-W05 | 2018-W06", "Faxe | 2018-W06 | 2018-W08")
    found = [("Greve", 0, 1, None), ("Faxe", 1, 3, "education")]
    assert sorted(seen("flow", stay, *moves)) == sorted(found)


def test_a_short_break_keeps_the_weeks_of_the_stay_counting():
    stay = "2018-W05 | 2018-W08 | 9 | education"
    parts = ("Greve | 2018-W05 | 2018-W06", "Greve | 2018-W07 | 2018-W08")
    assert seen("flow", stay, *parts) == [("Greve", 0, 1, None), ("Greve", 2, 3, "education")]


def test_a_stay_of_unknown_beginning_is_left_out():
    stay = "2018-W02 | 2018-W07 | 0 | education"
    assert seen("stock_and_flow", stay, "Greve | 2018-W02 | 2018-W07") == []


def test_every_column_of_one_stay():
    inputs = {
        "analysis.stays": f"{STAYS}\ncourse | a | 2018-W05 | 2018-W07 | 30 | other_benefit",
        "analysis.episodes": f"{EPISODES}\ncourse | a | Greve | 2018-W05 | 2018-W07",
        "staging.periods": "\n".join(PERIODS.splitlines()[:4]),
    }
    assert run_stage("analysis.exit_spells", inputs) == draw("""
        population | sampling       | period       | person_id | jobcentre | entry_weeks | duration_weeks | way_out
        course     | flow           | intervention | a         | Greve     | 0           | 2              | other_benefit
        course     | stock_and_flow | intervention | a         | Greve     | 0           | 2              | other_benefit
    """)


def test_nobody_gives_no_rows():
    inputs = {"analysis.stays": STAYS, "analysis.episodes": EPISODES, "staging.periods": PERIODS}
    assert run_stage("analysis.exit_spells", inputs) == []
