"""Agreement of duration models with R's survival package; `survival/make_case.R` made the numbers.

R's robust errors have no small-sample factor; ours carry G / (G - 1), with G persons, which is
taken out here. On this case it moves an error by 0.02 %.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.models.durations.clusters import ClusterScores, sum_scores
from pipeline.models.durations.families import choose_family
from pipeline.models.durations.parametric import Fit, fit_family
from pipeline.models.durations.quantities import mean, measure_cells, median, restricted_mean
from pipeline.models.durations.spells import collapse_spells

CASE = Path(__file__).parent / "survival"
MEASURES = {"mean": mean(), "median": median(), "rmst_52": restricted_mean(52.0)}
MODELS = ["exponential", "weibull", "lognormal", "loglogistic"]


@pytest.fixture(scope="module")
def spells() -> pl.DataFrame:
    rows = pl.read_csv(CASE / "case_a_spells.csv").with_columns(has_event=pl.col("cause") == 1)
    return rows.filter(entry=0)


@pytest.fixture(scope="module", params=MODELS)
def fitted(request: pytest.FixtureRequest, spells: pl.DataFrame) -> tuple[Fit, ClusterScores]:
    collapsed = collapse_spells(spells, ["unit", "period"])
    fit = fit_family(collapsed, choose_family(request.param, collapsed))
    assert fit is not None
    return fit, sum_scores(fit, spells["person"].to_numpy())


def remove_factor(scores: ClusterScores) -> np.ndarray:
    return scores.covariance() * (scores.numbers.size - 1) / scores.numbers.size


def test_coefficients_and_robust_errors_equal_survreg(fitted: tuple[Fit, ClusterScores]) -> None:
    fit, scores = fitted
    printed = pl.read_csv(CASE / "case_a_survreg.csv").filter(model=fit.family.name)

    errors = np.sqrt(np.diag(remove_factor(scores)))

    assert fit.theta == pytest.approx(printed["estimate"].to_numpy(), abs=1e-9)
    assert errors == pytest.approx(printed["robust_se"].to_numpy(), rel=1e-9)
    naive = printed["naive_se"].to_numpy()
    assert np.sqrt(np.diag(fit.inverse)) == pytest.approx(naive, rel=1e-9)
    assert fit.log_likelihood == pytest.approx(printed["loglik"][0], abs=1e-8)


@pytest.mark.parametrize("quantity", MEASURES)
def test_weeks_and_their_robust_errors_equal_r(
    fitted: tuple[Fit, ClusterScores], quantity: str
) -> None:
    fit, scores = fitted
    printed = pl.read_csv(CASE / "case_a_quantities.csv").filter(
        model=fit.family.name, quantity=quantity
    )

    measured = measure_cells(fit, MEASURES[quantity])

    cells = [f"{row['unit']}:{row['period']}" for row in fit.spells.cells.iter_rows(named=True)]
    assert cells == printed["cell"].to_list()
    assert measured.values == pytest.approx(printed["estimate"].to_numpy(), rel=1e-8)
    errors = measured.std_errors(remove_factor(scores))
    # R's gradients are differences with a step of 1e-6, good to some 1e-9.
    assert errors == pytest.approx(printed["robust_se"].to_numpy(), rel=1e-7)
