"""Effects with unit and week effects, as rows of a study."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipeline.models.comparison import Comparison
from pipeline.models.did.clusters import infer_cr3
from pipeline.models.did.study_effects import fit_study_effects
from pipeline.models.did.two_way import fit_unit_week_effects
from pipeline.models.estimate import ESTIMATE_SCHEMA
from pipeline.models.inference import Inference
from pipeline.spec import Study

NAMES = ("Anholt", "Brund", "Cortsø", "Dragør", "Egense", "Falslev")
POOLED = Comparison("participating", frozenset(NAMES[:2]), frozenset(NAMES[2:5]))


@pytest.fixture(scope="module")
def unit_weeks() -> pl.DataFrame:
    """Weekly sums over the study's 108 weeks."""
    rows = [
        {
            "population": "everyone",
            "outcome": "share",
            "jobcentre": name,
            "week": date(2017, 3, 6) + timedelta(weeks=week),
            "numerator": 20 + place + week**2 % (5 + place) + 9 * (place < 2 and week >= 52),
            "denominator": 90 + 7 * place + week % 11,
        }
        for place, name in enumerate(NAMES)
        for week in range(108)
    ]
    return pl.DataFrame(rows)


@pytest.fixture(scope="module")
def persons() -> pl.DataFrame:
    rows = [
        {
            "population": "everyone",
            "outcome": outcome,
            "period": period,
            "jobcentre": name,
            "n_persons": 10 + 4 * place,
        }
        for place, name in enumerate(NAMES)
        for period in ("before", "intervention", "last")
        for outcome in ("share", "weeks")
    ]
    return pl.DataFrame(rows)


def describe(
    *phases: str,
    unit: str = "participating",
    outcome: str = "share",
    model: str = "difference_in_differences",
) -> pl.DataFrame:
    """Rows of the saturated model, one for each phase."""
    rows = [
        dict.fromkeys(ESTIMATE_SCHEMA)
        | {
            "study": "small",
            "population": "everyone",
            "outcome": outcome,
            "phase": phase,
            "unit": unit,
            "model": model,
            "inference": "person_cluster",
            "before": 0.25,
            "during": 0.35,
            "difference": 0.1,
            "effect": 0.08,
            "std_error": 0.01,
            "p_value": 0.0,
            "p_value_adjusted": 0.0,
            "n_persons": 17,
            "n_events": 99,
        }
        for phase in phases
    ]
    return pl.DataFrame(rows, schema=ESTIMATE_SCHEMA)


def test_a_phase_is_set_against_the_year_before(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    fitted = fit_study_effects(
        study, unit_weeks, persons, [POOLED], describe("intervention", "last")
    )
    window = study.windows["last"]
    is_last = pl.col("week").is_between(window.first_week, window.last_week)
    cells = unit_weeks.filter(
        (pl.col("week") < date(2018, 3, 5)) | is_last, pl.col("jobcentre") != "Falslev"
    ).select(
        "week",
        "numerator",
        "denominator",
        unit="jobcentre",
        is_exposed=is_last & pl.col("jobcentre").is_in(NAMES[:2]),
    )
    expected = fit_unit_week_effects(cells)
    jackknife = infer_cr3(expected.gather())
    assert isinstance(jackknife, Inference)

    row = fitted.rows.row(
        by_predicate=(pl.col("phase") == "last") & (pl.col("inference") == "cr3"), named=True
    )

    assert fitted.notices == ()
    assert row["effect"] == pytest.approx(expected.effect, rel=1e-9)
    assert row["std_error"] == pytest.approx(jackknife.std_error, rel=1e-9)
    assert row["relative_effect"] == pytest.approx(expected.effect / 0.25, rel=1e-9)
    assert (row["model"], row["p_value_adjusted"]) == ("unit_week_effects", None)
    assert (row["before"], row["difference"], row["n_persons"]) == (0.25, 0.1, 17)


def test_every_phase_has_every_method(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    rows = fit_study_effects(
        study, unit_weeks, persons, [POOLED], describe("intervention", "last")
    ).rows

    found = rows.select("phase", "inference").rows()
    methods = ("cr3", "jobcentre_cluster", "wild_bootstrap")
    assert found == [(phase, method) for phase in ("intervention", "last") for method in methods]
    assert rows["effect"].n_unique() == 2


def collapse(unit_weeks: pl.DataFrame, treated: str, units: Sequence[str]) -> pl.DataFrame:
    start = date(2018, 3, 5)
    return unit_weeks.filter(pl.col("jobcentre").is_in(units)).select(
        "week",
        "numerator",
        "denominator",
        unit="jobcentre",
        is_exposed=(pl.col("jobcentre") == treated) & (pl.col("week") >= start),
    )


def test_each_unit_alone_has_the_effect_of_its_own_regression(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    alone = [Comparison(name, frozenset({name}), POOLED.rest) for name in NAMES[:2]]
    levels = pl.concat([describe("intervention", unit=name) for name in NAMES[:2]])

    rows = fit_study_effects(study, unit_weeks, persons, alone, levels).rows

    methods = ("conley_taber", "ferman_pinto", "placebo_t", "randomization", "randomization_t")
    assert rows.select("unit", "inference").rows() == [
        (name, method) for name in NAMES[:2] for method in methods
    ]
    for name in NAMES[:2]:
        expected = fit_unit_week_effects(collapse(unit_weeks, name, [name, *NAMES[2:5]])).effect
        assert rows.filter(unit=name)["effect"].to_list() == [pytest.approx(expected)] * 5


def test_a_unit_alone_is_ranked_among_the_placebo_effects_of_the_others(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    alone = Comparison("Anholt", frozenset({"Anholt"}), POOLED.rest)
    placebos = [
        fit_unit_week_effects(collapse(unit_weeks, name, NAMES[2:5])).effect for name in NAMES[2:5]
    ]

    levels = describe("intervention", unit="Anholt")
    rows = fit_study_effects(study, unit_weeks, persons, [alone], levels).rows

    row = rows.row(by_predicate=pl.col("inference") == "conley_taber", named=True)
    assert row["std_error"] == pytest.approx(np.std(placebos, ddof=1))
    # Nine points and more beside what weeks do to the others: further than any of the three.
    assert row["p_value"] == 0.25


def test_weeks_are_told_from_the_rate_of_starts(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    """Weeks at risk over starts, where the regression is of starts on weeks at risk."""
    turned = {"numerator": "denominator", "denominator": "numerator"}
    gaps = unit_weeks.with_columns(outcome=pl.lit("weeks")).rename(turned)
    levels = describe("intervention", outcome="weeks", model="exponential_stock_and_flow")
    levels = levels.with_columns(before=pl.lit(4.2), during=pl.lit(3.0))
    rate = fit_unit_week_effects(
        unit_weeks.filter(pl.col("jobcentre") != "Falslev").select(
            "week",
            "numerator",
            "denominator",
            unit="jobcentre",
            is_exposed=pl.col("jobcentre").is_in(NAMES[:2]) & (pl.col("week") >= date(2018, 3, 5)),
        )
    )
    jackknife = infer_cr3(rate.gather())
    assert isinstance(jackknife, Inference)

    rows = fit_study_effects(study, gaps, persons, [POOLED], levels).rows

    row = rows.row(by_predicate=pl.col("inference") == "cr3", named=True)
    assert row["model"] == "unit_week_effects_stock_and_flow"
    assert row["effect"] == pytest.approx(3 - 1 / (1 / 3 - rate.effect))
    assert row["effect"] < 0 < rate.effect
    assert row["relative_effect"] == pytest.approx(row["effect"] / 4.2)
    assert row["p_value"] == pytest.approx(jackknife.p_value)
    assert jackknife.ci_low is not None
    assert row["ci_high"] == pytest.approx(3 - 1 / (1 / 3 - jackknife.ci_low))


def test_no_number_of_weeks_is_expected_where_nothing_would_have_started(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    turned = {"numerator": "denominator", "denominator": "numerator"}
    gaps = unit_weeks.with_columns(outcome=pl.lit("weeks")).rename(turned)
    levels = describe("intervention", outcome="weeks", model="exponential_stock_and_flow")
    levels = levels.with_columns(during=pl.lit(60.0))

    fitted = fit_study_effects(study, gaps, persons, [POOLED], levels)

    assert fitted.rows.is_empty()
    (notice,) = fitted.notices
    assert notice.endswith("without the programme no measure would have started; weeks unknown")


def test_what_has_no_weekly_sums_has_no_rows(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    levels = describe("intervention", outcome="weeks", model="weibull")

    assert fit_study_effects(study, unit_weeks, persons, [POOLED], levels).rows.is_empty()


def test_one_participating_job_centre_is_refused_with_the_reason(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    one = Comparison("participating", frozenset({"Anholt"}), POOLED.rest)
    fitted = fit_study_effects(study, unit_weeks, persons, [one], describe("intervention"))

    assert fitted.rows["effect"].null_count() == 0
    assert fitted.rows["std_error"].null_count() == fitted.rows.height == 3
    assert fitted.notices[0] == (
        "participating, intervention (everyone, share, unit_week_effects): one treated cluster: "
        "cluster-robust variance is not identified; no inference by cr3"
    )


def test_what_cannot_be_told_from_weeks_is_named(
    study: Study, unit_weeks: pl.DataFrame, persons: pl.DataFrame
) -> None:
    early = unit_weeks.filter(pl.col("week") < date(2018, 3, 5))
    fitted = fit_study_effects(study, early, persons, [POOLED], describe("intervention"))

    assert fitted.rows.is_empty()
    (notice,) = fitted.notices
    assert notice.endswith("unit_week_effects): effect: no variation beside the other columns")
