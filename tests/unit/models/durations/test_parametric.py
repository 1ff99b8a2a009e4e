"""Fits on collapsed spells: the same as on all rows, whatever their order; and what has no fit."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from lifelines import GeneralizedGammaFitter, PiecewiseExponentialFitter, WeibullAFTFitter
from scipy import sparse

from pipeline.models.durations.clusters import sum_scores
from pipeline.models.durations.families import FAMILY_NAMES, WEIBULL, choose_family
from pipeline.models.durations.parametric import Fit, fit_family, fit_family_by_cell
from pipeline.models.durations.quantities import (
    Measure,
    find_extrapolated_share,
    mean,
    measure_cells,
    median,
    restricted_mean,
    survival,
)
from pipeline.models.durations.spells import Spells, collapse_spells


def draw_spells(n_spells: int = 1500, n_cells: int = 3, seed: int = 3) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    cell = random.integers(n_cells, size=n_spells)
    person = random.integers(n_spells // 2, size=n_spells)
    frailty = random.gamma(3, 1 / 3, n_spells // 2)[person]
    ends = np.ceil((20 + 8 * cell) / frailty * random.weibull(1.2, n_spells))
    censored = random.integers(4, 57, n_spells)
    duration = np.minimum(ends, censored)
    late = random.random(n_spells) < 0.2
    return pl.DataFrame(
        {
            "unit": [f"unit {each}" for each in cell],
            "person": person,
            "entry": np.where(late, np.floor(duration * 0.4), 0.0),
            "duration": duration,
            "has_event": ends <= censored,
        }
    )


def fit(rows: pl.DataFrame, name: str) -> Fit:
    collapsed = collapse_spells(rows, ["unit"])
    found = fit_family(collapsed, choose_family(name, collapsed))
    assert found is not None
    return found


@cache
def fit_drawn(name: str) -> Fit:
    return fit(draw_spells(), name)


def uncollapse(rows: pl.DataFrame) -> Spells:
    """One kind for each row."""
    unit = rows["unit"].rank("dense").to_numpy().astype(np.int64) - 1
    numbers = np.arange(rows.height)
    ones = np.ones(rows.height)
    parts = (rows[name].cast(pl.Float64).to_numpy() for name in ("entry", "duration", "has_event"))
    collapsed = collapse_spells(rows, ["unit"])
    described = (collapsed.cells, collapsed.n_spells, collapsed.n_events, collapsed.last)
    return Spells(*described, unit, *parts, ones, numbers, ones)


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return draw_spells()


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_the_collapsed_fit_equals_the_fit_on_all_rows(rows: pl.DataFrame, name: str) -> None:
    whole = uncollapse(rows)
    people = rows["person"].to_numpy()

    collapsed = fit_drawn(name)
    plain = fit_family(whole, collapsed.family, start=collapsed.local[0] + 0.1)

    assert plain is not None
    assert collapsed.theta == pytest.approx(plain.theta, rel=1e-9, abs=1e-10)
    assert collapsed.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)
    ours, theirs = (sum_scores(each, people).covariance() for each in (collapsed, plain))
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_the_scores_are_zero_in_sum_and_the_gain_is_spent(rows: pl.DataFrame, name: str) -> None:
    found = fit_drawn(name)

    scores = sum_scores(found, rows["person"].to_numpy())
    slope = scores.kind_scores.T @ np.asarray(scores.weights.sum(axis=0))

    assert slope @ found.inverse @ slope < 1e-14


def test_the_maximum_is_at_least_as_high_as_that_of_lifelines(rows: pl.DataFrame) -> None:
    alone = rows.filter(unit="unit 1", entry=0)
    duration, event = alone["duration"].to_numpy(), alone["has_event"].to_numpy()

    gamma = GeneralizedGammaFitter().fit(duration, event)
    ours = fit(alone, "generalised_gamma")
    assert ours.log_likelihood >= gamma.log_likelihood_ - 1e-9
    assert ours.local[0] == pytest.approx(gamma.params_.to_numpy(), abs=0.01)

    pieces = PiecewiseExponentialFitter([4.0001, 13.0001, 26.0001, 39.0001]).fit(duration, event)
    assert np.exp(fit(alone, "piecewise_exponential").local[0]) == pytest.approx(
        pieces.params_.to_numpy(), rel=1e-3
    )


def test_a_common_shape_is_that_of_lifelines_regression(rows: pl.DataFrame) -> None:
    frame = rows.select(
        "entry",
        "duration",
        "has_event",
        *[(pl.col("unit") == f"unit {n}").cast(int).alias(f"u{n}") for n in (1, 2)],
    ).to_pandas()

    aft = WeibullAFTFitter().fit(frame, "duration", "has_event", entry_col="entry")
    ours = fit_drawn("weibull")

    base, first, second, shape = (
        aft.params_[key]
        for key in (
            ("lambda_", "Intercept"),
            ("lambda_", "u1"),
            ("lambda_", "u2"),
            ("rho_", "Intercept"),
        )
    )
    assert ours.theta == pytest.approx([base, base + first, base + second, -shape], abs=1e-4)
    assert ours.log_likelihood >= aft.log_likelihood_ - 1e-9


def test_covariates_shift_cells_alike(rows: pl.DataFrame) -> None:
    aged = rows.with_columns(
        age=pl.when(pl.col("person") % 3 == 0).then(pl.lit("old")).otherwise(pl.lit("young"))
    )
    collapsed = collapse_spells(aged, ["unit", "age"])
    unit = sparse.kron(sparse.eye_array(3), np.ones((2, 1)))
    design = sparse.hstack([unit, np.tile([[1.0], [0.0]], (3, 1))]).tocsr()

    found = fit_family(collapsed, WEIBULL, design)

    assert found is not None
    assert found.theta.size == 5
    steps = found.local[::2, 0] - found.local[1::2, 0]
    assert steps == pytest.approx(np.full(3, found.theta[3]))
    saturated = fit_family(collapsed, WEIBULL)
    assert saturated is not None
    assert saturated.log_likelihood > found.log_likelihood > fit_drawn("weibull").log_likelihood


def test_own_shapes_are_fits_of_single_cells(rows: pl.DataFrame) -> None:
    people = rows["person"].to_numpy()
    collapsed = collapse_spells(rows, ["unit"])
    for name in ("weibull", "piecewise_exponential"):
        own = fit_family_by_cell(collapsed, choose_family(name, collapsed))
        assert own is not None
        alone = fit(rows.filter(unit="unit 1"), name)
        assert own.local[1] == pytest.approx(alone.local[0], rel=1e-9)
        error = measure_cells(own, mean()).std_errors(sum_scores(own, people).covariance())[1]
        one = rows.filter(unit="unit 1")["person"].to_numpy()
        single = measure_cells(alone, mean()).std_errors(sum_scores(alone, one).covariance())[0]
        factors = [np.unique(each).size / (np.unique(each).size - 1) for each in (people, one)]
        assert error / factors[0] ** 0.5 == pytest.approx(single / factors[1] ** 0.5, rel=1e-8)
        assert own.aic == pytest.approx(2 * own.theta.size - 2 * own.log_likelihood)


def test_a_cell_without_an_event_leaves_the_others_alone(rows: pl.DataFrame) -> None:
    still = pl.DataFrame(
        {
            "unit": ["none"] * 3,
            "person": [1, 2, 3],
            "entry": [0.0] * 3,
            "duration": [5.0, 50.0, 9.0],
            "has_event": [False] * 3,
        }
    ).cast(rows.schema)
    more = pl.concat([still, rows])
    for name in ("weibull", "piecewise_exponential"):
        found, without = fit(more, name), fit_drawn(name)
        assert found.is_known.tolist() == [False, True, True, True]
        weeks = measure_cells(found, mean())
        assert np.isnan(weeks.values[0])
        assert weeks.values[1:] == pytest.approx(measure_cells(without, mean()).values, rel=1e-12)
        errors = weeks.std_errors(sum_scores(found, more["person"].to_numpy()).covariance())
        assert np.isnan(errors[0])
        assert np.isfinite(errors[1:]).all()
        assert np.isnan(find_extrapolated_share(found)[0])


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_without_any_event_there_is_no_fit(rows: pl.DataFrame, name: str) -> None:
    collapsed = collapse_spells(rows.with_columns(has_event=False), ["unit"])
    assert fit_family(collapsed, choose_family(name, collapsed)) is None
    assert fit_family_by_cell(collapsed, choose_family(name, collapsed)) is None


def test_spells_that_all_end_at_once_have_no_shape() -> None:
    rows = pl.DataFrame({"unit": ["a"] * 9, "duration": [7.0] * 9, "has_event": [True] * 9})
    collapsed = collapse_spells(rows, ["unit"])
    for name in ("weibull", "lognormal", "loglogistic", "generalised_gamma"):
        assert fit_family(collapsed, choose_family(name, collapsed)) is None
    assert measure_cells(fit(rows, "exponential"), mean()).values == pytest.approx([7.0])


def test_one_event_has_a_mean_and_no_shape_of_its_own() -> None:
    rows = pl.DataFrame(
        {"unit": ["a"] * 3, "duration": [7.0, 9.0, 20.0], "has_event": [True, False, False]}
    )
    assert measure_cells(fit(rows, "exponential"), mean()).values == pytest.approx([36.0])
    collapsed = collapse_spells(rows, ["unit"])
    found = fit_family(collapsed, WEIBULL)
    assert found is None or np.isfinite(found.theta).all()


def test_row_order_leaves_no_trace(rows: pl.DataFrame) -> None:
    shuffled = rows.sample(fraction=1, shuffle=True, seed=5)
    first, second = fit(rows, "weibull"), fit(shuffled, "weibull")
    assert (first.theta == second.theta).all()
    errors = [
        sum_scores(each, of["person"].to_numpy()).covariance()
        for each, of in ((first, rows), (second, shuffled))
    ]
    assert errors[0] == pytest.approx(errors[1], rel=1e-12)


def test_a_weight_of_two_is_two_spells_and_one_of_zero_is_none(rows: pl.DataFrame) -> None:
    weight = rows["person"].to_numpy() % 3
    twice = pl.concat([rows.filter(weight >= 1), rows.filter(weight == 2)])

    weighted, repeated = (
        fit(rows.with_columns(weight=pl.Series(weight)), "weibull"),
        fit(twice, "weibull"),
    )

    assert weighted.theta == pytest.approx(repeated.theta, rel=1e-10)
    ours = sum_scores(weighted, rows["person"].to_numpy()).covariance()
    assert ours == pytest.approx(
        sum_scores(repeated, twice["person"].to_numpy()).covariance(), rel=1e-9
    )
    kept = rows.filter(weight > 0)
    counts = kept.group_by("unit").agg(pl.len(), pl.col("has_event").sum()).sort("unit")
    assert weighted.spells.n_spells.tolist() == counts["len"].to_list()
    assert weighted.spells.n_events.tolist() == counts["has_event"].to_list()


@pytest.mark.parametrize(
    "measure", [mean(), median(), restricted_mean(52.0), survival(13.0), survival(52.0)]
)
def test_the_bootstrap_agrees_with_the_delta_method(rows: pl.DataFrame, measure: Measure) -> None:
    found = fit_drawn("weibull")
    scores = sum_scores(found, rows["person"].to_numpy())
    weeks = measure_cells(found, measure)

    drawn = scores.draw(found.theta, 2000, seed=1)
    again = scores.draw(found.theta, 2000, seed=1)

    assert (drawn == again).all()
    linear = weeks.std_errors(scores.covariance())
    local = np.stack([drawn @ each.toarray()[0] for each in found.maps], axis=1)
    assert measure(WEIBULL, local).std() == pytest.approx(linear[0], rel=0.05)


def test_an_influence_squares_to_the_variance(rows: pl.DataFrame) -> None:
    found = fit_drawn("lognormal")
    scores = sum_scores(found, rows["person"].to_numpy())
    weeks = measure_cells(found, median())

    influence = scores.influence(weeks.gradients.toarray()[2])

    assert influence.values.sum() == pytest.approx(0, abs=1e-7)
    n_clusters = influence.clusters.size
    variance = np.square(influence.values).sum() * n_clusters / (n_clusters - 1)
    assert variance**0.5 == pytest.approx(weeks.std_errors(scores.covariance())[2], rel=1e-12)


def test_one_cluster_has_no_error(rows: pl.DataFrame) -> None:
    found = fit_drawn("weibull")
    covariance = sum_scores(found, np.zeros(rows.height, dtype=np.int64)).covariance()
    assert np.isnan(measure_cells(found, mean()).std_errors(covariance)).all()


def test_survival_and_extrapolation_by_hand(rows: pl.DataFrame) -> None:
    found = fit_drawn("exponential")
    weeks = measure_cells(found, mean()).values
    assert measure_cells(found, survival(13.0)).values == pytest.approx(np.exp(-13 / weeks))
    last = found.spells.last
    assert find_extrapolated_share(found) == pytest.approx(np.exp(-last / weeks))
