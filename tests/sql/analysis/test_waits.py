"""Waits of the newly awarded for their first measure."""

import pytest

from tests.support.drawn import draw, run_stage

STAYS = "population | person_id | start_week | end_week | weeks_since_last | way_out"
EPISODES = "population | person_id | jobcentre | start_week | end_week"
MEASURES = f"{EPISODES} | episode_start_week | episode_end_week"
HEAD = "population | person_id | jobcentre | start_week | end_week | has_event"


def waits(stay: str, episodes: str, measures: str = ""):
    return run_stage(
        "analysis.waits",
        {
            "analysis.stays": f"{STAYS}\ncourse | a | {stay} | -",
            "analysis.episodes": f"{EPISODES}\n"
            + "\n".join(f"course | a | {e}" for e in episodes.split(";")),
            "analysis.measure_spells": f"{MEASURES}\n"
            + "\n".join(f"course | a | {m}" for m in measures.split(";") if m),
        },
    )


def wait(row: str):
    return draw(f"{HEAD}\ncourse | a | {row}")


def test_a_wait_ends_with_the_week_of_the_first_measure():
    found = waits(
        "2018-W05 | 2018-W20 | 26",
        "Greve | 2018-W05 | 2018-W20",
        "Greve | 2018-W07 | 2018-W08 | 2018-W05 | 2018-W20;"
        "Greve | 2018-W06 | 2018-W07 | 2018-W05 | 2018-W20",
    )
    assert found == wait("Greve | 2018-W05 | 2018-W07 | true")


def test_a_measure_in_the_first_week_is_a_wait_of_one():
    measure = "Greve | 2018-W05 | 2018-W07 | 2018-W05 | 2018-W20"
    stay = "2018-W05 | 2018-W20 | 52"
    found = waits(stay, "Greve | 2018-W05 | 2018-W20", measure)
    assert found == wait("Greve | 2018-W05 | 2018-W06 | true")


@pytest.mark.parametrize(("weeks_since_last", "n_waits"), [(25, 0), (26, 1)])
def test_newly_awarded_had_none_in_the_26_weeks_before(weeks_since_last, n_waits):
    stay = f"2018-W05 | 2018-W20 | {weeks_since_last}"
    assert len(waits(stay, "Greve | 2018-W05 | 2018-W20")) == n_waits


def test_a_move_and_the_end_of_the_benefit_censor():
    moves = "Greve | 2018-W05 | 2018-W07;Faxe | 2018-W07 | 2018-W20"
    measure = "Faxe | 2018-W07 | 2018-W09 | 2018-W07 | 2018-W20"
    found = waits("2018-W05 | 2018-W20 | 30", moves, measure)
    assert found == wait("Greve | 2018-W05 | 2018-W07 | false")


def test_an_award_where_no_job_centre_is_known_begins_no_wait():
    assert waits("2018-W05 | 2018-W20 | 30", "Greve | 2018-W06 | 2018-W20") == []


def test_nobody_gives_no_rows():
    inputs = {
        "analysis.stays": STAYS,
        "analysis.episodes": EPISODES,
        "analysis.measure_spells": MEASURES,
    }
    assert run_stage("analysis.waits", inputs) == []
