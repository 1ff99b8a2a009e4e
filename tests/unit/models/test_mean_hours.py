"""Mean hours are the regression on person-weeks, level, effect, covariance and placebo."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from linearmodels.iv.model import IV2SLS
from polars.testing import assert_frame_equal

from pipeline.models.certificate.contributions import count_means
from pipeline.models.certificate.splits import split_everywhere
from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.models.did.study_effects import fit_study_effects
from pipeline.models.did.study_path import gather_blocks
from pipeline.models.inference import find_law
from pipeline.models.mean import fit_means
from pipeline.spec import Outcome, Study

FULL_TIME_MONTH, FULL_TIME_WEEK = 160.33, 37
START = date(2018, 3, 5)
TREATED = ["Anholt", "Brund"]
REST = ["Cortsø", "Dragør", "Egense"]


@pytest.fixture(scope="module")
def asked(study: Study) -> Study:
    hours = Outcome(label="Hours", kind="hours", favourable="higher", covariates=("sex",))
    return study.model_copy(update={"outcomes": {"hours": hours}})


@pytest.fixture(scope="module")
def weeks() -> pl.DataFrame:
    """Person-weeks with the month's hours; some persons move, most have no hours."""
    draw = np.random.default_rng(20161024)
    n = 6_000
    has = draw.random(n) < 0.25
    return pl.DataFrame(
        {
            "week": [START + timedelta(weeks=int(w)) for w in draw.integers(-52, 56, n)],
            "person_id": [f"p{number:03d}" for number in draw.integers(0, 90, n)],
            "jobcentre": draw.choice([*TREATED, *REST], n),
            "month_hours": np.where(has, draw.integers(25, 20_000, n) / 100, 0.0),
        }
    ).with_columns(
        outcome=pl.col("month_hours") * FULL_TIME_WEEK / FULL_TIME_MONTH,
        period=pl.when(pl.col("week") < START)
        .then(pl.lit("before"))
        .otherwise(pl.lit("intervention")),
        treated=pl.col("jobcentre").is_in(TREATED).cast(pl.Float64),
        during=(pl.col("week") >= START).cast(pl.Float64),
    )


def collapse(weeks: pl.DataFrame, *key: str) -> pl.DataFrame:
    """Sums as the stages write them: whole numbers whose ratio is hours a week."""
    hundredths = (pl.col("month_hours") * 100).round().cast(pl.Int64)
    named = {"population": pl.lit("everyone"), "outcome": pl.lit("hours")}
    sums = weeks.group_by(*key).agg(
        numerator=hundredths.sum() * FULL_TIME_WEEK,
        denominator=pl.len().cast(pl.Int64) * round(100 * FULL_TIME_MONTH),
        n_events=(pl.col("month_hours") > 0).sum(),
    )
    return sums.with_columns(**named).sort(key)


@pytest.fixture(scope="module")
def cells(weeks: pl.DataFrame) -> pl.DataFrame:
    return collapse(weeks, "period", "jobcentre", "person_id")


@pytest.fixture(scope="module")
def members(weeks: pl.DataFrame) -> pl.DataFrame:
    """Women by the number of the person."""
    number = pl.col("person_id").str.slice(1).cast(pl.Int64)
    sex = pl.when(number % 3 > 0).then(pl.lit("woman")).otherwise(pl.lit("man"))
    return weeks.select("person_id", population=pl.lit("everyone"), sex=sex).unique()


@pytest.fixture(scope="module")
def rows(asked: Study, cells: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    return fit_means(asked, cells, list_comparisons(asked, [*TREATED, *REST]), members).rows


def pick(rows: pl.DataFrame, unit: str, inference: str, **key: str) -> dict[str, float]:
    wanted = {"phase": "intervention", "model": "difference_in_differences"} | key
    return rows.filter(unit=unit, inference=inference, **wanted).row(0, named=True)


def test_levels_and_the_effect_are_plain_means(rows: pl.DataFrame, weeks: pl.DataFrame) -> None:
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in weeks.iter_rows(named=True):
        sums[row["jobcentre"], row["period"]].append(row["month_hours"] * 37 / 160.33)

    def mean(units: list[str], period: str) -> float:
        hours = [each for unit in units for each in sums[unit, period]]
        return sum(hours) / len(hours)

    own = [mean(["Brund"], period) for period in ("before", "intervention")]
    rest = [mean(REST, period) for period in ("before", "intervention")]
    row = pick(rows, "Brund", "placebo_t")
    assert row["before"] == pytest.approx(own[0], rel=1e-12)
    assert row["during"] == pytest.approx(own[1], rel=1e-12)
    assert row["effect"] == pytest.approx(own[1] - own[0] - rest[1] + rest[0], abs=1e-12)
    brund = weeks.filter(jobcentre="Brund")
    assert row["n_events"] == (brund["month_hours"] > 0).sum()
    assert row["n_persons"] == brund["person_id"].n_unique()


@pytest.mark.parametrize(
    ("method", "cluster"), [("person_cluster", "person_id"), ("jobcentre_cluster", "jobcentre")]
)
def test_the_covariance_is_that_of_the_regression_on_person_weeks(
    rows: pl.DataFrame, weeks: pl.DataFrame, method: str, cluster: str
) -> None:
    row = pick(rows, "participating", method)
    both = weeks.with_columns(constant=1.0, both=pl.col("treated") * pl.col("during"))
    regressors = both.select("constant", "treated", "during", "both").to_numpy()
    outcome, clusters = weeks["outcome"].to_numpy(), weeks[cluster].rank("dense").to_numpy()
    factor = len(set(clusters)) / (len(set(clusters)) - 1)

    plain = {"groups": clusters, "use_correction": False}
    panel = sm.OLS(outcome, regressors).fit(cov_type="cluster", cov_kwds=plain)
    other = IV2SLS(outcome, regressors, None, None).fit(
        cov_type="clustered", clusters=clusters, debiased=False
    )

    assert row["before"] == pytest.approx(panel.params[0] + panel.params[1], abs=1e-10)
    assert row["effect"] == pytest.approx(panel.params[3], abs=1e-10)
    assert row["std_error"] ** 2 == pytest.approx(panel.cov_params()[3, 3] * factor, abs=1e-10)
    assert row["std_error"] == pytest.approx(other.std_errors.iloc[3] * factor**0.5, abs=1e-10)


def test_unit_and_week_effects_are_those_of_the_regression_on_person_weeks(
    asked: Study, weeks: pl.DataFrame, rows: pl.DataFrame
) -> None:
    unit_weeks = collapse(weeks, "jobcentre", "week").drop("n_events")
    persons = pl.DataFrame(
        [
            ("everyone", "hours", period, unit, 20)
            for period in ("before", "intervention", "last")
            for unit in (*TREATED, *REST)
        ],
        ["population", "outcome", "period", "jobcentre", "n_persons"],
        orient="row",
    )
    pooled = Comparison("participating", frozenset(TREATED), frozenset(REST))
    alone = Comparison("Brund", frozenset({"Brund"}), frozenset(REST))
    fitted = fit_study_effects(asked, unit_weeks, persons, [alone, pooled], rows).rows

    dummies = weeks.select("jobcentre", pl.col("week").cast(pl.String)).to_dummies(drop_first=True)
    for unit, own in (("participating", TREATED), ("Brund", ["Brund"])):
        kept = weeks["jobcentre"].is_in([*own, *REST]).to_numpy()
        exposed = (weeks["treated"] * weeks["during"]).to_numpy()
        design = np.column_stack([exposed, np.ones(len(exposed)), dummies.to_numpy()])[kept]
        wanted = np.linalg.lstsq(design, weeks["outcome"].to_numpy()[kept], rcond=None)[0][0]
        model = {"phase": "intervention", "model": "unit_week_effects"}
        found = fitted.filter(unit=unit, **model)["effect"].unique().to_list()
        assert found == [pytest.approx(wanted, abs=1e-10)]


def test_at_the_same_mix_the_level_moves_by_the_shift_of_the_rest(
    rows: pl.DataFrame, weeks: pl.DataFrame, members: pl.DataFrame
) -> None:
    known = weeks.join(members, on="person_id").with_columns(
        woman=pl.col("sex").eq("woman").cast(pl.Float64)
    )
    rest = known.filter(pl.col("jobcentre").is_in(REST))
    design = rest.select(pl.lit(1.0).alias("constant"), "during", "woman").to_numpy()
    shift = np.linalg.lstsq(design, rest["outcome"].to_numpy(), rcond=None)[0][2]
    own = known.filter(jobcentre="Brund", period="before")
    wanted = (own["outcome"] - shift * (own["woman"] - known["woman"].mean())).mean()

    adjusted = {"model": "difference_in_differences.adjusted"}
    level = pick(rows, "Brund", "placebo_t", **adjusted)["before"]
    assert level == pytest.approx(wanted, abs=1e-10)


def test_the_certificate_sees_the_same_sums_at_the_start(
    asked: Study, weeks: pl.DataFrame, cells: pl.DataFrame
) -> None:
    number = (pl.col("week") - START).dt.total_days() // 7 + 52
    numbered = weeks.with_columns(
        number=number, amount=(pl.col("month_hours") * 100).round().cast(pl.Int64) * 37
    )
    held = pl.col("amount") > 0
    courses = numbered.group_by("jobcentre", "person_id").agg(
        week_numbers=pl.col("number"),
        outcome_week_numbers=pl.col("number").filter(held),
        outcome_amounts=pl.col("amount").filter(held),
        week_weight=pl.lit(16033),
    )

    splits = split_everywhere(count_means(asked, courses, find_law("hours")))

    assert splits is not None
    place = splits.starts.tolist().index(52)
    for side, period in enumerate(("before", "intervention")):
        for unit, name in enumerate(splits.units):
            own = cells.filter(jobcentre=name, period=period)
            assert splits.numerator[place, unit, side] == own["numerator"].sum()
            assert splits.denominator[place, unit, side] == own["denominator"].sum()
            assert splits.persons[place, unit, side] == own.height
    panel = splits.build_panel(np.arange(len(splits.units)) == 0)
    assert (panel.exposure == panel.persons).all()


def test_no_law_of_shares_holds_for_hours(rows: pl.DataFrame) -> None:
    methods = set(rows.filter(unit="Brund")["inference"])
    assert {"placebo_t", "person_cluster", "conley_taber", "ferman_pinto", "exact_t"} <= methods
    assert "placebo_t_level" not in methods
    assert set(rows.filter(unit="participating")["inference"]) >= {"cr3", "wild_bootstrap"}


def test_weeks_and_not_hours_are_the_exposure_of_a_path(weeks: pl.DataFrame) -> None:
    pooled = Comparison("participating", frozenset(TREATED), frozenset(REST))
    sums = collapse(weeks, "jobcentre", "week")

    blocks = gather_blocks(sums, pooled, START, 13)

    assert (blocks.numerator > blocks.denominator).any()
    assert (blocks.exposure == blocks.denominator).all()


def test_the_order_of_rows_and_who_else_is_asked_for_leave_no_trace(
    asked: Study, cells: pl.DataFrame, members: pl.DataFrame, rows: pl.DataFrame
) -> None:
    alone = list_comparisons(asked, [*TREATED, *REST], only="Brund")
    shuffled = cells.sample(fraction=1, shuffle=True, seed=7)
    found = fit_means(asked, shuffled, alone, members).rows
    kept = rows.filter(pl.col("unit").is_in(["Brund", "rest_of_country"]))
    assert_frame_equal(found, kept, check_exact=True)


def test_hours_that_nobody_has_are_zero_and_no_hours_are_unknown(
    asked: Study, cells: pl.DataFrame
) -> None:
    comparisons = list_comparisons(asked, [*TREATED, *REST], only="Brund")
    idle = cells.with_columns(numerator=pl.lit(0), n_events=pl.lit(0))
    row = pick(fit_means(asked, idle, comparisons).rows, "Brund", "placebo_t")
    assert (row["before"], row["effect"], row["p_value"], row["n_events"]) == (0, 0, None, 0)
    away = cells.filter((pl.col("jobcentre") != "Brund") | (pl.col("period") != "before"))
    estimates = fit_means(asked, away, comparisons)
    row = pick(estimates.rows, "Brund", "person_cluster")
    assert (row["before"], row["effect"]) == (None, None)
    assert row["during"] is not None
    assert any("no person-weeks; mean unknown" in notice for notice in estimates.notices)
