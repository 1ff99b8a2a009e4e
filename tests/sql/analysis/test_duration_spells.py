"""What a window sees of a gap, by sampling."""

import pytest

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

HEAD = "population | person_id | jobcentre | start_week | end_week | has_event"


def seen(rows: str, sampling: str, period: str = "intervention"):
    inputs = {"analysis.gaps": f"{HEAD}\n{rows}", "staging.periods": PERIODS}
    found = run_stage("analysis.duration_spells", inputs)
    return [
        (row["person_id"], row["entry_weeks"], row["duration_weeks"], row["has_event"])
        for row in found
        if (row["sampling"], row["period"]) == (sampling, period)
    ]


def test_flow_takes_gaps_that_begin_inside_and_censors_them_at_the_end():
    assert seen(
        """
        course | before   | Greve | 2018-W04 | 2018-W07 | true
        course | first    | Greve | 2018-W05 | 2018-W07 | true
        course | last     | Greve | 2018-W08 | 2018-W12 | true
        course | after    | Greve | 2018-W09 | 2018-W12 | true
        course | censored | Greve | 2018-W06 | 2018-W08 | false
        """,
        "flow",
    ) == [("censored", 0, 2, False), ("first", 0, 2, True), ("last", 0, 1, False)]


@pytest.mark.parametrize(
    ("end_week", "has_event", "weeks"),
    [("2018-W08", True, 3), ("2018-W09", False, 4), ("2018-W10", False, 4)],
    ids=["in the last week", "the week after", "later"],
)
def test_a_measure_counts_only_if_it_starts_inside(end_week, has_event, weeks):
    rows = f"course | a | Greve | 2018-W05 | {end_week} | true"
    assert seen(rows, "flow") == [("a", 0, weeks, has_event)]


def test_stock_enters_at_the_duration_it_already_has():
    assert seen(
        """
        course | stock | Greve | 2018-W02 | 2018-W06 | true
        course | long  | Greve | 2018-W01 | 2018-W20 | true
        course | ended | Greve | 2018-W03 | 2018-W05 | true
        course | flow  | Greve | 2018-W05 | 2018-W06 | true
        """,
        "stock_and_flow",
    ) == [("flow", 0, 1, True), ("long", 4, 8, False), ("stock", 3, 4, True)]


def test_a_phase_is_its_own_window():
    rows = "course | a | Greve | 2018-W07 | 2018-W12 | true"
    assert seen(rows, "flow", "late") == [("a", 0, 2, False)]
    assert seen("course | a | Greve | 2018-W06 | 2018-W08 | true", "flow", "late") == []


def test_every_column_of_one_gap():
    inputs = {
        "analysis.gaps": f"{HEAD}\ncourse | a | Greve | 2018-W02 | 2018-W03 | true",
        "staging.periods": "\n".join(PERIODS.splitlines()[:3]),
    }
    found = run_stage("analysis.duration_spells", inputs)
    assert found == draw("""
        population | sampling       | period | person_id | jobcentre | entry_weeks | duration_weeks | has_event
        course     | flow           | before | a         | Greve     | 0           | 1              | true
        course     | stock_and_flow | before | a         | Greve     | 0           | 1              | true
    """)


def test_no_gaps_give_no_rows():
    assert seen("", "flow") == []
