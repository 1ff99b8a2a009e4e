"""The adjusted rows of a study: which there are, and that a unit's are its own."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.models.comparison import list_comparisons
from pipeline.models.duration import fit_durations
from pipeline.models.estimate import Estimates
from pipeline.spec import Study


@pytest.fixture(scope="module")
def asked(study: Study) -> Study:
    own = study.outcomes["weeks"].model_copy(update={"covariates": ("sex",)})
    return study.model_copy(update={"outcomes": {"weeks": own}})


@pytest.fixture(scope="module")
def members(many_spells: pl.DataFrame) -> pl.DataFrame:
    """Every fifth person is of no known sex, and nobody is in the other population."""
    number = pl.col("person_id").str.slice(1).cast(pl.Int64)
    sex = pl.when(number % 5 > 0).then(
        pl.when(number % 2 > 0).then(pl.lit("man")).otherwise(pl.lit("woman"))
    )
    one = many_spells.select("population", "person_id", sex=sex).unique()
    return pl.concat([one, one.with_columns(population=pl.lit("others"), sex=pl.lit("man"))])


@pytest.fixture(scope="module")
def whole(
    asked: Study, jobcentres: list[str], many_spells: pl.DataFrame, members: pl.DataFrame
) -> Estimates:
    comparisons = list_comparisons(asked, jobcentres)
    return fit_durations(asked, many_spells, comparisons, members=members)


def test_adjusted_rows_stand_beside_the_others_and_leave_them_alone(
    whole: Estimates, asked: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    is_adjusted = pl.col("model").str.contains(r"\.adjusted")
    plain = fit_durations(asked, many_spells, list_comparisons(asked, jobcentres)).rows
    assert_frame_equal(whole.rows.filter(~is_adjusted), plain, check_exact=True)

    adjusted = whole.rows.filter(is_adjusted)
    families = ("exponential", "weibull", "lognormal", "loglogistic", "piecewise_exponential")
    names = {
        f"{family}{summary}.adjusted{sampling}"
        for family in families
        for summary in ("", ".median", ".rmst_52", ".survival_13", ".survival_26", ".survival_52")
        for sampling in ("", "_stock_and_flow")
    }
    assert set(adjusted["model"]) == names
    own = adjusted.filter(model="exponential.adjusted")
    assert set(own["phase"]) == {"intervention", "last"}
    assert {"placebo_t", "person_cluster"} <= set(own.filter(unit="Anholt")["inference"])
    assert "cr3" in set(own.filter(unit="participating")["inference"])
    beside = adjusted.filter(model="weibull.median.adjusted")
    assert set(beside["unit"]) == {"participating", "rest_of_country"}
    assert set(beside["phase"]) == {"intervention"}


def test_adjusted_counts_are_the_plain_ones_and_the_figures_others(whole: Estimates) -> None:
    key = {"phase": "intervention", "unit": "participating", "inference": "person_cluster"}
    plain, adjusted = (
        whole.rows.filter(model=model, **key).row(0, named=True)
        for model in ("exponential", "exponential.adjusted")
    )
    assert (plain["n_persons"], plain["n_events"]) == (adjusted["n_persons"], adjusted["n_events"])
    assert adjusted["effect"] == pytest.approx(plain["effect"], abs=5)
    assert adjusted["effect"] != plain["effect"]
    assert adjusted["ci_low"] < adjusted["effect"] < adjusted["ci_high"]


def test_the_effect_is_the_difference_of_the_printed_differences(whole: Estimates) -> None:
    rows = whole.rows.filter(model="weibull.rmst_52.adjusted", inference="person_cluster")
    found = {row["unit"]: row for row in rows.iter_rows(named=True)}
    change = found["participating"]["difference"] - found["rest_of_country"]["difference"]
    assert found["participating"]["effect"] == pytest.approx(change, rel=1e-12)


def test_unknown_covariates_are_counted(whole: Estimates) -> None:
    place = "all, all (everyone, weeks, adjusted)"
    what = "sex is unknown of 16 of 80 persons, who are a category of their own"
    assert f"{place}: {what}" in whole.notices


def test_a_unit_alone_has_the_very_figures_of_the_whole_run(
    whole: Estimates,
    asked: Study,
    jobcentres: list[str],
    many_spells: pl.DataFrame,
    members: pl.DataFrame,
) -> None:
    comparisons = list_comparisons(asked, jobcentres, only="Brund")
    shuffled = many_spells.sample(fraction=1, shuffle=True, seed=7)
    alone = fit_durations(asked, shuffled, comparisons, members=members.reverse()).rows

    kept = whole.rows.filter(pl.col("unit").is_in(["Brund", "rest_of_country"]))
    assert_frame_equal(alone, kept, check_exact=True)


def test_no_spells_at_all_leave_empty_rows(
    asked: Study, jobcentres: list[str], many_spells: pl.DataFrame, members: pl.DataFrame
) -> None:
    comparisons = list_comparisons(asked, jobcentres)
    found = fit_durations(asked, many_spells.clear(), comparisons, members=members)
    adjusted = found.rows.filter(pl.col("model").str.contains(r"\.adjusted"))
    assert adjusted["before"].null_count() == adjusted.height > 0
    assert adjusted["n_persons"].sum() == 0


def test_one_cell_with_all_censored_leaves_the_others(
    whole: Estimates,
    asked: Study,
    jobcentres: list[str],
    many_spells: pl.DataFrame,
    members: pl.DataFrame,
) -> None:
    is_silent = (pl.col("jobcentre") == "Anholt") & (pl.col("period") == "intervention")
    silent = many_spells.with_columns(has_event=pl.col("has_event") & ~is_silent)
    comparisons = list_comparisons(asked, jobcentres)
    found = fit_durations(asked, silent, comparisons, members=members)

    key = {"model": "exponential.adjusted", "phase": "intervention", "inference": "person_cluster"}
    rows = {row["unit"]: row for row in found.rows.filter(**key).iter_rows(named=True)}
    assert (rows["Anholt"]["during"], rows["Anholt"]["effect"]) == (None, None)
    kept = whole.rows.filter(unit="Brund", **key)["effect"].item()
    assert rows["Brund"]["effect"] == pytest.approx(kept, rel=1e-9)
