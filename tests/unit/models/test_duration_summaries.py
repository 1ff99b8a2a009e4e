from __future__ import annotations

import math

import polars as pl
import pytest

from pipeline.models.comparison import list_comparisons
from pipeline.models.duration_summaries import SUMMARY_SCHEMA, summarise_models
from pipeline.models.durations.families import FAMILY_NAMES
from pipeline.spec import Study


@pytest.fixture(scope="module")
def found(study: Study, jobcentres: list[str], many_spells: pl.DataFrame) -> pl.DataFrame:
    return summarise_models(study, many_spells, list_comparisons(study, jobcentres))


def test_every_family_stands_for_each_group_and_period(found: pl.DataFrame) -> None:
    assert found.schema == pl.Schema(SUMMARY_SCHEMA)
    assert found.height == 4 * len(FAMILY_NAMES)


def test_the_exponential_by_hand(found: pl.DataFrame, many_spells: pl.DataFrame) -> None:
    row = found.filter(unit="participating", period="during", model="exponential").to_dicts()[0]
    spells = many_spells.filter(
        pl.col("sampling") == "flow",
        pl.col("period") == "intervention",
        pl.col("jobcentre").is_in(["Anholt", "Brund"]),
    )
    weeks, events = spells["duration_weeks"].sum(), spells["has_event"].sum()
    mean = weeks / events
    assert row["mean"] == pytest.approx(mean, rel=1e-9)
    # One parameter; the log likelihood is -events x log(mean) - weeks / mean.
    assert row["aic"] == pytest.approx(2 + 2 * (events * math.log(mean) + events), rel=1e-9)
    last = spells["duration_weeks"].max()
    assert row["beyond_share"] == pytest.approx(math.exp(-last / mean), rel=1e-6)
    # On the log scale the mean is in the middle.
    assert row["mean_low"] * row["mean_high"] == pytest.approx(mean**2, rel=1e-9)
    assert 0 < row["mean_low"] < mean


def test_what_is_not_fitted_is_unknown(found: pl.DataFrame) -> None:
    few = found.filter(model="generalised_gamma", unit="participating")
    assert few.select("aic", "mean", "rmst_52", "beyond_share").null_count().row(0) == (2,) * 4
