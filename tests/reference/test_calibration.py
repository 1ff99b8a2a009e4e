"""The planted truth of HIR is what its evaluation printed."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from pipeline.spec import load_study, parse_weeks
from pipeline.synthetic.figures import planted_figures
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.truth import plant_course

HERE = Path(__file__).parent
WEEKS, SHARE = "weeks_between_measures", "share_practice_or_hours"
LIMIT = 52
# Differences of printed figures: both roundings may add up.
HALF = {WEEKS: 0.5, SHARE: 0.05}


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    weeks = parse_weeks("2015-W01..2019-W13")
    return planted_figures(plant_course(load_study("hir"), read_geography(weeks), weeks))


def read_rows(name: str) -> list[dict[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read_headlines() -> dict[str, str]:
    return {row["quantity"]: row["value"] for row in read_rows("hir_headlines")}


def figures(truth: pl.DataFrame, outcome: str, phase: str = "intervention") -> dict[str, dict]:
    rows = truth.filter(outcome=outcome, phase=phase).iter_rows(named=True)
    return {row["unit"]: row for row in rows}


def assert_printed(printed: str, true: float, half: float) -> None:
    """A printed figure: a number to its rounding, or only a side of 52 weeks or of nothing."""
    if printed.startswith(">"):
        assert true > float(printed[1:])
    elif printed.startswith("<"):
        assert true < float(printed[1:])
    else:
        assert true == pytest.approx(float(printed), abs=half + 1e-9)


def test_weeks_between_measures(truth: pl.DataFrame) -> None:
    found = figures(truth, WEEKS)
    rows = read_rows("hir_table2_weeks_between_measures")
    assert found.keys() == {row["unit"] for row in rows}
    for row in rows:
        true = found[row["unit"]]
        assert_printed(row["before_weeks"], true["before"], HALF[WEEKS])
        assert_printed(row["during_weeks"], true["during"], HALF[WEEKS])
        assert_printed(row["difference"], true["during"] - true["before"], HALF[WEEKS])
        if row["effect"]:
            assert_printed(row["effect"], true["effect"], HALF[WEEKS])


def test_share_with_internship_or_hours(truth: pl.DataFrame) -> None:
    found, last = figures(truth, SHARE), figures(truth, SHARE, "last_3_months")
    rows = read_rows("hir_table4_share_practice_or_hours")
    assert found.keys() == {row["unit"] for row in rows}
    for row in rows:
        true = {name: 100 * (found[row["unit"]][name] or 0.0) for name in ("before", "during")}
        assert_printed(row["before_pct"], true["before"], HALF[SHARE])
        assert_printed(row["during_pct"], true["during"], HALF[SHARE])
        assert_printed(row["difference_pp"], true["during"] - true["before"], HALF[SHARE])
        if row["effect_pp"]:
            assert_printed(row["effect_pp"], 100 * found[row["unit"]]["effect"], HALF[SHARE])
            effect = 100 * last[row["unit"]]["effect"]
            assert_printed(row["effect_last_3_months_pp"], effect, HALF[SHARE])


def test_headlines(truth: pl.DataFrame) -> None:
    printed = read_headlines()
    share, last = figures(truth, SHARE), figures(truth, SHARE, "last_3_months")
    early = figures(truth, SHARE, "first_half_year")
    pooled = "participating"
    effect = figures(truth, WEEKS)[pooled]["effect"]
    assert_printed(printed["effect_weeks_between_measures"], effect, 0.5)
    assert_printed(
        printed["effect_share_practice_or_hours"], 100 * share[pooled]["effect"], HALF[SHARE]
    )
    assert_printed(
        printed["mean_share_last_3_months_participating"],
        100 * last[pooled]["during"],
        HALF[SHARE],
    )
    assert_printed(
        printed["effect_share_practice_or_hours_last_3_months"],
        100 * last[pooled]["effect"],
        HALF[SHARE],
    )
    assert_printed(
        printed["effect_share_practice_or_hours_first_half_year"],
        100 * early[pooled]["effect"],
        0.2,
    )


def test_named_job_centres_have_the_sign_that_the_text_says(truth: pl.DataFrame) -> None:
    printed, share = read_headlines(), figures(truth, SHARE)
    best = sorted(share, key=lambda unit: -(share[unit]["effect"] or 0.0))[:5]
    assert set(best) == set(printed["large_positive_table4"].split(";"))
    for unit in printed["negative_table4"].split(";"):
        assert share[unit]["effect"] < -0.05
    for unit in printed["success_job_centres"].split(";"):
        assert share[unit]["effect"] > 0.05


def test_over_52_weeks_is_over_by_a_margin(truth: pl.DataFrame) -> None:
    """So that estimates of the usual precision mostly print as the evaluation does."""
    found = figures(truth, WEEKS)
    for row in read_rows("hir_table2_weeks_between_measures"):
        for period in ("before", "during"):
            if row[f"{period}_weeks"].startswith(">"):
                assert found[row["unit"]][period] > LIMIT + 5
