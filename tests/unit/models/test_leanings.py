"""What effects lean on, from the sums of a small study."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pipeline.models.comparison import list_comparisons
from pipeline.models.estimate import JobCentres
from pipeline.models.inference import CR3, UnitPanel
from pipeline.models.inference.pooled import infer_pooled
from pipeline.models.leanings import (
    LEANING_SCHEMA,
    POWER_SCHEMA,
    describe_leanings,
    describe_power,
)
from pipeline.models.sensitivity import leave_one_out_each
from pipeline.models.synthetic_did import fit_synthetic_did
from pipeline.spec import Table

KEY = ("share", "intervention")


@pytest.fixture(scope="module")
def unit_weeks(study, jobcentres) -> pl.DataFrame:
    """Sixty weeks a week's share on either side of the start, in every job centre."""
    draw = np.random.default_rng(5)
    start = study.periods.intervention.first_week
    weeks = [start + timedelta(weeks=number) for number in range(-52, 56)]
    rows = pl.DataFrame({"week": weeks}).join(pl.DataFrame({"jobcentre": jobcentres}), how="cross")
    denominator = draw.integers(20, 60, rows.height)
    return rows.with_columns(
        population=pl.lit("everyone"),
        outcome=pl.lit("share"),
        denominator=pl.Series(denominator),
        numerator=pl.Series(draw.binomial(denominator, 0.3)),
    )


@pytest.fixture(scope="module")
def panel(unit_weeks, study, jobcentres) -> UnitPanel:
    start = study.periods.intervention.first_week
    units = (*study.participating, "Cortsø", "Dragør", "Egense")
    sums = {
        (row["jobcentre"], row["during"]): (row["numerator"], row["denominator"])
        for row in unit_weeks.group_by("jobcentre", during=pl.col("week") >= start)
        .agg(pl.col("numerator", "denominator").sum())
        .iter_rows(named=True)
    }
    both = np.array([[sums[unit, during] for during in (False, True)] for unit in units], float)
    numerator, denominator = np.moveaxis(both, 2, 0)
    return UnitPanel(units, numerator, denominator, denominator, denominator, np.arange(5) < 2)


@pytest.fixture(scope="module")
def leanings(unit_weeks, panel, study, jobcentres) -> dict[str, dict]:
    table = Table(name="leans", title="Leans", kind="sensitivity", outcome="share")
    asked = study.model_copy(update={"tables": (table,)})
    comparisons = list_comparisons(asked, jobcentres)
    found = describe_leanings(asked, {KEY: JobCentres(panel, panel)}, unit_weeks, comparisons)
    assert found.schema == LEANING_SCHEMA
    return {row["unit"]: row for row in found.iter_rows(named=True)}


def test_every_comparison_has_a_row(leanings):
    assert list(leanings) == ["Brund", "Anholt", "participating"]


def test_the_range_is_that_of_the_sums(leanings, panel):
    ends = leave_one_out_each(panel)["Anholt"]
    assert (leanings["Anholt"]["lowest_effect"], leanings["Anholt"]["highest_effect"]) == ends


def test_the_second_opinion_is_on_blocks_of_four_weeks(leanings, unit_weeks, study):
    start = study.periods.intervention.first_week
    block = (pl.col("week") - start).dt.total_days() // 28
    means = (
        unit_weeks.group_by("jobcentre", block=block)
        .agg(pl.col("numerator").sum() / pl.col("denominator").sum())
        .sort("block")
        .pivot("block", index="jobcentre", values="numerator")
        .sort("jobcentre")
    )
    rows = dict(zip(means["jobcentre"], means.drop("jobcentre").to_numpy(), strict=True))
    rest = np.stack([rows[unit] for unit in ("Cortsø", "Dragør", "Egense")])
    opinion = fit_synthetic_did(rows["Brund"][None], rest, 13)
    assert leanings["Brund"]["synthetic_effect"] == pytest.approx(opinion.effect)
    assert leanings["Brund"]["synthetic_std_error"] == pytest.approx(opinion.std_error)


def test_few_comparison_units_leave_the_violation_of_one_unit_unknown(leanings):
    assert leanings["Brund"]["breakdown"] is None
    assert leanings["participating"]["breakdown"] is not None


def test_an_outcome_without_a_table_is_not_asked(unit_weeks, panel, study, jobcentres):
    looked_at = {KEY: JobCentres(panel, panel)}
    comparisons = list_comparisons(study, jobcentres)
    assert describe_leanings(study, looked_at, unit_weeks, comparisons).is_empty()


def test_power_is_of_every_unit_and_of_all_that_took_part(panel):
    power = describe_power(
        {KEY: JobCentres(panel, panel), ("share", "last"): JobCentres(panel, None)}
    )
    assert power.schema == POWER_SCHEMA
    assert power["unit"].to_list() == ["Brund", "Anholt", "participating", "Brund", "Anholt"]
    pooled = power.row(by_predicate=pl.col("unit") == "participating", named=True)
    error = infer_pooled(panel, CR3).std_error
    # Student's t with one degree of freedom: 12.706 for two sides of 5 %, 1.376 for 80 %.
    assert pooled["detectable_effect"] == pytest.approx((12.7062 + 1.37638) * error, rel=1e-4)
    assert power["detectable_effect"].null_count() == 4
