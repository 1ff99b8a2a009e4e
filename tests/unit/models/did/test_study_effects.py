"""The pooled effect with unit and week effects, as rows of a study."""

from __future__ import annotations

from datetime import date, timedelta

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


def describe(*phases: str) -> pl.DataFrame:
    """Rows of the saturated model, one for each phase."""
    rows = [
        dict.fromkeys(ESTIMATE_SCHEMA)
        | {
            "study": "small",
            "population": "everyone",
            "outcome": "share",
            "phase": phase,
            "unit": "participating",
            "model": "difference_in_differences",
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


def test_a_phase_is_set_against_the_year_before(study: Study, unit_weeks: pl.DataFrame) -> None:
    fitted = fit_study_effects(study, unit_weeks, POOLED, describe("intervention", "last"))
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


def test_every_phase_has_every_method(study: Study, unit_weeks: pl.DataFrame) -> None:
    rows = fit_study_effects(study, unit_weeks, POOLED, describe("intervention", "last")).rows

    found = rows.select("phase", "inference").rows()
    methods = ("cr3", "jobcentre_cluster", "wild_bootstrap")
    assert found == [(phase, method) for phase in ("intervention", "last") for method in methods]
    assert rows["effect"].n_unique() == 2


def test_one_unit_gets_no_rows(study: Study, unit_weeks: pl.DataFrame) -> None:
    alone = Comparison("Anholt", frozenset({"Anholt"}), POOLED.rest)

    assert fit_study_effects(study, unit_weeks, alone, describe("intervention")).rows.is_empty()


def test_one_participating_job_centre_is_refused_with_the_reason(
    study: Study, unit_weeks: pl.DataFrame
) -> None:
    one = Comparison("participating", frozenset({"Anholt"}), POOLED.rest)
    fitted = fit_study_effects(study, unit_weeks, one, describe("intervention"))

    assert fitted.rows["effect"].null_count() == 0
    assert fitted.rows["std_error"].null_count() == fitted.rows.height == 3
    assert fitted.notices[0] == (
        "participating, intervention (everyone, share, unit_week_effects): one treated cluster: "
        "cluster-robust variance is not identified; no inference by cr3"
    )


def test_what_cannot_be_told_from_weeks_is_named(study: Study, unit_weeks: pl.DataFrame) -> None:
    early = unit_weeks.filter(pl.col("week") < date(2018, 3, 5))
    fitted = fit_study_effects(study, early, POOLED, describe("intervention"))

    assert fitted.rows.is_empty()
    (notice,) = fitted.notices
    assert notice.endswith("unit_week_effects): effect: no variation beside the other columns")
