"""Curves by hand, and their cluster-robust errors by brute force."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.durations.kaplan_meier import Curve, fit_curves
from pipeline.models.durations.spells import collapse_spells


def draw_rows(*spells: tuple[float, float, bool]) -> pl.DataFrame:
    frame = pl.DataFrame(spells, ["entry", "duration", "has_event"], orient="row")
    return frame.with_columns(cell=pl.lit("a"))


def fit_one(rows: pl.DataFrame, clusters: np.ndarray | None = None) -> Curve:
    curve = next(fit_curves(collapse_spells(rows, ["cell"]), clusters))
    assert curve is not None
    return curve


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    random = np.random.default_rng(4)
    ends, censored = random.integers(1, 40, (2, 120))
    duration = np.minimum(ends, censored)
    late = random.random(120) < 0.3
    entry = np.where(late, duration // 2, 0)
    return pl.DataFrame(
        {
            "cell": ["a"] * 120,
            "person": random.integers(50, size=120),
            "entry": entry,
            "duration": duration,
            "has_event": ends <= censored,
        }
    ).filter(pl.col("entry") < pl.col("duration"))


def test_by_hand() -> None:
    curve = fit_one(draw_rows((0, 1, True), (0, 1, False), (0, 3, True), (0, 3, True)))

    weeks = np.arange(4.0)
    assert curve.survive(weeks) == pytest.approx([1, 0.75, 0.75, 0])
    assert curve.count_at_risk(weeks).tolist() == [4, 4, 2, 2]
    assert curve.log_errors(weeks)[:3] == pytest.approx([0, (1 / 12) ** 0.5, (1 / 12) ** 0.5])
    assert curve.measure_restricted_mean(3.0)[0] == pytest.approx(1 + 2 * 0.75)
    # One event of four, of which an area of 1.5 is ahead.
    assert curve.measure_restricted_mean(3.0)[1] == pytest.approx((1.5**2 / 12) ** 0.5)
    assert curve.measure_mean()[0] == pytest.approx(2.5)
    assert curve.measure_median()[0] == 3


def test_late_entry_is_at_risk_from_just_after() -> None:
    curve = fit_one(draw_rows((0, 2, True), (0, 4, False), (2, 4, True)))

    assert curve.count_at_risk(np.arange(5.0)).tolist() == [2, 2, 2, 2, 2]
    assert curve.survive(np.arange(5.0)) == pytest.approx([1, 1, 0.5, 0.5, 0.25])


def test_fractions_of_weeks_are_kept_apart() -> None:
    curve = fit_one(draw_rows((0, 0.3, True), (0.3, 0.4, True), (0, 0.7, False)))

    assert curve.survive(np.array([0.29, 0.3, 0.4])) == pytest.approx([1, 0.5, 0.25])


def test_what_a_curve_does_not_reach_is_unknown() -> None:
    curve = fit_one(draw_rows((0, 2, True), (0, 9, False), (0, 9, False)))

    assert np.isnan(curve.measure_mean()).all()
    assert np.isnan(curve.measure_restricted_mean(10.0)).all()
    assert np.isfinite(curve.measure_restricted_mean(9.0)).all()
    assert curve.measure_median() == pytest.approx((np.nan, 2, np.nan), nan_ok=True)


def test_without_events_the_curve_stays_at_one() -> None:
    curve = fit_one(draw_rows((0, 5, False), (0, 9, False)))

    assert curve.survive(np.array([0.0, 5, 9])).tolist() == [1, 1, 1]
    assert curve.measure_restricted_mean(9.0)[0] == pytest.approx(9)


def test_cluster_errors_are_those_of_weighing_each_cluster_a_little_more(
    rows: pl.DataFrame,
) -> None:
    weeks, step = np.array([3.0, 12.0, 25.0]), 1e-5
    whole = fit_one(rows)
    people = rows["person"].unique().sort().to_list()
    changes = []
    for person in people:
        heavier = rows.with_columns(
            weight=pl.when(pl.col("person") == person).then(1 + step).otherwise(1.0)
        )
        curve = fit_one(heavier)
        area = curve.measure_restricted_mean(25.0)[0] - whole.measure_restricted_mean(25.0)[0]
        logs = np.log(curve.survive(weeks) / whole.survive(weeks))
        changes.append([*logs / step, area / step])
    factor = len(people) / (len(people) - 1)
    expected = np.sqrt(np.square(changes).sum(axis=0) * factor)

    clustered = fit_one(rows, rows["person"].to_numpy())

    assert clustered.log_errors(weeks) == pytest.approx(expected[:3], rel=1e-4)
    assert clustered.measure_restricted_mean(25.0)[1] == pytest.approx(expected[3], rel=1e-4)


def test_with_each_spell_a_cluster_the_errors_are_greenwoods(rows: pl.DataFrame) -> None:
    weeks, rows = np.arange(40.0), rows.filter(entry=0)
    plain, clustered = fit_one(rows), fit_one(rows, np.arange(rows.height))
    factor = (rows.height / (rows.height - 1)) ** 0.5

    known = plain.survive(weeks) > 0
    assert clustered.log_errors(weeks)[known] == pytest.approx(
        factor * plain.log_errors(weeks)[known]
    )
    assert clustered.measure_restricted_mean(20.0)[1] == pytest.approx(
        factor * plain.measure_restricted_mean(20.0)[1]
    )


def test_a_weight_is_that_many_spells_with_one_cluster(rows: pl.DataFrame) -> None:
    people = rows["person"].to_numpy()
    doubled = fit_one(pl.concat([rows, rows]), np.concatenate([people, people]))
    weighted = fit_one(rows.with_columns(weight=pl.lit(2.0)), people)

    assert weighted.survive(np.arange(30.0)) == pytest.approx(doubled.survive(np.arange(30.0)))
    assert weighted.measure_restricted_mean(20.0) == pytest.approx(
        doubled.measure_restricted_mean(20.0)
    )


def test_one_cluster_has_no_error_and_no_weight_no_curve(rows: pl.DataFrame) -> None:
    alone = fit_one(rows, np.zeros(rows.height, dtype=np.int64))
    assert np.isnan(alone.measure_restricted_mean(20.0)[1])
    nothing = collapse_spells(rows.with_columns(weight=pl.lit(0.0)), ["cell"])
    assert [*fit_curves(nothing)] == [None]


def test_the_interval_of_the_median_holds_it(rows: pl.DataFrame) -> None:
    median, low, high = fit_one(rows).measure_median()
    assert low < median < high
