"""A drawn run of the HIR study whose unrounded figures print as the published ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pipeline.codes import list_ways_out
from pipeline.models.certificate import CERTIFICATE_SCHEMA
from pipeline.models.did.study_path import PATH_SCHEMA, PRE_TREND_SCHEMA
from pipeline.models.duration_summaries import SUMMARY_SCHEMA
from pipeline.models.estimate import ESTIMATE_SCHEMA
from pipeline.models.fit_curves import FIT_SCHEMA
from pipeline.models.gates import WITHHELD_SCHEMA
from pipeline.models.leanings import LEANING_SCHEMA
from pipeline.spec import Study, load_study

# Unit, before, during, difference, effect in weeks; 60 and 70 stand for what is printed >52.
WEEKS = """
Favrskov 29 22 -7 -9
Faxe 25 23 -2 -4
Faaborg-Midtfyn 27 34 7 5
Gladsaxe 45 34 -11 -13
Greve 20 18 -2 -4
Haderslev 60 70 10 8
Hedensted 43 29 -14 -16
Herning 45 70 25 23
Horsens 38 33 -5 -7
Kolding 49 45 -4 -6
Lyngby-Taarbæk 31 70 39 37
Slagelse 60 48 -12 -14
Syddjurs 23 25 2 0
Vallensbæk-Ishøj 44 33 -11 -13
Varde 60 70 10 8
participating 43 41 -2 -4
rest_of_country 38 40 2 -
"""

# Unit, before, during, difference, effect, effect in the last 3 months, printed per cent.
SHARES = """
Favrskov 19.7 32.7 13.0 11.1 11.9
Faxe 24.4 24.1 -0.2 -2.1 0.4
Faaborg-Midtfyn 17.3 26.2 8.8 6.9 10.0
Gladsaxe 16.4 24.8 8.4 6.5 10.7
Greve 14.6 22.1 7.6 5.7 6.9
Haderslev 25.9 18.2 -7.8 -9.7 -9.5
Hedensted 26.9 28.7 1.8 -0.1 -1.1
Herning 14.2 17.7 3.4 1.5 3.2
Horsens 22.4 22.1 -0.3 -2.2 -3.0
Kolding 11.6 13.3 1.8 -0.1 3.6
Lyngby-Taarbæk 26.5 23.0 -3.6 -5.5 -13.4
Slagelse 11.7 19.1 7.4 5.5 8.8
Syddjurs 22.3 22.7 0.3 -1.6 0.9
Vallensbæk-Ishøj 13.4 16.5 3.1 1.1 3.4
Varde 12.9 14.8 1.9 -0.1 0.0
participating 17.2 20.8 3.6 1.7 3.2
rest_of_country 14.9 16.8 1.9 - -
"""

# Unrounded change of the rest of the country; no rounder figure fits every printed row.
REST_CHANGE_PCT = 1.93

MEASURES = {
    "none": ("No measure", (620, 600, 5700, 5600)),
    "guidance_and_upskilling": ("Guidance and upskilling", (205, 192, 2780, 2720)),
    "ordinary_education": ("Ordinary education", (10, 10, 100, 100)),
    "wage_subsidy": ("Job with wage subsidy", (4, 2, 40, 9)),
    "company_internship": ("Company internship", (161, 196, 1380, 1571)),
}

WEEKS_OUTCOME = "weeks_between_measures"
SHARE_OUTCOME = "share_practice_or_hours"
_WITH_LEVEL = ("exponential", "difference_in_differences")


def read_drawn(text: str) -> list[tuple[str, list[float | None]]]:
    rows = [line.split() for line in text.strip().splitlines()]
    return [(row[0], [None if x == "-" else float(x) for x in row[1:]]) for row in rows]


def make_row(outcome: str, unit: str, **figures: Any) -> dict[str, Any]:
    """An estimate of the HIR study; the p-value follows from effect and standard error.

    The inference is the one behind bold: of a single job centre by its own level.
    """
    is_weeks = outcome == WEEKS_OUTCOME
    model = figures.get("model", "exponential" if is_weeks else "difference_in_differences")
    alone = "placebo_t_level" if model in _WITH_LEVEL else "placebo_t"
    row: dict[str, Any] = dict.fromkeys(ESTIMATE_SCHEMA)
    row |= {
        "study": "hir",
        "population": "resource_course",
        "outcome": outcome,
        "phase": "intervention",
        "unit": unit,
        "model": model,
        "inference": "cr3" if unit == "participating" else alone,
        "n_persons": 400,
        "n_events": 300,
    } | figures
    effect, error = row["effect"], row["std_error"]
    if effect is not None and error and row["p_value"] is None:
        row["p_value"] = math.erfc(abs(effect) / error / math.sqrt(2))
        row["ci_low"], row["ci_high"] = effect - 1.96 * error, effect + 1.96 * error
    return row


def to_estimates(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ESTIMATE_SCHEMA, orient="row")


def unround_share(printed: list[float | None]) -> dict[str, float | None]:
    """Shares that print as these and whose differences add up before rounding."""
    before, during, difference, effect, _ = printed
    assert before is not None
    assert during is not None
    assert difference is not None
    change = REST_CHANGE_PCT
    if effect is not None:
        lows = (difference - 0.05, effect + REST_CHANGE_PCT - 0.05, during - before - 0.099)
        highs = (difference + 0.05, effect + REST_CHANGE_PCT + 0.05, during - before + 0.099)
        assert max(lows) < min(highs)
        change = (max(lows) + min(highs)) / 2
    start = (
        max(before - 0.05, during - change - 0.05) + min(before + 0.05, during - change + 0.05)
    ) / 2
    return {
        "before": start / 100,
        "during": (start + change) / 100,
        "difference": change / 100,
        "effect": None if effect is None else (change - REST_CHANGE_PCT) / 100,
    }


def weeks_rows() -> list[dict[str, Any]]:
    rows = []
    for i, (unit, (before, during, difference, effect)) in enumerate(read_drawn(WEEKS)):
        figures = {"before": before, "during": during, "difference": difference, "effect": effect}
        figures["relative_effect"] = None if effect is None or before is None else effect / before
        error = None if effect is None else 1.4 if unit == "participating" else 3 + i % 5
        beyond = 4.0 if (before or 0) > 52 or (during or 0) > 52 else 1.0
        error = None if error is None else error * beyond
        row = make_row(WEEKS_OUTCOME, unit, **figures, std_error=error)
        rows.append(row)
        if unit == "participating":
            wide = None if error is None else 1.3 * error
            rows.append(
                make_row(
                    WEEKS_OUTCOME, unit, **figures, std_error=wide, inference="jobcentre_cluster"
                )
            )
    return rows


def share_rows() -> list[dict[str, Any]]:
    rows = []
    for i, (unit, printed) in enumerate(read_drawn(SHARES)):
        figures = unround_share(printed)
        before = figures["before"]
        for phase in ("intervention", "last_3_months", "first_half_year"):
            if phase != "intervention":
                late = printed[4] if phase == "last_3_months" else 0.1 if printed[4] else None
                figures = figures | {"effect": None if late is None else late / 100}
            effect = figures["effect"]
            figures["relative_effect"] = effect / before if effect is not None and before else None
            error = None if effect is None else 0.006 if unit == "participating" else 0.02
            error = None if error is None else error * (1 + i % 3)
            kinds = ["person_cluster", "cr3" if unit == "participating" else "placebo_t_level"]
            rows += [
                make_row(
                    SHARE_OUTCOME, unit, **figures, std_error=error, phase=phase, inference=kind
                )
                for kind in kinds
            ]
    return rows


def exit_row() -> dict[str, Any]:
    place = {"population": "resource_course_each_period", "model": "aalen_johansen_stock_and_flow"}
    figures = {"before": 0.08, "during": 0.11, "effect": 0.02, "std_error": 0.015}
    return make_row("exits", "participating", **place, **figures)


def behind_tables(measure_mix: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The frames behind the tables, by kind."""
    return {
        "measure_mix": measure_mix,
        "exits": draw_hazards(_name_unit(measure_mix)),
        "certificate": pl.DataFrame(schema=CERTIFICATE_SCHEMA),
        "withheld": pl.DataFrame(schema=WITHHELD_SCHEMA),
        "duration_models": draw_summaries(_name_unit(measure_mix)),
        "sensitivity": draw_leanings(_name_unit(measure_mix)),
    }


def draw_leanings(unit: str) -> pl.DataFrame:
    """What the effect on the share leans on; nothing is known of the weeks."""
    row = {"outcome": SHARE_OUTCOME, "unit": unit, "lowest_effect": 0.012, "highest_effect": 0.021}
    row |= {"synthetic_effect": 0.0149, "synthetic_std_error": 0.007, "breakdown": 0.45}
    return pl.DataFrame([row], schema=LEANING_SCHEMA)


def draw_summaries(unit: str) -> pl.DataFrame:
    """How two models fit in one group; one of them has no finite mean."""
    key = {"population": "resource_course", "outcome": WEEKS_OUTCOME}
    place = {"unit": unit, "period": "before"}
    weeks = {"median": 28.6, "rmst_52": 29.5, "rmst_52_low": 27.4, "rmst_52_high": 31.7}
    rows = [
        key | place | {"model": "exponential", "aic": 2343.0, "mean": 41.2, "mean_low": 35.7,
                       "mean_high": 60.0, "beyond_share": 0.28, **weeks},
        key | place | {"model": "loglogistic", "aic": 2296.0, **weeks},
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SUMMARY_SCHEMA)


def behind_figures(curves: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The frames behind the figures, by kind; both durations have the same curves."""
    first = curves.with_columns(outcome=pl.lit("weeks_to_first_measure"))
    unit = _name_unit(curves)
    return {
        "survival": pl.concat([curves, first]),
        "incidence": draw_incidence(unit),
        "event_study": draw_paths(unit),
        "pre_trend": draw_verdicts(unit),
        "duration_fit": draw_fits(unit),
    }


def draw_fits(unit: str) -> pl.DataFrame:
    """Two models in two groups: one runs along the data, the other apart from it."""
    rows = [
        {"population": "resource_course", "outcome": WEEKS_OUTCOME, "unit": group,
         "period": period, "model": model, "week": week, "at_risk": 60 - 10 * week,
         "kaplan_meier": 0.9**week, "fitted": base**week, "cumulative_hazard": 0.1 * week,
         "cox_snell": -week * math.log(base)}
        for group in (unit, "rest_of_country")
        for period in ("before", "during")
        for model, base in (("exponential", 0.9), ("weibull", 0.8))
        for week in range(1, 6)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FIT_SCHEMA)


def draw_paths(unit: str) -> pl.DataFrame:
    """Effects of nothing before the start and of 2 after it, on every kind of outcome."""
    rows = [
        {
            "population": population,
            "outcome": outcome,
            "unit": unit,
            "by": "quarter",
            "block": block,
            "first_week": date(2018, 3, 5) + timedelta(weeks=13 * block),
            "n_weeks": 4 if block == 4 else 13,
            "effect": 0.02 * size * (block >= 0),
            "std_error": 0.01 * size * (block != -1),
            "ci_low": (0.02 * (block >= 0) - 0.02 * (block != -1)) * size,
            "ci_high": (0.02 * (block >= 0) + 0.02 * (block != -1)) * size,
            "band_low": (0.02 * (block >= 0) - 0.03 * (block != -1)) * size,
            "band_high": (0.02 * (block >= 0) + 0.03 * (block != -1)) * size,
        }
        for population, outcome, size in (
            ("resource_course", "share_practice_or_hours", 1),
            ("resource_course", "weeks_between_measures", 100),
            ("resource_course_each_period", "exits", 0.1),
        )
        for block in range(-4, 5)
    ]
    return pl.DataFrame(rows, schema=PATH_SCHEMA)


def draw_verdicts(unit: str) -> pl.DataFrame:
    """Nothing found before the start for share and exits, and a divergence for the weeks."""
    rows = [
        ("resource_course", "share_practice_or_hours", 0.4321, 0.025),
        ("resource_course", "weeks_between_measures", 0.0004, 12.34),
        ("resource_course_each_period", "exits", 0.25, 0.00151),
    ]
    columns = ("population", "outcome", "p_value", "detectable_bias")
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        unit=pl.lit(unit),
        by=pl.lit("quarter"),
        n_blocks=pl.lit(3, pl.Int64),
        refusal=pl.lit(None, pl.String),
    )
    return frame.select(*PRE_TREND_SCHEMA)


def _name_unit(frame: pl.DataFrame) -> str:
    """The unit that a frame shows beside the rest of the country."""
    return frame.filter(pl.col("unit") != "rest_of_country")["unit"][0]


def draw_hazards(unit: str) -> pl.DataFrame:
    """Hazards of every way out; nobody goes to education."""
    rows = [
        {"way_out": way, "period": period, "unit": name, "n_events": events * times}
        for way, events in zip(list_ways_out(), (20, 12, 9, 0, 15, 3), strict=True)
        for period in ("before", "during")
        for name, times in ((unit, 1), ("rest_of_country", 9))
    ]
    weeks = pl.when(pl.col("unit") == unit).then(9000).otherwise(90_000)
    ratio = pl.when(pl.col("n_events") > 0, pl.col("unit") == unit).then(1.111)
    return pl.DataFrame(rows).with_columns(
        population=pl.lit("resource_course_each_period"),
        outcome=pl.lit("exits"),
        weeks_at_risk=weeks,
        hazard=pl.col("n_events") / weeks,
        hazard_ratio=ratio,
        ci_low=ratio - 0.1,
        ci_high=ratio + 0.1,
        p_value=ratio * 0 + 0.01,
    )


def draw_incidence(unit: str) -> pl.DataFrame:
    """Straight lines of incidence, with a band where anybody has left."""
    share = pl.col("week") * pl.col("slope")
    rows = [
        {"way_out": way, "period": period, "unit": name, "week": week, "slope": slope / 1000}
        for slope, way in enumerate(list_ways_out())
        for period in ("before", "during")
        for name in (unit, "rest_of_country")
        for week in range(53)
    ]
    band = pl.when(share > 0)
    return pl.DataFrame(rows).select(
        pl.lit("resource_course_each_period").alias("population"),
        pl.lit("exits").alias("outcome"),
        "period",
        "unit",
        "way_out",
        "week",
        pl.lit(100).alias("at_risk"),
        share.alias("incidence"),
        band.then(share * 0.1).alias("std_error"),
        band.then(share * 0.8).alias("ci_low"),
        band.then(share * 1.2).alias("ci_high"),
    )


@pytest.fixture(scope="session")
def study() -> Study:
    return load_study("hir")


@pytest.fixture(scope="session")
def estimates() -> pl.DataFrame:
    """Two populations, two samplings of gaps, everything the shares have, and one row of exits."""
    rows = [*weeks_rows(), *share_rows()]
    stock = [row | {"model": "exponential_stock_and_flow"} for row in weeks_rows()]
    other = [row | {"population": "resource_course_each_period"} for row in [*rows, *stock]]
    return to_estimates([*rows, *stock, *other, exit_row()])


@pytest.fixture(scope="session")
def measure_mix() -> pl.DataFrame:
    groups = [
        (unit, period)
        for unit in ("participating", "rest_of_country")
        for period in ("before", "intervention")
    ]
    rows = [
        {
            "population": "resource_course",
            "period": period,
            "unit": unit,
            "measure": measure,
            "label": label,
            "n_weeks": weeks,
        }
        for measure, (label, counts) in MEASURES.items()
        for (unit, period), weeks in zip(groups, counts, strict=True)
    ]
    return pl.DataFrame(rows)


@pytest.fixture(scope="session")
def draw_curves() -> Callable[..., pl.DataFrame]:
    """A function that makes curves for the given units."""

    def draw(*units: str, n_gaps: int = 2400) -> pl.DataFrame:
        return pl.DataFrame(
            [row for unit in units for row in _curve_rows(unit, n_gaps)], infer_schema_length=None
        )

    return draw


def _curve_rows(unit: str, n_gaps: int) -> list[dict[str, Any]]:
    rows = []
    floors = {"participating": (0.40, 0.34), "rest_of_country": (0.36, 0.38)}
    for period, floor in zip(("before", "during"), floors.get(unit, (0.4, 0.3)), strict=True):
        n = n_gaps * (10 if unit == "rest_of_country" else 1)
        for week in range(1, 57 if period == "during" else 53):
            share = floor + (1 - floor) * math.exp(-week / 22)
            at_risk = round(n * share * math.exp(-week / 30))
            error = math.sqrt(share * (1 - share) / at_risk) if at_risk else None
            rows.append(
                {
                    "population": "resource_course",
                    "outcome": WEEKS_OUTCOME,
                    "period": period,
                    "unit": unit,
                    "week": week,
                    "at_risk": at_risk,
                    "survival": share,
                    "std_error": error,
                    "ci_low": None if error is None else max(share - 1.96 * error, 0.0),
                    "ci_high": None if error is None else min(share + 1.96 * error, 1.0),
                }
            )
    return rows


@pytest.fixture(scope="session")
def curves(draw_curves: Callable[..., pl.DataFrame]) -> pl.DataFrame:
    return draw_curves("participating", "rest_of_country")


@pytest.fixture(scope="session")
def rerun_estimates() -> pl.DataFrame:
    """One job centre against the rest, and nothing pooled."""
    rows = [*weeks_rows(), *share_rows()]
    return to_estimates([row for row in rows if row["unit"] in ("Greve", "rest_of_country")])
