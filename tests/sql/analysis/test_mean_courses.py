"""Weeks, and what those with the outcome add to its mean, by member and job centre."""

from datetime import date

from tests.support.drawn import run_stage

HEAD = "population | person_id | week | period | jobcentre | measure | month_hours | ordinary_hours"
EITHER = [
    {"outcome": "either", "kind": "share", "any_of": ["company_internship", "ordinary_hours"]}
]
ONLY = [{"outcome": "only", "kind": "share", "any_of": ["company_internship"]}]
HOURS = [{"outcome": "hours", "kind": "hours", "any_of": []}]


def courses(rows: str, outcomes: list = EITHER):
    inputs = {"analysis.person_weeks": f"{HEAD}\n{rows}"}
    first_week = date(2018, 1, 1)
    return run_stage("analysis.mean_courses", inputs, mean_outcomes=outcomes, first_week=first_week)


def test_any_of_the_named_things_counts_once():
    (course,) = courses("""
        course | a | 2018-W01 | before | Greve | none                    | 0 | 0
        course | a | 2018-W02 | before | Greve | company_internship      | 0 | 0
        course | a | 2018-W04 | before | Greve | guidance_and_upskilling | 9 | 2.1
        course | a | 2018-W03 | before | Greve | company_internship      | 9 | 2.1
    """)
    assert course == {
        "population": "course",
        "outcome": "either",
        "person_id": "a",
        "jobcentre": "Greve",
        "week_numbers": [0, 1, 2, 3],
        "outcome_week_numbers": [1, 2, 3],
        "outcome_amounts": [1, 1, 1],
        "week_weight": 1,
    }


def test_hours_are_hundredths_of_the_month_and_their_weight_those_of_a_full_time_month():
    (course,) = courses(
        """
        course | a | 2018-W04 | before | Greve | none               | 160.33 | 37
        course | a | 2018-W01 | before | Greve | company_internship | 0      | 0
        course | a | 2018-W02 | before | Greve | none               | 0.01   | 0.0023
        """,
        HOURS,
    )
    assert course["week_numbers"] == [0, 1, 3]
    assert course["outcome_week_numbers"] == [1, 3]
    assert course["outcome_amounts"] == [37, 37 * 16033]
    assert course["week_weight"] == 16033


def test_a_week_of_unknown_hours_is_no_week_of_their_mean():
    (course,) = courses(
        """
        course | a | 2018-W01 | before | Greve | none | - | -
        course | a | 2018-W02 | before | Greve | none | 8 | 1.8
        """,
        HOURS,
    )
    assert (course["week_numbers"], course["outcome_week_numbers"]) == ([1], [1])
    assert courses("course | a | 2018-W01 | before | Greve | none | - | -", HOURS) == []


def test_the_hours_of_a_month_may_be_many():
    rows = "course | a | 2018-W01 | before | Greve | none | 99999999.99 | 23076846"
    (course,) = courses(rows, HOURS)
    assert course["outcome_amounts"] == [9999999999 * 37]


def test_each_job_centre_and_population_has_its_own():
    found = courses("""
        course | a | 2018-W06 | intervention | Greve    | none | 4 | 1
        course | a | 2018-W07 | intervention | Gladsaxe | none | 0 | 0
        each   | a | 2019-W01 | intervention | Greve    | none | 4 | 1
    """)
    assert [(row["population"], row["jobcentre"], row["week_numbers"]) for row in found] == [
        ("course", "Gladsaxe", [6]),
        ("course", "Greve", [5]),
        ("each", "Greve", [52]),
    ]


def test_hours_do_not_count_where_the_outcome_does_not_name_them():
    (course,) = courses("course | a | 2018-W01 | before | Greve | none | 39 | 9", ONLY)
    assert course["outcome_week_numbers"] == []


def test_unknown_hours_do_not_hide_a_measure_and_are_no_hours():
    (course,) = courses("course | a | 2018-W01 | before | Greve | company_internship | - | -", ONLY)
    assert course["outcome_week_numbers"] == [0]
    (course,) = courses("course | a | 2018-W01 | before | Greve | none | - | -")
    assert course["outcome_week_numbers"] == []


def test_no_weeks_or_no_outcomes_give_no_courses():
    assert courses("") == []
    assert courses("course | a | 2018-W01 | before | Greve | none | 0 | 0", []) == []
