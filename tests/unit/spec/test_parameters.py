"""A study becomes the values that the stages name."""

from __future__ import annotations

from datetime import date

from pipeline.engine import Engine
from pipeline.spec import list_parameters, load_study
from pipeline.stages import list_stages


def test_weeks_become_mondays() -> None:
    values = list_parameters(load_study("hir"))
    assert values["first_week"] == date(2017, 3, 6)
    assert values["last_week"] == date(2019, 3, 25)
    assert [(p["period"], p["first_week"], p["last_week"]) for p in values["periods"]] == [
        ("before", date(2017, 3, 6), date(2018, 2, 26)),
        ("intervention", date(2018, 3, 5), date(2019, 3, 25)),
        ("first_half_year", date(2018, 3, 5), date(2018, 8, 27)),
        ("last_3_months", date(2018, 12, 31), date(2019, 3, 25)),
    ]


def test_a_population_is_received_in_the_intervention_or_in_each_period() -> None:
    populations = list_parameters(load_study("hir"))["populations"]
    assert [(p["population"], p["received_in"]) for p in populations] == [
        ("resource_course", ["intervention"]),
        ("resource_course_each_period", ["before", "intervention"]),
    ]


def test_a_population_counts_the_weeks_that_the_study_says() -> None:
    populations = list_parameters(load_study("hir"))["populations"]
    assert [p["weeks"] for p in populations] == ["on_benefit", "on_benefit"]


def test_shares_and_hours_are_means_over_weeks() -> None:
    assert list_parameters(load_study("hir"))["mean_outcomes"] == [
        {
            "outcome": "share_practice_or_hours",
            "kind": "share",
            "any_of": ["company_internship", "ordinary_hours"],
        }
    ]


def test_exits_name_the_ways_out_that_count() -> None:
    assert list_parameters(load_study("hir"))["exit_outcomes"] == [
        {
            "outcome": "exits",
            "any_of": ["flexible_job", "ordinary_job_or_self_support", "education"],
        }
    ]


def test_each_kind_of_duration_has_its_own_outcomes() -> None:
    values = list_parameters(load_study("hir"))
    assert values["gap_outcomes"] == ["weeks_between_measures"]
    assert values["wait_outcomes"] == ["weeks_to_first_measure"]


def test_every_parameter_of_a_stage_comes_from_the_study_or_the_delivery(tmp_path) -> None:
    of_delivery = {"dream_first_week", "dream_last_week", "residence_first_year", "has_hours"}
    of_delivery |= {"has_monthly_pay", "pay_first_month"}
    known = set(list_parameters(load_study("hir"))) | of_delivery
    with Engine(tmp_path) as engine:
        stages = list_stages(engine)
    assert {name for stage in stages.values() for name in stage.statement.parameters} <= known
