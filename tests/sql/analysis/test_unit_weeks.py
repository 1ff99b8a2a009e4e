"""Sums by job centre, outcome and week."""

from datetime import date

from tests.support.drawn import draw, run_stage
from tests.support.inputs import PERIODS

COURSES = (
    "population | outcome | person_id | jobcentre | week_numbers | outcome_week_numbers"
    " | outcome_amounts | week_weight"
)
PARTS = "population | person_id | jobcentre | start_week | end_week | way_out"
GAPS = "population | person_id | jobcentre | start_week | end_week | has_event"
HEAD = "population | outcome | jobcentre | week | numerator | denominator"


def weeks(
    courses: str = "",
    gaps: str = "",
    waits: str = "",
    parts: str = "",
    gap_outcomes: tuple[str, ...] = ("gap",),
):
    inputs = {
        "analysis.mean_courses": f"{COURSES}\n{courses}",
        "analysis.gaps": f"{GAPS}\n{gaps}",
        "analysis.waits": f"{GAPS}\n{waits}",
        "analysis.stay_parts": f"{PARTS}\n{parts}",
        "staging.periods": PERIODS,
    }
    return run_stage(
        "analysis.unit_weeks",
        inputs,
        first_week=date(2018, 1, 1),
        gap_outcomes=list(gap_outcomes),
        wait_outcomes=["first"],
        exit_outcomes=[{"outcome": "exits", "any_of": ["education", "flexible_job"]}],
    )


def test_weeks_are_added_up_over_members():
    assert weeks("""
        course | share | a | Greve | 0, 1, 4 | 1    | 1    | 1
        course | share | b | Greve | 1, 4    | 1, 4 | 1, 1 | 1
        course | share | c | Faxe  | 4       | -    | -    | 1
    """) == draw(f"""
        {HEAD}
        course | share | Faxe  | 2018-W05 | 0 | 1
        course | share | Greve | 2018-W01 | 0 | 1
        course | share | Greve | 2018-W02 | 2 | 2
        course | share | Greve | 2018-W05 | 1 | 2
    """)


def test_hours_are_added_up_over_the_weight_of_all_weeks():
    assert weeks("""
        course | hours | a | Greve | 0, 1 | 0, 1 | 370, 7400 | 16033
        course | hours | b | Greve | 1    | -    | -         | 16033
    """) == draw(f"""
        {HEAD}
        course | hours | Greve | 2018-W01 | 370  | 16033
        course | hours | Greve | 2018-W02 | 7400 | 32066
    """)


def test_a_gap_is_at_risk_until_the_week_in_which_its_measure_starts():
    assert weeks(gaps="course | a | Greve | 2018-W02 | 2018-W04 | true") == draw(f"""
        {HEAD}
        course | gap | Greve | 2018-W02 | 1 | 0
        course | gap | Greve | 2018-W03 | 1 | 0
        course | gap | Greve | 2018-W04 | 0 | 1
    """)


def test_the_week_of_the_first_measure_is_the_last_of_a_wait():
    assert weeks(waits="course | a | Greve | 2018-W02 | 2018-W04 | true") == draw(f"""
        {HEAD}
        course | first | Greve | 2018-W02 | 1 | 0
        course | first | Greve | 2018-W03 | 1 | 1
    """)
    (week,) = weeks(waits="course | a | Greve | 2018-W02 | 2018-W03 | false")
    assert (week["numerator"], week["denominator"]) == (1, 0)


def test_a_censored_gap_starts_no_measure():
    (week,) = weeks(gaps="course | a | Greve | 2018-W02 | 2018-W03 | false")
    assert (week["numerator"], week["denominator"]) == (1, 0)


def test_a_week_on_the_benefit_is_at_risk_of_the_next_one_showing_a_way_out():
    assert weeks(
        parts="""
        each | a | Greve | 2018-W02 | 2018-W04 | education
        each | b | Greve | 2018-W01 | 2018-W03 | other_benefit
        each | b | Faxe  | 2018-W03 | 2018-W04 | -
        """
    ) == draw(f"""
        {HEAD}
        each | exits | Faxe  | 2018-W04 | 0 | 1
        each | exits | Greve | 2018-W02 | 0 | 1
        each | exits | Greve | 2018-W03 | 0 | 2
        each | exits | Greve | 2018-W04 | 1 | 1
    """)


def test_who_leaves_before_the_first_week_or_after_the_last_is_not_seen_to():
    assert weeks(
        parts="""
        each | a | Greve | 2017-W50 | 2017-W52 | education
        each | b | Greve | 2017-W52 | 2018-W01 | education
        each | c | Greve | 2018-W08 | 2018-W09 | education
        """
    ) == draw(f"{HEAD}\neach | exits | Greve | 2018-W01 | 1 | 1")


def test_weeks_outside_the_study_are_left_out():
    assert weeks(gaps="course | a | Greve | 2017-W51 | 2018-W02 | true") == draw(f"""
        {HEAD}
        course | gap | Greve | 2018-W01 | 1 | 0
        course | gap | Greve | 2018-W02 | 0 | 1
    """)
    assert weeks(gaps="course | a | Greve | 2017-W50 | 2018-W01 | false") == []
    late = weeks(gaps="course | a | Greve | 2018-W08 | 2018-W10 | true")
    assert [(week["numerator"], week["denominator"]) for week in late] == [(1, 0)]


def test_each_outcome_and_population_has_its_own_sums():
    found = weeks(
        gaps="""
        course | a | Greve | 2018-W02 | 2018-W03 | false
        each   | a | Greve | 2018-W02 | 2018-W03 | false
        """,
        gap_outcomes=("gap", "other"),
    )
    assert [(week["population"], week["outcome"]) for week in found] == [
        ("course", "gap"),
        ("course", "other"),
        ("each", "gap"),
        ("each", "other"),
    ]


def test_no_outcomes_or_no_rows_give_no_weeks():
    assert weeks() == []
    assert weeks(gaps="course | a | Greve | 2018-W02 | 2018-W03 | true", gap_outcomes=()) == []
