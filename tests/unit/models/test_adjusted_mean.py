"""Shares at the same mix of persons in every group."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from polars.testing import assert_frame_equal

from pipeline.models.adjusted_mean import AdjustedMeans
from pipeline.models.comparison import list_comparisons
from pipeline.models.covariates import combine_covariates
from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER
from pipeline.models.mean import fit_means
from pipeline.spec import Study

NAMES = ("sex", "age_band")
REST = frozenset({"Cortsø", "Dragør", "Egense"})
UNIT = frozenset({"Anholt", "Brund"})


@pytest.fixture(scope="module")
def members(many_cells: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("person_id").str.slice(1).cast(pl.Int64)
    sex = pl.when(number % 5 > 0).then(
        pl.when(number % 2 > 0).then(pl.lit("man")).otherwise(pl.lit("woman"))
    )
    age = pl.when(number % 3 > 0).then(pl.lit("under_30")).otherwise(pl.lit("60_and_over"))
    return many_cells.select("population", "person_id", sex=sex, age_band=age).unique()


@pytest.fixture(scope="module")
def cells(many_cells: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Women have the outcome in more weeks, and those of no known sex in fewer."""
    sex = many_cells.join(members, on=["population", "person_id"], how="left")["sex"]
    more = pl.Series([{"woman": 2, "man": 0, None: -1}[value] for value in sex])
    held = (pl.col("numerator") + more).clip(0, pl.col("denominator"))
    return many_cells.with_columns(numerator=held, n_events=held)


def build(cells: pl.DataFrame, members: pl.DataFrame, names: tuple[str, ...] = NAMES):
    placed, combinations = combine_covariates(cells, members, names)
    return AdjustedMeans(placed, combinations, REST)


def spread(cells: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Every person-week by itself, with what it is regressed on."""
    rows = cells.join(members, on=["population", "person_id"], how="left").with_columns(
        outcome=pl.concat_list(
            pl.lit(1).repeat_by("numerator"),
            pl.lit(0).repeat_by(pl.col("denominator") - pl.col("numerator")),
        )
    )
    return rows.explode("outcome").with_columns(
        is_woman=pl.col("sex").eq("woman").fill_null(value=False).cast(pl.Float64),
        is_unknown=pl.col("sex").is_null().cast(pl.Float64),
        is_old=pl.col("age_band").eq("60_and_over").cast(pl.Float64),
    )


def test_a_level_is_the_mean_residual_of_the_regression_on_person_weeks(
    cells: pl.DataFrame, members: pl.DataFrame
) -> None:
    weeks = spread(cells, members)
    covariates = ["is_woman", "is_unknown", "is_old"]
    both = weeks.filter(pl.col("period").is_in(["before", "intervention"]))
    rest = both.filter(pl.col("jobcentre").is_in(sorted(REST)))
    columns = rest.select("is_woman", "is_unknown", "is_old", late=pl.col("period") == "before")
    design = sm.add_constant(columns.cast(pl.Float64).to_numpy())
    shifts = sm.OLS(rest["outcome"].to_numpy(), design).fit().params[1:4]
    own = weeks.filter(pl.col("jobcentre").is_in(sorted(UNIT)), period="last")
    mix = both.select(covariates).to_numpy().mean(0)
    expected = own["outcome"].mean() - (own.select(covariates).to_numpy().mean(0) - mix) @ shifts

    cell = build(cells, members).fit_cell(UNIT, "last")

    assert cell.mean == pytest.approx(expected, abs=1e-10)
    assert abs(cell.mean - own["outcome"].mean()) > 1e-3
    assert (cell.n_events, cell.persons.size) == (own["outcome"].sum(), own["person_id"].n_unique())


@pytest.mark.parametrize("method", [PERSON_CLUSTER, JOBCENTRE_CLUSTER])
@pytest.mark.parametrize("group", [UNIT, REST])
def test_an_influence_is_what_a_little_more_of_a_cluster_does(
    cells: pl.DataFrame, members: pl.DataFrame, group: frozenset[str], method: str
) -> None:
    """Everybody a hundred thousand times, one cluster once more: the infinitesimal jackknife."""
    many = 100_000
    key = "person_id" if method == PERSON_CLUSTER else "jobcentre"
    numbers = cells.select(name=key, number=pl.col(key).rank("dense").cast(pl.Int64)).unique()
    cell = build(cells, members).fit_cell(group, "intervention")
    influence = cell.influences[method]
    found = dict(zip(influence.clusters.tolist(), influence.values.tolist(), strict=True))
    # The mix is taken as given: the shift of everybody's mix is no error of the level.
    mix = build(cells, members)._mix

    for name in (*sorted(REST)[:2], "Anholt") if key == "jobcentre" else ("p003", "p010", "p035"):
        copies = pl.when(pl.col(key) == name).then(many + 1).otherwise(many)
        heavier = build(
            cells.with_columns(pl.col("numerator", "denominator").cast(pl.Int64) * copies),
            members,
        )
        heavier.__dict__["_mix"] = mix
        moved = (heavier.fit_cell(group, "intervention").mean - cell.mean) * many
        number = numbers.filter(name=name)["number"].item()
        assert found.get(number, 0.0) == pytest.approx(moved, rel=1e-3, abs=1e-6)


def test_without_covariates_it_is_the_saturated_regression(
    cells: pl.DataFrame, members: pl.DataFrame, study: Study, jobcentres: list[str]
) -> None:
    plain = fit_means(study, cells, list_comparisons(study, jobcentres)).rows
    level = build(cells, members, ()).fit_cell(UNIT, "intervention").mean

    row = plain.filter(unit="participating", phase="intervention", inference="cr3")
    assert row["during"].item() == pytest.approx(level, rel=1e-12)


@pytest.fixture(scope="module")
def asked(study: Study) -> Study:
    own = study.outcomes["share"].model_copy(update={"covariates": NAMES})
    return study.model_copy(update={"outcomes": {"share": own}})


def test_adjusted_rows_stand_beside_the_others_and_leave_them_alone(
    cells: pl.DataFrame, members: pl.DataFrame, asked: Study, jobcentres: list[str]
) -> None:
    comparisons = list_comparisons(asked, jobcentres)
    plain = fit_means(asked, cells, comparisons).rows

    fitted = fit_means(asked, cells, comparisons, members)

    is_adjusted = pl.col("model") == "difference_in_differences.adjusted"
    assert_frame_equal(fitted.rows.filter(~is_adjusted), plain, check_exact=True)
    key = ["phase", "unit", "inference"]
    # What a level tells of a mean's variance is not known of an adjusted one.
    likewise = plain.filter(~pl.col("inference").str.starts_with("placebo_t_level"))
    assert fitted.rows.filter(is_adjusted).select(key).equals(likewise.select(key))
    pooled = fitted.rows.filter(is_adjusted, unit="participating", phase="last")
    # Intervals of the methods that look at job centres lie around the same effect.
    middle = (pooled["ci_low"] + pooled["ci_high"]) / 2
    known = pooled["ci_low"].is_not_null() & pooled["inference"].is_in(["cr3", PERSON_CLUSTER])
    assert middle.filter(known).to_list() == pytest.approx([pooled["effect"][0]] * 2, abs=1e-12)
    assert [notice for notice in fitted.notices if "sex is unknown of" in notice] == [
        "all, all (everyone, share, adjusted): sex is unknown of 16 of 80 persons, who are a "
        "category of their own"
    ]


def test_a_unit_asked_for_alone_has_the_very_figures_of_the_whole_run(
    cells: pl.DataFrame, members: pl.DataFrame, asked: Study, jobcentres: list[str]
) -> None:
    whole = fit_means(asked, cells, list_comparisons(asked, jobcentres), members).rows
    alone = fit_means(asked, cells, list_comparisons(asked, jobcentres, "Anholt"), members).rows

    mine = alone.filter(unit="Anholt")
    assert_frame_equal(mine, whole.filter(unit="Anholt"), check_exact=True)


def test_a_rest_without_a_year_tells_no_shifts(cells: pl.DataFrame, members: pl.DataFrame) -> None:
    is_rest = pl.col("jobcentre").is_in(sorted(REST))
    early = cells.filter(~is_rest | (pl.col("period") != "before"))
    model = build(early, members)

    cell = model.fit_cell(UNIT, "intervention")

    assert cell.mean is None
    assert cell.lack == ("the rest of the country does not tell what covariates do; mean unknown")
    assert model.build(sorted(UNIT), REST, "intervention", is_pooled=False) is None


def test_mixes_that_were_alike_change_nothing(members: pl.DataFrame, cells: pl.DataFrame) -> None:
    """Every person with the same weeks everywhere: the mix is the same in each cell."""
    places = cells.select("period", "jobcentre").unique().sort("period", "jobcentre")
    everyone = members.select("population", "person_id").unique().sort("person_id")
    number = pl.int_range(pl.len())
    full = everyone.join(places, how="cross").with_columns(
        outcome=pl.lit("share"), numerator=number % 7, denominator=pl.lit(9), n_events=number % 7
    )
    own = full.filter(pl.col("jobcentre").is_in(sorted(UNIT)), period="last")

    level = build(full, members).fit_cell(UNIT, "last").mean

    expected = own["numerator"].sum() / own["denominator"].sum()
    assert level == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(level)
