"""Hours are printed by the week with two decimals, wherever shares stand as points."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipeline.models.did.study_path import PATH_SCHEMA, PRE_TREND_SCHEMA
from pipeline.models.leanings import LEANING_SCHEMA, POWER_SCHEMA
from pipeline.report.attrition import build_attrition_table
from pipeline.report.effect_tables import build_mean_table
from pipeline.report.event_figure import build_event_path
from pipeline.report.forest import build_forest
from pipeline.report.power import build_power_table
from pipeline.report.pre_trend_table import build_pre_trend_table
from pipeline.report.sensitivity import build_sensitivity_table
from pipeline.report.specification_curve import build_specification_curve
from pipeline.report.summary import summarise_effects
from pipeline.spec import Figure, Outcome, Population, Study, Table
from tests.unit.report.conftest import make_row, to_estimates

HOURS = Outcome(label="Mean hours", kind="hours", favourable="higher", population="gross")


@pytest.fixture(scope="module")
def asked(study: Study) -> Study:
    everyone = Population(label="once on a course", benefit="resource_course", weeks="all")
    populations = dict(study.populations) | {"gross": everyone}
    return study.model_copy(update={"populations": populations, "outcomes": {"hours": HOURS}})


@pytest.fixture(scope="module")
def estimates() -> pl.DataFrame:
    def row(unit: str, phase: str, *figures: float | None) -> dict:
        names = ("before", "during", "difference", "effect", "std_error")
        own = dict(zip(names, figures, strict=True))
        # What chance does to hours does not follow from their level.
        method = "cr3" if unit == "participating" else "placebo_t"
        place = {"phase": phase, "population": "gross", "inference": method}
        return make_row("hours", unit, **place, **own)

    return to_estimates(
        [
            row("Greve", "intervention", 1.004, 1.255, 0.251, 0.1249, 0.0312),
            row("Greve", "last_3_months", 1.004, 1.5, 0.496, -0.375, 0.5),
            row("participating", "intervention", 1.0, 5.5, 4.5, 0.5, 0.1),
            row("rest_of_country", "intervention", 1.0, 5.0, 4.0, None, None),
        ]
    )


def find_row(table, key: str) -> dict[str, str]:
    row = next(row for row in table.rows if row.key == key)
    return {column.key: cell.text for column, cell in zip(table.columns, row.cells, strict=True)}


def test_a_table_of_hours(asked: Study, estimates: pl.DataFrame) -> None:
    table = Table(
        name="t", title="T", kind="hours", outcome="hours", extra_phases=("last_3_months",)
    )

    built = build_mean_table(asked, table, estimates)

    greve = find_row(built, "Greve")
    levels = ("before_hours", "during_hours", "difference_hours", "effect_hours")
    assert [greve[key] for key in levels] == ["1.00", "1.26", "0.25", "0.12"]
    assert greve["effect_last_3_months_hours"] == "-0.38"
    assert greve["significant_5pct"] == "true"
    assert greve["significant_5pct_last_3_months"] == "false"
    assert find_row(built, "rest_of_country")["effect_hours"] == ""
    assert [column.label for column in built.columns[:2]] == [
        "Before, hours a week",
        "During, hours a week",
    ]
    assert "on the benefit or off it" in built.footnotes[0]
    assert "per cent" not in built.footnotes[0]


def test_a_forest_of_hours(asked: Study, estimates: pl.DataFrame) -> None:
    forest = build_forest(
        asked, Figure(name="f", title="F", kind="forest", outcome="hours"), estimates
    )
    assert forest is not None
    greve = next(row for row in forest.rows if row.unit == "Greve")
    assert forest.axis_label == "Effect, hours a week"
    assert (greve.effect, greve.text) == (0.1249, "0.12  (0.06 to 0.19)")


def test_hours_in_words(asked: Study, estimates: pl.DataFrame) -> None:
    (sentence,) = summarise_effects(asked, estimates, "Greve")
    assert "effect 0.12 hours a week (95 % interval 0.06 to 0.19" in sentence


def test_hours_by_time_since_the_start(asked: Study, estimates: pl.DataFrame) -> None:
    key = {"population": "gross", "outcome": "hours", "unit": "participating", "by": "quarter"}
    rows = [
        {**dict.fromkeys(PATH_SCHEMA, 0.0), **key, "block": block, "n_weeks": 13, "effect": effect}
        | {"first_week": date(2018, 3, 5)}
        for block, effect in ((-1, 0.0), (0, 0.136))
    ]
    verdict = dict.fromkeys(PRE_TREND_SCHEMA) | key
    verdict |= {"n_blocks": 3, "p_value": 0.4, "detectable_bias": 0.234}
    verdicts = pl.DataFrame([verdict], PRE_TREND_SCHEMA)
    figure = Figure(name="f", title="F", kind="event_study", outcome="hours")

    path = build_event_path(asked, figure, estimates, pl.DataFrame(rows, PATH_SCHEMA), verdicts)

    assert path is not None
    assert path.axis_label == "Effect, hours a week"
    assert [point.effect for point in path.points] == [0.0, 0.136]
    assert "0.14 around week" in path.alt
    assert "an effect of 0.23 hours a week" in path.caption
    table = build_pre_trend_table(asked, verdicts)
    assert {"0.23", "hours a week"} <= {cell.text for row in table.rows for cell in row.cells}


def test_what_could_be_found_and_what_it_leans_on(asked: Study, estimates: pl.DataFrame) -> None:
    power = pl.DataFrame([("hours", "intervention", "Greve", 0.4567)], POWER_SCHEMA, orient="row")
    assert find_row(build_power_table(asked, estimates, power), "Greve") == {"hours": "0.46"}

    leaning = {"outcome": "hours", "unit": "Greve", "lowest_effect": 0.111, "breakdown": 1.26}
    leanings = pl.DataFrame([dict.fromkeys(LEANING_SCHEMA) | leaning], LEANING_SCHEMA)
    table = Table(name="s", title="S", kind="sensitivity", outcome="hours")
    greve = find_row(build_sensitivity_table(asked, table, estimates, leanings), "Greve")
    assert (greve["effect"], greve["lowest_effect"], greve["breakdown"]) == ("0.12", "0.11", "1.3")


def test_every_specification_of_hours(asked: Study, estimates: pl.DataFrame) -> None:
    figure = Figure(name="c", title="C", kind="specification_curve", outcome="hours")
    curve = build_specification_curve(asked, figure, estimates)
    assert curve is not None
    (only,) = curve.specifications
    assert only.effect == 0.5
    assert {"Summary", "Sampling"}.isdisjoint(only.choices)


def test_attrition_shows_the_population_that_counts_all_weeks(asked: Study) -> None:
    steps = {"resource_course": ("on", "in"), "gross": ("on", "off", "in")}
    rows = [
        (population, period, number, step, 7 * number, 1_000 * number)
        for population, names in steps.items()
        for period in ("before", "intervention")
        for number, step in enumerate(names, 1)
    ]
    names = ["population", "period", "step_number", "step", "n_persons", "n_weeks"]

    table = build_attrition_table(asked, pl.DataFrame(rows, names, orient="row"))

    assert [row.label for row in table.rows] == [
        "On",
        "In",
        "Once on a course: on",
        "Once on a course: off",
        "Once on a course: in",
    ]
    assert [cell.text for cell in table.rows[-1].cells] == ["21", "3,000", "21", "3,000"]
