"""Cox and Kaplan-Meier against R's survival package and lifelines' published figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lifelines.datasets import load_leukemia, load_rossi

from pipeline.models.durations.clusters import sum_scores
from pipeline.models.durations.cox import fit_cox
from pipeline.models.durations.kaplan_meier import fit_curves
from pipeline.models.durations.spells import collapse_spells

CASE = Path(__file__).parent / "survival"


@pytest.fixture(scope="module")
def spells() -> pl.DataFrame:
    return pl.read_csv(CASE / "case_a_spells.csv").with_columns(has_event=pl.col("cause") == 1)


def test_cox_with_late_entry_strata_and_clusters_equals_coxph(spells: pl.DataFrame) -> None:
    printed = pl.read_csv(CASE / "case_a_cox.csv")
    collapsed = collapse_spells(spells, ["unit", "period"])
    unit, period = (collapsed.cells[name].to_numpy() for name in ("unit", "period"))
    during = period == "during"
    columns = [(unit == "unit_01") & during, (unit == "unit_02") & during, during]
    strata = np.unique(unit, return_inverse=True)[1]

    fit = fit_cox(collapsed, np.stack(columns, axis=1).astype(float), strata)

    assert fit is not None
    assert fit.theta == pytest.approx(printed["coef"].to_numpy(), abs=1e-7)
    naive = np.sqrt(np.diag(fit.inverse))
    assert naive == pytest.approx(printed["naive_se"].to_numpy(), rel=1e-8)
    scores = sum_scores(fit, spells["person"].to_numpy())
    n_persons = scores.numbers.size
    robust = np.sqrt(np.diag(scores.covariance()) * (n_persons - 1) / n_persons)
    assert robust == pytest.approx(printed["robust_se"].to_numpy(), rel=1e-7)


def test_cox_on_rossi() -> None:
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    rows = pl.from_pandas(load_rossi()).with_row_index("id")
    spells = rows.select("id", duration="week", has_event=pl.col("arrest") == 1)

    fit = fit_cox(collapse_spells(spells, ["id"]), rows.select(names).to_numpy().astype(float))

    assert fit is not None
    found = dict(
        zip(names, zip(fit.theta, np.sqrt(np.diag(fit.inverse)), strict=True), strict=True)
    )
    assert found["fin"] == pytest.approx((-0.3794, 0.1914), abs=5e-5)
    assert found["age"] == pytest.approx((-0.0574, 0.0220), abs=5e-5)
    assert found["prio"] == pytest.approx((0.0915, 0.0286), abs=5e-5)
    assert fit.log_likelihood == pytest.approx(-658.7477, abs=5e-5)


def test_kaplan_meier_on_leukemia() -> None:
    rows = pl.from_pandas(load_leukemia()).select(
        "Rx", duration="t", has_event=pl.col("status") == 1
    )
    treated, control = fit_curves(collapse_spells(rows, ["Rx"]))

    assert treated is not None
    assert control is not None
    assert (treated.measure_median()[0], control.measure_median()[0]) == (23, 8)
    assert treated.measure_restricted_mean(35.0)[0] == pytest.approx(23.287, abs=5e-4)
    assert control.measure_restricted_mean(35.0)[0] == pytest.approx(8.667, abs=5e-4)
    assert control.measure_mean()[0] == pytest.approx(8.667, abs=5e-4)


def test_restricted_means_and_medians_equal_survfit(spells: pl.DataFrame) -> None:
    printed = pl.read_csv(CASE / "case_a_rmst52.csv")
    curves = [*fit_curves(collapse_spells(spells.filter(entry=0), ["unit", "period"]))]

    found = np.array([each.measure_restricted_mean(52.0) for each in curves if each])

    assert found[:, 0] == pytest.approx(printed["rmst52"].to_numpy(), rel=1e-9)
    assert found[:, 1] == pytest.approx(printed["se"].to_numpy(), rel=1e-9)
    medians = [each.measure_median()[0] for each in curves if each]
    assert medians == pytest.approx(printed["median"].fill_null(np.nan).to_list(), nan_ok=True)


@pytest.mark.parametrize(("number", "period"), enumerate(("before", "during")))
def test_curves_with_late_entry_equal_survfit(
    spells: pl.DataFrame, number: int, period: str
) -> None:
    printed = pl.read_csv(CASE / "case_a_km.csv").filter(stratum=f"period={period}")
    curve = [*fit_curves(collapse_spells(spells, ["period"]))][number]
    weeks = printed["week"].to_numpy().astype(float)

    assert curve is not None
    assert curve.count_at_risk(weeks).tolist() == printed["at_risk"].to_list()
    survival = curve.survive(weeks)
    assert survival == pytest.approx(printed["survival"].to_numpy(), abs=1e-12)
    errors = survival * curve.log_errors(weeks)
    assert errors == pytest.approx(printed["std_err"].to_numpy(), rel=1e-9)
