"""The score sheet, by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.montecarlo.judge import VERDICT_SCHEMA
from pipeline.montecarlo.scores import SCORE_SCHEMA, compare_quantities, score_methods
from pipeline.montecarlo.trial import Options, Trial

WEEKS = "weeks_between_measures"


def write_row(trial: Trial, repetition: int, unit: str, **figures: Any) -> dict[str, Any]:
    """A verdict on a participating job centre, its figures relative to the truth."""
    true = trial.truth.filter(outcome=WEEKS, phase="intervention", unit=unit).row(0, named=True)
    base = {name: true[name] for name in ("before", "during", "effect")}
    row = dict.fromkeys(VERDICT_SCHEMA) | base
    row |= {"outcome": WEEKS, "phase": "intervention", "tested": "one_unit", "unit": unit}
    row |= {"is_placebo": False, "inference": "placebo_t", "is_rejected": False}
    moved = {
        name: true["effect"] + value for name, value in figures.items() if name != "is_rejected"
    }
    return row | figures | moved | {"repetition": repetition}


def make_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, VERDICT_SCHEMA | {"repetition": pl.Int64})


def test_scores_by_hand(trial: Trial) -> None:
    rows = [
        write_row(trial, 1, "Favrskov", effect=2.0, ci_low=-1.0, ci_high=5.0, is_rejected=True),
        write_row(trial, 1, "Gladsaxe", effect=0.0, ci_low=1.0, ci_high=4.0),
        write_row(trial, 2, "Favrskov", effect=-1.0, ci_low=-3.0, ci_high=1.0, is_rejected=True),
        write_row(trial, 2, "Gladsaxe", effect=1.0, ci_low=-1.0) | {"ci_high": None},
    ]
    scores = score_methods(trial, make_frame(rows))
    assert scores.schema == SCORE_SCHEMA
    overall = scores.filter(size="all").row(0, named=True)
    assert overall["n_repetitions"] == 2
    # Repetitions' means: 1 and 0.
    assert overall["bias"] == pytest.approx(0.5)
    assert overall["bias_error"] == pytest.approx(0.5)
    assert overall["power"] == pytest.approx(0.5)
    assert overall["rejection_rate"] is None
    # In repetition 1 one of two intervals holds the truth, in the other both.
    assert overall["coverage"] == pytest.approx(0.75)
    assert overall["ci_length"] == pytest.approx((4.5 + 4.0) / 2)
    assert overall["endless_share"] == pytest.approx(0.25)


def test_an_effect_that_nobody_planted_is_none_whatever_shocks_do(trial: Trial) -> None:
    shaken = Trial(trial.study, Options(shocks=0.2))
    row = write_row(shaken, 1, "Syddjurs", effect=0.0, is_rejected=True)
    assert abs(row["effect"]) > 1e-4
    scores = score_methods(shaken, make_frame([row])).filter(size="all").row(0, named=True)
    assert (scores["rejection_rate"], scores["power"], scores["bias"]) == (1.0, None, 0.0)


def test_placebos_give_the_size_by_quarter(trial: Trial) -> None:
    order = list(trial.quarters)
    small = [unit for unit in order if unit in trial.rest and trial.quarters[unit] == "smallest"]
    large = [unit for unit in order if unit in trial.rest and trial.quarters[unit] == "largest"]
    rows = [
        dict.fromkeys(VERDICT_SCHEMA)
        | {"outcome": WEEKS, "phase": "intervention", "tested": "one_unit", "is_placebo": True}
        | {"unit": unit, "inference": "placebo_t", "repetition": 1, "is_rejected": is_found}
        for unit, is_found in ((small[0], True), (small[1], False), (large[0], False))
    ]
    scores = score_methods(trial, make_frame(rows))
    rates = dict(scores.select("size", "rejection_rate").iter_rows())
    assert rates == pytest.approx({"all": 1 / 3, "smallest": 0.5, "largest": 0.0})
    # One repetition has no Monte-Carlo error.
    assert scores["rejection_rate_error"].null_count() == scores.height
    assert scores["coverage"].null_count() == scores.height


def test_a_job_centre_without_a_planted_effect_counts_towards_the_size(trial: Trial) -> None:
    rows = [
        write_row(trial, 1, "Syddjurs", is_rejected=True),
        write_row(trial, 1, "Favrskov", is_rejected=True),
    ]
    overall = score_methods(trial, make_frame(rows)).filter(size="all").row(0, named=True)
    assert (overall["rejection_rate"], overall["power"]) == (1.0, 1.0)


def test_a_refusal_is_no_verdict(trial: Trial) -> None:
    refused = write_row(trial, 1, "Favrskov") | {"is_rejected": None, "effect": None}
    overall = score_methods(trial, make_frame([refused])).filter(size="all").row(0, named=True)
    assert [overall[name] for name in ("bias", "power", "coverage", "ci_length")] == [None] * 4


def test_quantities_are_compared_once_whatever_the_methods(trial: Trial) -> None:
    rows = [
        write_row(trial, repetition, "Faxe", effect=move) | {"inference": method}
        for repetition, move in ((1, 1.0), (2, 3.0))
        for method in ("placebo_t", "exact_t")
    ]
    found = compare_quantities(trial, make_frame(rows))
    assert found.height == 3
    effect = found.filter(quantity="effect").row(0, named=True)
    assert effect["bias"] == pytest.approx(2.0)
    assert effect["bias_error"] == pytest.approx(1.0)
    assert effect["n_repetitions"] == 2
    assert found.filter(quantity="before")["bias"].item() == pytest.approx(0.0)


def test_quarters_hold_every_job_centre_but_the_excluded(trial: Trial) -> None:
    assert len(trial.quarters) == len(trial.units)
    sizes = [list(trial.quarters.values()).count(name) for name in ("smallest", "largest")]
    assert sizes == [24, 23]
    assert trial.quarters["Samsø"] == "smallest"
    assert trial.quarters["København"] == "largest"
