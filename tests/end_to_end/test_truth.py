"""The demo's estimates lie around the truth that was planted."""

import polars as pl
import pytest

from pipeline.models.estimate import ESTIMATE_SCHEMA


@pytest.mark.slow
def test_nearly_all_true_effects_lie_within_three_standard_errors(indsats, tmp_path):
    delivery, out = tmp_path / "delivery", tmp_path / "out"
    assert indsats("simulate", delivery, "--study", "hir", "--shocks", 0).returncode == 0
    done = indsats("run", "hir", "--data", delivery, "--out", out)
    assert done.returncode == 0, done.stderr
    truth = pl.read_csv(delivery / "truth.csv").rename({"effect": "true_effect"})
    headline = ("exponential", "difference_in_differences")
    found = pl.read_csv(out / "estimates.csv", schema_overrides=ESTIMATE_SCHEMA)
    estimates = found.filter(
        pl.col("population") == "resource_course",
        pl.col("inference") == "person_cluster",
        pl.col("model").is_in(headline),
    )
    both = estimates.join(truth, on=["outcome", "phase", "unit"]).drop_nulls(
        ["effect", "true_effect", "std_error"]
    )
    error = (pl.col("effect") - pl.col("true_effect")).abs() / pl.col("std_error")
    assert both.height > 85
    assert both.select((error < 3).mean()).item() >= 0.95
