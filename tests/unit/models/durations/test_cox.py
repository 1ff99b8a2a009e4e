"""Cox on collapsed spells equals lifelines on all rows, ties and all."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from lifelines import CoxPHFitter

from pipeline.models.durations.clusters import sum_scores
from pipeline.models.durations.cox import CoxFit, fit_cox
from pipeline.models.durations.spells import collapse_spells


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    random = np.random.default_rng(8)
    treated = random.integers(2, size=300)
    ends = np.ceil(random.exponential(12, 300) * np.where(treated, 0.7, 1))
    censored = random.integers(3, 30, 300)
    duration = np.minimum(ends, censored)
    return pl.DataFrame(
        {
            "treated": treated,
            "stratum": random.integers(2, size=300),
            "entry": np.where(random.random(300) < 0.3, np.floor(duration / 2), 0),
            "duration": duration,
            "has_event": ends <= censored,
        }
    ).filter(pl.col("entry") < pl.col("duration"))


def fit(rows: pl.DataFrame) -> CoxFit:
    collapsed = collapse_spells(rows, ["stratum", "treated"])
    design = collapsed.cells["treated"].to_numpy().astype(float)[:, None]
    found = fit_cox(collapsed, design, collapsed.cells["stratum"].to_numpy())
    assert found is not None
    return found


def test_a_collapsed_fit_equals_lifelines_on_all_rows(rows: pl.DataFrame) -> None:
    theirs = CoxPHFitter().fit(
        rows.to_pandas(), "duration", "has_event", entry_col="entry", strata=["stratum"]
    )

    found = fit(rows)

    assert found.theta[0] == pytest.approx(theirs.params_.iloc[0], abs=1e-6)
    assert found.inverse[0, 0] ** 0.5 == pytest.approx(theirs.standard_errors_.iloc[0], rel=1e-6)
    assert found.log_likelihood == pytest.approx(theirs.log_likelihood_, abs=1e-6)


def test_score_residuals_are_what_a_little_more_weight_would_change(rows: pl.DataFrame) -> None:
    # Without ties, where more weight of an event is not another share of a tie.
    random = np.random.default_rng(9)
    untied = rows.with_columns(pl.col("duration") + random.uniform(0, 0.9, rows.height))
    found = fit(untied)
    influence = found.inverse @ found.kind_scores[found.spells.row_kind].T

    for row in (0, 7, 100):
        weight = np.ones(rows.height)
        weight[row] += 1e-4
        change = fit(untied.with_columns(weight=pl.Series(weight))).theta - found.theta
        assert change / 1e-4 == pytest.approx(influence[:, row], rel=1e-3, abs=1e-6)


def test_scores_are_zero_in_sum(rows: pl.DataFrame) -> None:
    scores = sum_scores(fit(rows), np.arange(rows.height))
    total = scores.kind_scores.T @ np.asarray(scores.weights.sum(axis=0))
    assert total == pytest.approx(0, abs=1e-9)


def test_without_events_or_contrast_there_is_no_fit(rows: pl.DataFrame) -> None:
    collapsed = collapse_spells(rows.with_columns(has_event=False), ["treated"])
    assert fit_cox(collapsed, np.array([[0.0], [1.0]])) is None
    collapsed = collapse_spells(rows, ["treated"])
    assert fit_cox(collapsed, np.ones((2, 1))) is None
