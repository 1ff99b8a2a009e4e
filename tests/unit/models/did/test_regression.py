"""Covariates by cell, and nuisance that is nearly or wholly collinear."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from pipeline.models.did.clusters import cluster_effect, infer_cr1
from pipeline.models.did.regression import Design, fit_regression
from pipeline.models.inference import Inference

KEYS = ["unit", "week", "is_woman", "age_band"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """2,000 person-weeks; women and older persons have another level."""
    draw = np.random.default_rng(8)
    rows = pd.DataFrame(
        {
            "unit": draw.integers(0, 10, 2_000),
            "week": draw.integers(0, 8, 2_000),
            "is_woman": draw.integers(0, 2, 2_000),
            "age_band": draw.integers(0, 3, 2_000),
        }
    )
    rows["effect"] = ((rows.unit < 4) & (rows.week >= 4)).astype(float)
    level = 0.3 * rows.is_woman - 0.2 * rows.age_band + 0.5 * rows.effect
    rows["y"] = level + draw.normal(0, 1, 2_000)
    return rows


def adjust(rows: pd.DataFrame, *more: np.ndarray) -> tuple[Design, np.ndarray]:
    cells = rows.groupby(KEYS, as_index=False).agg(
        y=("y", "mean"), size=("y", "size"), effect=("effect", "first")
    )
    dummies = [np.eye(8)[cells.week], cells[["is_woman"]], np.eye(3)[cells.age_band], *more]
    nuisance = np.column_stack([np.asarray(part, dtype=float) for part in dummies])
    wanted = {"effect": cells.effect.to_numpy()}
    size, unit = cells["size"].to_numpy(dtype=float), cells.unit.to_numpy()
    return Design(cells.y.to_numpy(), size, wanted, nuisance, unit), unit


def test_covariates_by_cell_equal_covariates_by_row(rows: pd.DataFrame) -> None:
    by_rows = pf.feols(
        "y ~ effect + is_woman + C(age_band) + C(unit) + C(week)",
        rows,
        vcov={"CRV1": "unit"},
        ssc=pf.ssc(k_adj=False, G_adj=True),
    )
    design, units = adjust(rows)
    fit = fit_regression(design)
    found = infer_cr1(cluster_effect(design, fit, units, "effect"))

    assert fit.coefficient("effect") == pytest.approx(by_rows.coef()["effect"], rel=1e-10)
    assert isinstance(found, Inference)
    assert found.std_error == pytest.approx(by_rows.se()["effect"], rel=1e-10)


def test_the_scale_and_the_doubling_of_a_covariate_are_no_matter(rows: pd.DataFrame) -> None:
    design, _ = adjust(rows)
    scaled = design.nuisance * 1e6
    again = Design(
        design.outcome,
        design.weights,
        design.regressors,
        np.column_stack([design.nuisance, scaled]),
        design.absorbed,
    )

    expected = fit_regression(design).coefficient("effect")
    assert fit_regression(again).coefficient("effect") == pytest.approx(expected, rel=1e-9)
