"""Waits of the newly awarded for their first measure, as windows see them."""

import pytest

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

STAYS = "population | person_id | start_week | end_week | weeks_since_last | way_out"
EPISODES = "population | person_id | jobcentre | start_week | end_week"
MEASURES = f"{EPISODES} | episode_start_week | episode_end_week"


def seen(sampling: str, stay: str, episodes: str, measures: str = "", period="intervention"):
    inputs = {
        "analysis.stays": f"{STAYS}\ncourse | a | {stay} | -",
        "analysis.episodes": f"{EPISODES}\n"
        + "\n".join(f"course | a | {e}" for e in episodes.split(";")),
        "analysis.measure_spells": f"{MEASURES}\n"
        + "\n".join(f"course | a | {m}" for m in measures.split(";") if m),
        "staging.periods": PERIODS,
    }
    return [
        (row["entry_weeks"], row["duration_weeks"], row["has_event"])
        for row in run_stage("analysis.first_measure_spells", inputs)
        if (row["sampling"], row["period"]) == (sampling, period)
    ]


def test_a_wait_ends_with_the_week_of_the_first_measure():
    found = seen(
        "flow",
        "2018-W05 | 2018-W20 | 26",
        "Greve | 2018-W05 | 2018-W20",
        "Greve | 2018-W07 | 2018-W08 | 2018-W05 | 2018-W20;"
        "Greve | 2018-W06 | 2018-W07 | 2018-W05 | 2018-W20",
    )
    assert found == [(0, 2, True)]


def test_a_measure_in_the_first_week_is_a_wait_of_one():
    measure = "Greve | 2018-W05 | 2018-W07 | 2018-W05 | 2018-W20"
    stay = "2018-W05 | 2018-W20 | 52"
    assert seen("flow", stay, "Greve | 2018-W05 | 2018-W20", measure) == [(0, 1, True)]


@pytest.mark.parametrize(("weeks_since_last", "n_waits"), [(25, 0), (26, 1)])
def test_newly_awarded_had_none_in_the_26_weeks_before(weeks_since_last, n_waits):
    stay = f"2018-W05 | 2018-W20 | {weeks_since_last}"
    assert len(seen("flow", stay, "Greve | 2018-W05 | 2018-W20")) == n_waits


@pytest.mark.parametrize(
    ("week", "found"),
    [("2018-W08", (0, 4, True)), ("2018-W09", (0, 4, False))],
    ids=["in the window's last week", "the week after"],
)
def test_a_measure_counts_only_in_the_window(week, found):
    measure = f"Greve | {week} | 2018-W12 | 2018-W05 | 2018-W20"
    stay = "2018-W05 | 2018-W20 | 30"
    assert seen("flow", stay, "Greve | 2018-W05 | 2018-W20", measure) == [found]


def test_a_move_and_the_end_of_the_benefit_censor():
    stay, moves = (
        "2018-W05 | 2018-W20 | 30",
        "Greve | 2018-W05 | 2018-W07;Faxe | 2018-W07 | 2018-W20",
    )
    measure = "Faxe | 2018-W07 | 2018-W09 | 2018-W07 | 2018-W20"
    assert seen("flow", stay, moves, measure) == [(0, 2, False)]


def test_a_wait_under_way_enters_late_and_may_end_in_the_first_week():
    stay, episode = "2018-W02 | 2018-W20 | 30", "Greve | 2018-W02 | 2018-W20"
    measure = "Greve | 2018-W05 | 2018-W07 | 2018-W02 | 2018-W20"
    assert seen("stock_and_flow", stay, episode, measure) == [(3, 4, True)]
    assert seen("flow", stay, episode, measure) == []
    assert seen("flow", stay, episode, measure, "before") == [(0, 3, False)]


def test_a_measure_before_the_window_is_over():
    stay, episode = "2018-W02 | 2018-W20 | 30", "Greve | 2018-W02 | 2018-W20"
    measure = "Greve | 2018-W04 | 2018-W07 | 2018-W02 | 2018-W20"
    assert seen("stock_and_flow", stay, episode, measure) == []


def test_an_award_where_no_job_centre_is_known_begins_no_wait():
    assert seen("flow", "2018-W05 | 2018-W20 | 30", "Greve | 2018-W06 | 2018-W20") == []


def test_every_column_of_one_wait():
    inputs = {
        "analysis.stays": f"{STAYS}\ncourse | a | 2018-W07 | 2018-W08 | 30 | -",
        "analysis.episodes": f"{EPISODES}\ncourse | a | Greve | 2018-W07 | 2018-W08",
        "analysis.measure_spells": MEASURES,
        "staging.periods": "\n".join(PERIODS.splitlines()[:4]),
    }
    assert run_stage("analysis.first_measure_spells", inputs) == draw("""
        population | sampling       | period       | person_id | jobcentre | entry_weeks | duration_weeks | has_event
        course     | flow           | intervention | a         | Greve     | 0           | 1              | false
        course     | stock_and_flow | intervention | a         | Greve     | 0           | 1              | false
    """)


def test_nobody_gives_no_rows():
    inputs = {
        "analysis.stays": STAYS,
        "analysis.episodes": EPISODES,
        "analysis.measure_spells": MEASURES,
    }
    assert run_stage("analysis.first_measure_spells", inputs | {"staging.periods": PERIODS}) == []
