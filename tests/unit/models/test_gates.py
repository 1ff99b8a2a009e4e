"""What is withheld, and that it cannot be worked out from what is left."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from pipeline.models.estimate import ESTIMATE_SCHEMA, Estimates
from pipeline.models.gates import Evidence, list_withheld, withhold_rows
from pipeline.spec import Gates, Study, load_study

FIGURES = ("before", "during", "difference", "effect", "std_error", "ci_low", "ci_high", "p_value")


@pytest.fixture
def ask() -> Callable[..., Study]:
    study = load_study("hir")
    return lambda **gates: study.model_copy(update={"gates": Gates(**gates)})


def rows(**changes: Any) -> Estimates:
    row = dict.fromkeys(ESTIMATE_SCHEMA) | dict.fromkeys(FIGURES, 1.0)
    row |= {"study": "hir", "population": "course", "outcome": "weeks_between_measures"}
    row |= {"phase": "intervention", "unit": "Greve", "model": "exponential"}
    row |= {"inference": "placebo_t", "n_persons": 20, "n_events": 9}
    return Estimates(pl.DataFrame([row | changes], ESTIMATE_SCHEMA), ("known before",))


def judge(study: Study, estimates: Estimates, **evidence: float | None) -> Estimates:
    names = ("detectable_effect", "pretrend_p_value", "holds_size")
    found = [always(evidence.get(name)) for name in names]
    return withhold_rows(study, estimates, Evidence(*found))


TOLD = ("effect", "ci_low", "ci_high")


def always(value: float | None) -> Callable[[object], float | None]:
    return lambda _: value


NOTHING_KNOWN = Evidence(always(None), always(None), always(None))


def test_a_row_that_meets_the_gates_is_as_it_was(ask):
    found = judge(ask(min_persons=20, min_events=9), rows())
    assert found.rows.equals(rows().rows)
    assert found.notices == ("known before",)


def test_one_end_of_an_unknown_effect_is_withheld_too(ask):
    unknown = dict.fromkeys(FIGURES) | {"ci_low": -3.0}
    (row,) = judge(ask(min_persons=21), rows(**unknown)).rows.to_dicts()
    assert row["ci_low"] is None


@pytest.mark.parametrize(
    ("gates", "evidence", "reason"),
    [
        ({"min_persons": 21}, {}, "fewer than 21 persons"),
        ({"min_events": 10}, {}, "fewer than 10 events"),
        ({"min_pretrend_p": 0.05}, {"pretrend_p_value": 0.04}, "p below 0.05"),
        ({"min_pretrend_p": 0.05}, {}, "unknown"),
        (
            {"max_detectable_effect": {"weeks_between_measures": 8}},
            {"detectable_effect": 8.1},
            "above 8",
        ),
        ({"max_detectable_effect": {"weeks_between_measures": 8}}, {}, "unknown"),
        ({"must_hold_size": True}, {"holds_size": False}, "does not hold its size"),
        ({"must_hold_size": True}, {}, "unknown"),
    ],
)
def test_a_row_that_fails_is_emptied_and_named(ask, gates, evidence, reason):
    found = judge(ask(**gates), rows(), **evidence)
    (row,) = found.rows.to_dicts()
    assert [row[name] for name in FIGURES] == [None] * len(FIGURES)
    assert (row["unit"], row["n_persons"], row["n_events"]) == ("Greve", 20, 9)
    (notice,) = set(found.notices) - {"known before"}
    assert notice.startswith("Greve, intervention (course, weeks_between_measures, exponential): ")
    assert reason in notice


def test_a_gate_on_another_outcome_withholds_nothing(ask):
    gates = {"max_detectable_effect": {"share_practice_or_hours": 0.01}}
    assert judge(ask(**gates), rows()).rows.equals(rows().rows)


NO_EFFECT = dict.fromkeys(("effect", "ci_low", "ci_high"))


@pytest.mark.parametrize("changes", [{"unit": "rest_of_country"}, NO_EFFECT])
def test_what_has_no_effect_is_not_judged(ask, changes):
    found = judge(ask(min_persons=99), rows(**changes))
    assert found.rows.equals(rows(**changes).rows)
    assert found.notices == ("known before",)


def test_notices_name_all_models_that_a_reason_empties(ask):
    both = pl.concat([rows().rows, rows(model="weibull").rows])
    found = judge(ask(min_persons=21), Estimates(both))
    assert found.notices == (
        "Greve, intervention (course, weeks_between_measures, exponential, weibull): withheld, "
        "fewer than 21 persons",
    )


def test_what_tables_show_is_listed_with_every_reason(ask):
    study = ask(min_persons=21, min_events=10)
    shown = rows(population="resource_course").rows
    many = pl.concat(
        [
            shown,
            shown.with_columns(inference=pl.lit("person_cluster")),
            shown.with_columns(phase=pl.lit("last_3_months"), n_events=pl.lit(10, pl.Int64)),
            shown.with_columns(
                unit=pl.lit("Faxe"), n_persons=pl.lit(21, pl.Int64), n_events=pl.lit(10, pl.Int64)
            ),
            rows(population="resource_course", model="weibull").rows,
            rows(population="resource_course_each_period").rows,
            rows(population="resource_course", unit="rest_of_country", effect=None).rows,
        ]
    )
    assert list_withheld(study, many, NOTHING_KNOWN).rows() == [
        ("weeks_between_measures", "intervention", "Greve", "fewer than 21 persons"),
        ("weeks_between_measures", "intervention", "Greve", "fewer than 10 events"),
        ("weeks_between_measures", "last_3_months", "Greve", "fewer than 21 persons"),
    ]


def test_what_an_earlier_run_withheld_is_still_listed_in_the_order_of_the_rows(ask):
    study = ask(min_persons=21)
    shown = rows(population="resource_course").rows
    earlier = list_withheld(study, shown, NOTHING_KNOWN)
    emptied = shown.with_columns(pl.lit(None, pl.Float64).alias(name) for name in TOLD)
    anew = shown.with_columns(unit=pl.lit("Faxe"))
    found = list_withheld(study, pl.concat([emptied, anew]), NOTHING_KNOWN, earlier)
    assert found["unit"].to_list() == ["Greve", "Faxe"]
    assert found["reason"].unique().to_list() == ["fewer than 21 persons"]
