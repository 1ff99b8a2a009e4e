"""Waits of the newly awarded for their first measure, as windows see them."""

import pytest

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

HEAD = "population | person_id | jobcentre | start_week | end_week | has_event"


def seen(sampling: str, wait: str, period="intervention"):
    inputs = {
        "analysis.waits": f"{HEAD}\ncourse | a | Greve | {wait}",
        "staging.periods": PERIODS,
    }
    return [
        (row["entry_weeks"], row["duration_weeks"], row["has_event"])
        for row in run_stage("analysis.first_measure_spells", inputs)
        if (row["sampling"], row["period"]) == (sampling, period)
    ]


@pytest.mark.parametrize(
    ("end_week", "found"),
    [("2018-W09", (0, 4, True)), ("2018-W10", (0, 4, False))],
    ids=["in the window's last week", "the week after"],
)
def test_a_measure_counts_only_in_the_window(end_week, found):
    assert seen("flow", f"2018-W05 | {end_week} | true") == [found]


def test_what_censors_a_wait_does_so_in_a_window():
    assert seen("flow", "2018-W05 | 2018-W07 | false") == [(0, 2, False)]


def test_a_wait_under_way_enters_late_and_may_end_in_the_first_week():
    wait = "2018-W02 | 2018-W06 | true"
    assert seen("stock_and_flow", wait) == [(3, 4, True)]
    assert seen("flow", wait) == []
    assert seen("flow", wait, "before") == [(0, 3, False)]


def test_a_measure_before_the_window_is_over():
    assert seen("stock_and_flow", "2018-W02 | 2018-W05 | true") == []


def test_every_column_of_one_wait():
    inputs = {
        "analysis.waits": f"{HEAD}\ncourse | a | Greve | 2018-W07 | 2018-W08 | false",
        "staging.periods": "\n".join(PERIODS.splitlines()[:4]),
    }
    assert run_stage("analysis.first_measure_spells", inputs) == draw("""
        population | sampling       | period       | person_id | jobcentre | entry_weeks | duration_weeks | has_event
        course     | flow           | intervention | a         | Greve     | 0           | 1              | false
        course     | stock_and_flow | intervention | a         | Greve     | 0           | 1              | false
    """)


def test_nobody_gives_no_rows():
    inputs = {"analysis.waits": HEAD, "staging.periods": PERIODS}
    assert run_stage("analysis.first_measure_spells", inputs) == []
