"""Unit and week effects on cells against the same regression on every person-week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from linearmodels.iv.absorbing import AbsorbingLS
from linearmodels.panel import PanelOLS

from pipeline.errors import ModelError
from pipeline.models.did.clusters import infer_cr1
from pipeline.models.did.two_way import UnitWeekFit, fit_unit_week_effects
from pipeline.models.inference import Inference


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """5,000 person-weeks in 20 units over 30 weeks, 5 units treated from week 15 on."""
    draw = np.random.default_rng(3)
    unit, week = draw.integers(0, 20, 5_000), draw.integers(0, 30, 5_000)
    exposed = (unit < 5) & (week >= 15)
    outcome = 0.1 * unit + 0.02 * week + 0.5 * exposed + draw.normal(0, 1, 5_000)
    return pd.DataFrame({"unit": unit, "week": week, "y": outcome, "is_exposed": exposed})


def collapse(rows: pd.DataFrame) -> pl.DataFrame:
    return (
        pl.from_pandas(rows)
        .group_by("unit", "week")
        .agg(
            numerator=pl.col("y").sum(),
            denominator=pl.len(),
            is_exposed=pl.col("is_exposed").first(),
        )
    )


@pytest.fixture(scope="module")
def fit(rows: pd.DataFrame) -> UnitWeekFit:
    return fit_unit_week_effects(collapse(rows))


def test_cells_give_the_regression_on_person_weeks(fit: UnitWeekFit, rows: pd.DataFrame) -> None:
    """linearmodels on every row, to ten digits; its sandwich lacks the factor G / (G - 1)."""
    effects = rows[["unit", "week"]].astype("category")
    exposed = rows[["is_exposed"]].astype(float)
    by_rows = AbsorbingLS(rows["y"], exposed, absorb=effects).fit(
        cov_type="clustered",
        clusters=rows["unit"],
        debiased=False,
        method="lsmr",
        absorb_options={"atol": 1e-14, "btol": 1e-14},
    )
    sandwich = fit.infer_sandwich()

    assert fit.effect == pytest.approx(float(by_rows.params.iloc[0]), rel=1e-10)
    assert sandwich is not None
    expected = float(by_rows.std_errors.iloc[0]) * (20 / 19) ** 0.5
    assert sandwich.std_error == pytest.approx(expected, rel=1e-10)


def test_cells_give_the_panel_regression_on_cells(fit: UnitWeekFit, rows: pd.DataFrame) -> None:
    cells = collapse(rows).to_pandas().set_index(["unit", "week"])
    by_cells = PanelOLS(
        cells["numerator"] / cells["denominator"],
        cells[["is_exposed"]].astype(float),
        weights=cells["denominator"],
        entity_effects=True,
        time_effects=True,
    ).fit(
        cov_type="clustered",
        cluster_entity=True,
        debiased=False,
        auto_df=False,
        count_effects=False,
        group_debias=False,
    )
    sandwich = fit.infer_sandwich()

    assert fit.effect == pytest.approx(float(by_cells.params.iloc[0]), rel=1e-10)
    assert sandwich is not None
    expected = float(by_cells.std_errors.iloc[0]) * (20 / 19) ** 0.5
    assert sandwich.std_error == pytest.approx(expected, rel=1e-10)


def test_what_is_gathered_by_cluster_says_the_same(fit: UnitWeekFit) -> None:
    sandwich = fit.infer_sandwich()

    assert isinstance(sandwich, Inference)
    gathered = infer_cr1(fit.gather())
    assert isinstance(gathered, Inference)
    assert gathered.std_error == pytest.approx(sandwich.std_error, rel=1e-9)
    assert gathered.p_value == pytest.approx(sandwich.p_value, rel=1e-9)


def test_the_order_of_the_cells_is_no_matter(fit: UnitWeekFit, rows: pd.DataFrame) -> None:
    shuffled = collapse(rows).sample(fraction=1, shuffle=True, seed=1)

    assert fit_unit_week_effects(shuffled).infer_sandwich() == fit.infer_sandwich()


def test_empty_cells_are_left_out(fit: UnitWeekFit, rows: pd.DataFrame) -> None:
    cells = collapse(rows)
    empty = cells.head(3).with_columns(
        numerator=pl.lit(0.0),
        denominator=pl.lit(0, dtype=pl.UInt32),
        week=pl.lit(77, dtype=pl.Int64),
    )

    assert (
        fit_unit_week_effects(pl.concat([cells, empty.select(cells.columns)])).effect == fit.effect
    )


@pytest.mark.parametrize("is_exposed", [False, True])
def test_an_exposure_that_units_or_weeks_explain_is_refused(
    rows: pd.DataFrame, is_exposed: bool
) -> None:
    everywhere = collapse(rows).with_columns(is_exposed=pl.lit(is_exposed))
    all_along = collapse(rows).with_columns(is_exposed=pl.col("unit") < 5)

    for cells in (everywhere, all_along):
        with pytest.raises(ModelError, match="no variation beside the other columns"):
            fit_unit_week_effects(cells)
