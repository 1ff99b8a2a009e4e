"""Weeks, and weeks with the outcome, by member and job centre."""

from datetime import date

from tests.support.drawn import run_stage

HEAD = "population | person_id | week | period | jobcentre | measure | ordinary_hours"
EITHER = [{"outcome": "either", "any_of": ["company_internship", "ordinary_hours"]}]
ONLY = [{"outcome": "only", "any_of": ["company_internship"]}]


def courses(rows: str, outcomes: list = EITHER):
    inputs = {"analysis.person_weeks": f"{HEAD}\n{rows}"}
    first_week = date(2018, 1, 1)
    return run_stage(
        "analysis.share_courses", inputs, share_outcomes=outcomes, first_week=first_week
    )


def test_any_of_the_named_things_counts_once():
    (course,) = courses("""
        course | a | 2018-W01 | before | Greve | none                    | 0
        course | a | 2018-W02 | before | Greve | company_internship      | 0
        course | a | 2018-W04 | before | Greve | guidance_and_upskilling | 5.5
        course | a | 2018-W03 | before | Greve | company_internship      | 5.5
    """)
    assert course == {
        "population": "course",
        "outcome": "either",
        "person_id": "a",
        "jobcentre": "Greve",
        "week_numbers": [0, 1, 2, 3],
        "outcome_week_numbers": [1, 2, 3],
    }


def test_each_job_centre_and_population_has_its_own():
    found = courses("""
        course | a | 2018-W06 | intervention | Greve    | none | 1
        course | a | 2018-W07 | intervention | Gladsaxe | none | 0
        each   | a | 2019-W01 | intervention | Greve    | none | 1
    """)
    assert [(row["population"], row["jobcentre"], row["week_numbers"]) for row in found] == [
        ("course", "Gladsaxe", [6]),
        ("course", "Greve", [5]),
        ("each", "Greve", [52]),
    ]


def test_hours_do_not_count_where_the_outcome_does_not_name_them():
    (course,) = courses("course | a | 2018-W01 | before | Greve | none | 9", ONLY)
    assert course["outcome_week_numbers"] == []


def test_unknown_hours_do_not_hide_a_measure_and_are_no_hours():
    (course,) = courses("course | a | 2018-W01 | before | Greve | company_internship | -", ONLY)
    assert course["outcome_week_numbers"] == [0]
    (course,) = courses("course | a | 2018-W01 | before | Greve | none | -")
    assert course["outcome_week_numbers"] == []


def test_no_weeks_or_no_outcomes_give_no_courses():
    assert courses("") == []
    assert courses("course | a | 2018-W01 | before | Greve | none | 0", []) == []
