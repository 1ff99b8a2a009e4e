from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from pipeline.models.comparison import list_comparisons
from pipeline.models.duration_fits import FamilyFits
from pipeline.models.duration_summaries import SUMMARY_SCHEMA, describe_models
from pipeline.models.durations.families import FAMILY_NAMES
from pipeline.models.fit_curves import list_fit_rows
from pipeline.models.spell_book import SpellBook
from pipeline.spec import Study


@pytest.fixture(scope="module")
def described(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    return describe_models(study, many_spells, list_comparisons(study, jobcentres))


@pytest.fixture(scope="module")
def found(described: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    return described[0]


@pytest.fixture(scope="module")
def fitted(described: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    return described[1]


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


def test_fitted_and_observed_curves_by_hand(
    fitted: pl.DataFrame, found: pl.DataFrame, many_spells: pl.DataFrame
) -> None:
    key = {"unit": "participating", "period": "during", "model": "exponential"}
    rows = fitted.filter(**key).sort("week")
    spells = many_spells.filter(
        pl.col("sampling") == "flow",
        pl.col("period") == "intervention",
        pl.col("jobcentre").is_in(["Anholt", "Brund"]),
    )
    weeks = rows["week"].to_numpy()
    at_risk = np.array([(spells["duration_weeks"] >= week).sum() for week in weeks])
    ended = np.array(
        [((spells["duration_weeks"] == week) & spells["has_event"]).sum() for week in weeks]
    )
    assert rows["at_risk"].to_list() == at_risk.tolist()
    assert rows["kaplan_meier"].to_numpy() == pytest.approx(np.cumprod(1 - ended / at_risk))
    assert rows["cumulative_hazard"].to_numpy() == pytest.approx(np.cumsum(ended / at_risk))
    (mean,) = found.filter(**key)["mean"]
    assert rows["fitted"].to_numpy() == pytest.approx(np.exp(-weeks / mean))
    assert rows["cox_snell"].to_numpy() == pytest.approx(weeks / mean)


def test_a_model_that_is_right_has_residuals_on_the_diagonal() -> None:
    draw = np.random.default_rng(3)
    # Long enough for whole weeks to be no coarser than the model's continuous time.
    duration = np.ceil(draw.exponential(200.0, 4000)).clip(1, 600).astype(int)
    spells = pl.DataFrame(
        {
            "period": "before",
            "person_id": [f"p{number}" for number in range(duration.size)],
            "jobcentre": "Anholt",
            "entry_weeks": 0,
            "duration_weeks": duration,
            "cause": np.where(duration < 600, 0, -1),
        }
    )
    book, place = SpellBook(spells), (frozenset({"Anholt"}), "before")
    rows = pl.DataFrame(list(list_fit_rows(book, FamilyFits(book, "weibull", [place]), place)))
    near = rows.filter(pl.col("at_risk") > 400)
    # With four hundred left the cumulative hazard has an error of some four per cent.
    assert near["cumulative_hazard"].to_numpy() == pytest.approx(
        near["cox_snell"].to_numpy(), rel=0.08, abs=0.03
    )
    wrong = pl.DataFrame(list(list_fit_rows(book, FamilyFits(book, "lognormal", [place]), place)))
    apart = (wrong["cumulative_hazard"] - wrong["cox_snell"]).abs().max()
    assert apart > 0.2


def test_without_a_fit_there_are_no_curves(fitted: pl.DataFrame) -> None:
    assert fitted.filter(model="generalised_gamma", unit="participating").is_empty()
