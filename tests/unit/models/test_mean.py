from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from linearmodels.iv.model import IV2SLS
from polars.testing import assert_frame_equal

from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.models.estimate import ESTIMATE_KEY, ESTIMATE_SCHEMA
from pipeline.models.mean import fit_means
from pipeline.spec import Study

# Anholt 4/16 before and 9/12 in the intervention, the rest 6/20 and 9/18: .50 - .20 = .30.
CELLS = """
    before       Anholt a 10 4
    before       Anholt b  6 0
    intervention Anholt a  8 6
    intervention Anholt c  4 3
    before       Cortsø d 12 5
    before       Dragør e  8 1
    intervention Cortsø d 10 2
    intervention Dragør a  8 7
"""


def draw_cells(cells: str) -> pl.DataFrame:
    rows = [line.split() for line in cells.strip().splitlines()]
    return pl.DataFrame(
        {
            "population": "everyone",
            "outcome": "share",
            "period": [row[0] for row in rows],
            "jobcentre": [row[1] for row in rows],
            "person_id": [row[2] for row in rows],
            "numerator": [int(row[4]) for row in rows],
            "denominator": [int(row[3]) for row in rows],
            "n_events": [int(row[4]) for row in rows],
        }
    )


def pick(rows: pl.DataFrame, **key: str) -> dict[str, float | None]:
    chosen = {"phase": "intervention", "inference": "person_cluster"} | key
    equals = [pl.col(name) == value for name, value in chosen.items()]
    return rows.row(by_predicate=pl.all_horizontal(*equals), named=True)


def expand(cells: pl.DataFrame) -> pl.DataFrame:
    """One row per person-week, with the four regressors."""
    weeks = cells.with_columns(
        outcome=pl.struct("numerator", "denominator").map_elements(
            lambda cell: (
                [1.0] * cell["numerator"] + [0.0] * (cell["denominator"] - cell["numerator"])
            ),
            return_dtype=pl.List(pl.Float64),
        )
    ).explode("outcome")
    treated = pl.col("jobcentre").is_in(["Anholt", "Brund"]).cast(pl.Float64)
    during = (pl.col("period") == "intervention").cast(pl.Float64)
    return weeks.select(
        "person_id",
        "jobcentre",
        "outcome",
        constant=pl.lit(1.0),
        treated=treated,
        during=during,
        both=treated * during,
    )


@pytest.fixture
def anholt(study: Study, jobcentres: list[str]) -> list[Comparison]:
    return list_comparisons(study, jobcentres, only="Anholt")


def test_shares_effect_and_counts_by_hand(study: Study, anholt: list[Comparison]) -> None:
    row = pick(fit_means(study, draw_cells(CELLS), anholt).rows, unit="Anholt")

    assert row["model"] == "difference_in_differences"
    assert row["before"] == pytest.approx(0.25, rel=1e-12)
    assert row["during"] == pytest.approx(0.75, rel=1e-12)
    assert row["difference"] == pytest.approx(0.5, rel=1e-12)
    assert row["effect"] == pytest.approx(0.3, rel=1e-12)
    assert row["relative_effect"] == pytest.approx(1.2, rel=1e-12)
    assert (row["n_persons"], row["n_events"]) == (3, 13)
    assert row["p_value_adjusted"] is None


def test_standard_error_by_hand(study: Study, anholt: list[Comparison]) -> None:
    row = pick(fit_means(study, draw_cells(CELLS), anholt).rows, unit="Anholt")

    a = -(4 - 2.5) / 16 + (6 - 6) / 12 - (7 - 4) / 18
    b = -(0 - 1.5) / 16
    c = (3 - 3) / 12
    d = (5 - 3.6) / 20 - (2 - 5) / 18
    e = (1 - 2.4) / 20
    squares = sum(value**2 for value in (a, b, c, d, e))
    assert row["std_error"] == pytest.approx((squares * 5 / 4) ** 0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("method", "cluster"), [("person_cluster", "person_id"), ("jobcentre_cluster", "jobcentre")]
)
def test_cells_equal_the_person_week_regression(
    study: Study, jobcentres: list[str], many_cells: pl.DataFrame, method: str, cluster: str
) -> None:
    rows = fit_means(study, many_cells, list_comparisons(study, jobcentres)).rows
    row = pick(rows, unit="participating", inference=method)

    cells = many_cells.filter(
        pl.col("period").is_in(["before", "intervention"]), pl.col("jobcentre") != "Falslev"
    )
    weeks = expand(cells)
    clusters = weeks[cluster].rank("dense").to_numpy()
    factor = len(set(clusters)) / (len(set(clusters)) - 1)
    regressors = weeks.select("constant", "treated", "during", "both").to_numpy()
    plain = {"groups": clusters, "use_correction": False}
    panel = sm.OLS(weeks["outcome"].to_numpy(), regressors).fit(cov_type="cluster", cov_kwds=plain)
    assert row["before"] == pytest.approx(panel.params[0] + panel.params[1], abs=1e-10)
    assert row["effect"] == pytest.approx(panel.params[3], abs=1e-10)
    assert row["std_error"] ** 2 == pytest.approx(panel.cov_params()[3, 3] * factor, abs=1e-10)
    assert row["std_error"] == pytest.approx(panel.bse[3] * factor**0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("method", "cluster"), [("person_cluster", "person_id"), ("jobcentre_cluster", "jobcentre")]
)
def test_the_covariance_is_the_one_of_the_regression_package(
    study: Study, jobcentres: list[str], many_cells: pl.DataFrame, method: str, cluster: str
) -> None:
    rows = fit_means(study, many_cells, list_comparisons(study, jobcentres)).rows
    row = pick(rows, unit="participating", inference=method)

    weeks = expand(
        many_cells.filter(
            pl.col("period").is_in(["before", "intervention"]), pl.col("jobcentre") != "Falslev"
        )
    )
    key = ["constant", "treated", "during", "both"]
    cells = weeks.group_by(cluster, *key).agg(pl.col("outcome").mean(), n_weeks=pl.len())
    clusters = cells[cluster].rank("dense").to_numpy()
    factor = len(set(clusters)) / (len(set(clusters)) - 1)
    fit = IV2SLS(
        cells["outcome"].to_numpy(),
        cells.select(key).to_numpy(),
        None,
        None,
        weights=cells["n_weeks"].to_numpy(),
    ).fit(cov_type="clustered", clusters=clusters, debiased=False)
    assert row["effect"] == pytest.approx(fit.params.iloc[3], abs=1e-12)
    assert row["std_error"] == pytest.approx(fit.std_errors.iloc[3] * np.sqrt(factor), rel=1e-10)


def test_a_missing_period_empties_the_figures_and_is_named(
    study: Study, anholt: list[Comparison]
) -> None:
    estimates = fit_means(study, draw_cells(CELLS + "last Cortsø d 3 1"), anholt)

    row = pick(estimates.rows, unit="Anholt", phase="last")
    assert row["before"] == pytest.approx(0.25)
    assert (row["n_persons"], row["n_events"]) == (2, 4)
    known = {*ESTIMATE_KEY, "before", "n_persons", "n_events"}
    assert {row[name] for name in ESTIMATE_SCHEMA if name not in known} == {None}
    place = "Anholt, last (everyone, share, difference_in_differences)"
    assert f"{place}: no person-weeks; mean unknown" in estimates.notices


def test_a_share_of_zero_everywhere_is_zero_with_no_standard_error(
    study: Study, anholt: list[Comparison]
) -> None:
    cells = draw_cells(CELLS).with_columns(numerator=0, n_events=0)

    estimates = fit_means(study, cells, anholt)

    row = pick(estimates.rows, unit="Anholt")
    assert (row["before"], row["during"], row["effect"], row["n_events"]) == (0, 0, 0, 0)
    empty = ("relative_effect", "std_error", "ci_low", "ci_high", "p_value")
    assert [row[name] for name in empty] == [None] * 5
    assert any("no variation" in notice for notice in estimates.notices)


def test_equal_shares_that_no_float_can_hold_are_no_variation(
    study: Study, anholt: list[Comparison]
) -> None:
    cells = draw_cells(CELLS).with_columns(
        numerator="denominator", denominator=pl.col("denominator") * 3
    )

    row = pick(fit_means(study, cells, anholt).rows, unit="Anholt")

    assert row["before"] == pytest.approx(1 / 3)
    assert (row["std_error"], row["p_value"]) == (None, None)


def test_zero_in_the_unit_alone_is_zero_without_rounding(
    study: Study, anholt: list[Comparison]
) -> None:
    in_rest = pl.col("jobcentre") != "Anholt"
    cells = draw_cells(CELLS).with_columns(pl.col("numerator") * in_rest)

    row = pick(fit_means(study, cells, anholt).rows, unit="Anholt")

    assert (row["before"], row["during"], row["relative_effect"]) == (0.0, 0.0, None)
    assert row["effect"] == pytest.approx(-0.2)


def test_cells_without_weeks_are_no_observations(study: Study, anholt: list[Comparison]) -> None:
    cells = draw_cells(CELLS)
    more = pl.concat([cells, draw_cells("before Anholt z 0 0\n last Anholt z 0 0")])

    first = fit_means(study, cells, anholt).rows
    assert_frame_equal(fit_means(study, more, anholt).rows, first, check_exact=True)


def test_one_treated_job_centre_has_no_job_centre_clusters(
    study: Study, jobcentres: list[str]
) -> None:
    estimates = fit_means(study, draw_cells(CELLS), list_comparisons(study, jobcentres))

    row = pick(estimates.rows, unit="participating", inference="jobcentre_cluster")
    assert row["effect"] == pytest.approx(0.3)
    assert row["std_error"] is None
    assert any("too few job centres" in notice for notice in estimates.notices)


def test_a_unit_alone_has_the_very_figures_of_the_whole_run(
    study: Study, jobcentres: list[str], many_cells: pl.DataFrame
) -> None:
    whole = fit_means(study, many_cells, list_comparisons(study, jobcentres)).rows
    alone = fit_means(
        study,
        many_cells.filter(~pl.col("jobcentre").is_in(["Falslev"])),
        list_comparisons(study, jobcentres, only="Brund"),
    ).rows

    kept = whole.filter(pl.col("unit").is_in(["Brund", "rest_of_country"]))
    assert_frame_equal(alone, kept, check_exact=True)


def test_row_order_leaves_no_trace(
    study: Study, jobcentres: list[str], many_cells: pl.DataFrame
) -> None:
    comparisons = list_comparisons(study, jobcentres)
    shuffled = many_cells.sample(fraction=1, shuffle=True, seed=7)

    first = fit_means(study, many_cells, comparisons).rows
    assert_frame_equal(fit_means(study, shuffled, comparisons).rows, first, check_exact=True)
    assert first.schema == pl.Schema(ESTIMATE_SCHEMA)
    assert_frame_equal(first, first.sort(ESTIMATE_KEY))
