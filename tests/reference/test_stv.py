"""The planted truth of STV is what its evaluation printed for recipients of cash benefit."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.spec import load_study, parse_weeks
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.figures import planted_figures
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.truth import plant_course

HERE = Path(__file__).parent
FULL_TIME_WEEK, FULL_TIME_MONTH = 37, 160.33
HALF = 0.5
GROUPS = ("participating", "rest_of_country")


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    weeks = parse_weeks("2015-W01..2018-W50")
    study = load_study("stv")
    figures = planted_figures(plant_course(study, read_geography(weeks), weeks))
    return figures.filter(phase="last_quarter")


def read_rows(name: str, **wanted: str) -> dict[str, dict[str, str]]:
    """The printed rows for cash benefit, by group."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["target_group"] == "cash_benefit"]
    chosen = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    assert {row["group"] for row in chosen} == set(GROUPS)
    return {row["group"]: row for row in chosen}


def find_row(truth: pl.DataFrame, outcome: str, unit: str) -> dict[str, float]:
    row = truth.filter(outcome=outcome, unit=unit).to_dicts()[0]
    return {name: 100 * (row[name] or 0.0) for name in ("before", "during", "effect")}


def test_shares_in_practice_or_subsidy(truth: pl.DataFrame) -> None:
    wanted = {"population": "narrow", "quantity": "share_practice_or_subsidy_pct"}
    printed = read_rows("stv_ordinary_hours", **wanted)
    for unit, row in printed.items():
        true = find_row(truth, "share_practice_or_subsidy", unit)
        assert true["before"] == pytest.approx(float(row["before"]), abs=HALF)
        assert true["during"] == pytest.approx(float(row["after"]), abs=HALF)
        assert true["during"] - true["before"] == pytest.approx(float(row["change"]), abs=HALF)
    effect = find_row(truth, "share_practice_or_subsidy", "participating")["effect"]
    own, rest = (float(printed[group]["change"]) for group in GROUPS)
    assert effect == pytest.approx(own - rest, abs=HALF)


def test_shares_of_table_1(truth: pl.DataFrame) -> None:
    for unit, row in read_rows("stv_table1_shares").items():
        true = find_row(truth, "share_any", unit)
        assert true["before"] == pytest.approx(float(row["week_2016_43_pct"]), abs=HALF)
        assert true["during"] == pytest.approx(float(row["week_2018_50_pct"]), abs=HALF)


def test_hours_are_those_at_the_start(truth: pl.DataFrame) -> None:
    """Later ones are printed of people who have left the benefit, too."""
    shares = read_rows("stv_ordinary_hours", quantity="share_with_hours_pct")
    hours = read_rows("stv_ordinary_hours", quantity="mean_hours_per_week")
    for unit in GROUPS:
        true = find_row(truth, "share_with_hours", unit)
        assert true["before"] == pytest.approx(float(shares[unit]["before"]), abs=HALF)
        weekly = truth.filter(outcome="mean_hours", unit=unit)["before"].item()
        assert weekly == pytest.approx(float(hours[unit]["before"]), abs=HALF / 10)


def test_mean_hours_are_the_share_with_some_times_the_hours_of_such_a_month(
    truth: pl.DataFrame,
) -> None:
    """Those of a month are gamma twice over, cut at both ends, and drawn here."""
    paid = load_calibration(load_study("stv")).process.hours_paid
    draw = np.random.default_rng(20161024)
    usual, month = (draw.standard_gamma(shape, 400_000) / shape for shape in (10, 60))
    drawn = np.clip(paid * usual * month, 1, 260) * FULL_TIME_WEEK / FULL_TIME_MONTH
    for unit in (*GROUPS, "Greve"):
        share = truth.filter(outcome="share_with_hours", unit=unit)
        hours = truth.filter(outcome="mean_hours", unit=unit)
        for figure in ("before", "during"):
            error = share[figure].item() * drawn.std() / drawn.size**0.5
            wanted = share[figure].item() * drawn.mean()
            assert hours[figure].item() == pytest.approx(wanted, abs=4 * error)
        assert hours["source"].item() == "exact"


def test_those_who_left_have_hours_of_their_own(truth: pl.DataFrame) -> None:
    """For whom no figure is planted: the job centres are alike in what their citizens go on to."""
    asked = load_study("stv").outcomes
    gross = {name for name, each in asked.items() if each.population == "cash_benefit_gross"}
    assert gross == {"share_with_hours_gross", "mean_hours_gross"}
    assert set(truth["outcome"]) == asked.keys()
    sources = dict(truth.group_by("outcome").agg(pl.col("source").unique()).iter_rows())
    assert {name for name, found in sources.items() if found == ["draw"]} == gross
    for name in gross:
        own = truth.filter(outcome=name).drop_nulls("effect")
        assert own["effect"].abs().max() < 0.005 * own["during"].min()
        narrow = truth.filter(outcome=name.removesuffix("_gross"), unit="participating")
        pooled = truth.filter(outcome=name, unit="participating")
        assert pooled["before"].item() > 2 * narrow["before"].item()


def test_the_27_job_centres_take_part() -> None:
    study = load_study("stv")
    units = load_calibration(study).units
    assert len(study.participating) == 27
    assert set(units) == set(study.participating)
