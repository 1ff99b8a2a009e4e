"""What effects lean on, from the sums of a small study."""

from datetime import date, timedelta

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


@pytest.fixture(scope="module")
def waits(unit_weeks) -> pl.DataFrame:
    """The sums of the shares as starts over weeks at risk; Brund has a block without a start."""
    turned = {"numerator": "denominator", "denominator": "numerator"}
    is_quiet = (pl.col("jobcentre") == "Brund") & (pl.col("week") >= date(2018, 4, 2))
    is_quiet &= pl.col("week") < date(2018, 4, 30)
    return unit_weeks.rename(turned).with_columns(
        outcome=pl.lit("weeks"), denominator=pl.when(is_quiet).then(0).otherwise("denominator")
    )


def lean(study, jobcentres, panel, waits) -> dict[str, dict]:
    outcome = next(name for name, each in study.outcomes.items() if each.is_duration)
    table = Table(name="leans", title="Leans", kind="sensitivity", outcome=outcome)
    asked = study.model_copy(update={"tables": (table,)})
    looked_at = {(outcome, "intervention"): JobCentres(panel, panel)}
    named = waits.with_columns(outcome=pl.lit(outcome))
    found = describe_leanings(asked, looked_at, named, list_comparisons(asked, jobcentres))
    return {row["unit"]: row for row in found.iter_rows(named=True)}


def test_the_second_opinion_on_weeks_is_on_rates_told_in_weeks(
    study, jobcentres, panel, waits
) -> None:
    found = lean(study, jobcentres, panel, waits)["Brund"]
    rates = {}
    for unit in ("Brund", "Cortsø", "Dragør", "Egense"):
        own = waits.filter(jobcentre=unit).sort("week")
        # Fifty-two weeks before and fifty-six after: blocks of four fit the start.
        starts, at_risk = (
            own[name].to_numpy().reshape(-1, 4).sum(1) for name in ("denominator", "numerator")
        )
        rates[unit] = starts / at_risk
    assert (rates["Brund"] == 0).sum() == 1
    rest = np.stack([rates[unit] for unit in ("Cortsø", "Dragør", "Egense")])
    opinion = fit_synthetic_did(rates["Brund"][None], rest, 13)
    during = rates["Brund"][13:].mean()
    without = during - opinion.effect
    assert found["synthetic_effect"] == pytest.approx(1 / during - 1 / without)
    assert found["synthetic_std_error"] == pytest.approx(opinion.std_error / without**2)
    assert found["synthetic_refusal"] is None


def test_job_centres_that_took_part_are_one_of_all_their_weeks(
    study, jobcentres, panel, waits
) -> None:
    found = lean(study, jobcentres, panel, waits)["participating"]
    together = waits.with_columns(pl.col("jobcentre").replace("Anholt", "Brund"))
    alone = lean(study, jobcentres, panel, together)["Brund"]
    assert found["synthetic_effect"] == pytest.approx(alone["synthetic_effect"])
    assert found["synthetic_std_error"] is None
    assert alone["synthetic_std_error"] > 0


def test_there_is_no_second_opinion_where_nobody_is_at_risk(
    study, jobcentres, panel, waits
) -> None:
    is_gone = (pl.col("jobcentre") == "Brund") & (pl.col("week") < date(2017, 4, 3))
    found = lean(study, jobcentres, panel, waits.filter(~is_gone))
    reason = "a block of four weeks with nobody in it"
    assert found["Brund"]["synthetic_effect"] is None
    assert found["Brund"]["synthetic_refusal"] == reason
    assert found["participating"]["synthetic_refusal"] is None
    assert found["Anholt"]["synthetic_refusal"] is None
    is_early = pl.col("jobcentre").is_in(["Anholt", "Brund"]) & (pl.col("week") < date(2017, 4, 3))
    none = lean(study, jobcentres, panel, waits.filter(~is_early))
    assert none["participating"]["synthetic_refusal"] == reason
    # A job centre of the rest with such a block is left out of the opinion, and not the opinion.
    without = lean(study, jobcentres, panel, waits.filter(pl.col("jobcentre") != "Cortsø"))
    lacking = waits.filter((pl.col("jobcentre") != "Cortsø") | (pl.col("week") > date(2017, 5, 1)))
    for unit in ("Anholt", "Brund"):
        assert (
            lean(study, jobcentres, panel, lacking)[unit]["synthetic_effect"]
            == without[unit]["synthetic_effect"]
        )


def test_there_is_no_second_opinion_where_no_measure_starts(
    study, jobcentres, panel, waits
) -> None:
    none = waits.with_columns(
        denominator=pl.when(pl.col("jobcentre") != "Brund").then("denominator").otherwise(0)
    )
    found = lean(study, jobcentres, panel, none)["Brund"]
    assert found["synthetic_effect"] is None
    assert found["synthetic_refusal"].startswith("no measure would have started")


def test_few_blocks_are_no_ground_for_a_second_opinion(study, jobcentres, panel, waits) -> None:
    late = waits.filter(pl.col("week") >= date(2018, 2, 12))
    found = lean(study, jobcentres, panel, late)["Anholt"]
    assert found["synthetic_effect"] is None
    assert found["synthetic_refusal"].startswith("too few blocks of four weeks")


def test_few_comparison_units_leave_the_violation_of_one_unit_unknown(leanings):
    assert leanings["Brund"]["breakdown"] is None
    assert leanings["participating"]["breakdown"] is not None


def test_an_outcome_without_a_table_is_not_asked(unit_weeks, panel, study, jobcentres):
    looked_at = {KEY: JobCentres(panel, panel)}
    comparisons = list_comparisons(study, jobcentres)
    assert describe_leanings(study, looked_at, unit_weeks, comparisons).is_empty()


def test_power_is_of_every_unit_and_of_all_that_took_part(panel, study):
    looked_at = {KEY: JobCentres(panel, panel), ("share", "last"): JobCentres(panel, None)}
    power = describe_power(study, looked_at)
    assert power.schema == POWER_SCHEMA
    assert power["unit"].to_list() == ["Brund", "Anholt", "participating", "Brund", "Anholt"]
    pooled = power.row(by_predicate=pl.col("unit") == "participating", named=True)
    error = infer_pooled(panel, CR3).std_error
    # Student's t with one degree of freedom: 12.706 for two sides of 5 %, 1.376 for 80 %.
    assert pooled["detectable_effect"] == pytest.approx((12.7062 + 1.37638) * error, rel=1e-4)
    assert power["detectable_effect"].null_count() == 4
