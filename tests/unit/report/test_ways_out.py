"""The table and the figure of ways out of the benefit."""

import polars as pl
import pytest

from pipeline.codes import list_ways_out
from pipeline.report.exit_figure import build_ways_out
from pipeline.report.exit_table import build_exit_table
from tests.unit.report.conftest import draw_hazards, draw_incidence, make_row, to_estimates

POPULATION = "resource_course_each_period"


def exit_row(model: str, unit: str, *figures: float | None):
    names = ("before", "during", "difference", "effect")
    return make_row(
        "exits", unit, population=POPULATION, model=model, **dict(zip(names, figures, strict=True)),
        std_error=None if figures[-1] is None else 0.001, inference="jobcentre_cluster",
    )  # fmt: skip


def table_of(study, rows, unit="participating"):
    asked = next(table for table in study.tables if table.kind == "exits")
    return build_exit_table(study, asked, to_estimates(rows), draw_hazards(unit))


def texts(table, key):
    row = next(row for row in table.rows if row.key == key)
    keys = [column.key for column in table.columns]
    return dict(zip(keys, [cell.text for cell in row.cells], strict=True))


ROWS = [
    exit_row("aalen_johansen.flexible_job_stock_and_flow", "participating", 0.1, 0.13, 0.03, 0.02),
    exit_row(
        "aalen_johansen.flexible_job_stock_and_flow", "rest_of_country", 0.09, 0.1, 0.01, None
    ),
    exit_row("aalen_johansen_stock_and_flow", "participating", 0.2, 0.25, 0.05, 0.04),
]


def test_every_way_out_has_a_row_and_those_that_count_stand_last(study):
    table = table_of(study, ROWS)
    assert [row.key for row in table.rows] == [*list_ways_out(), "counted"]
    assert table.rows[-1].is_summary
    assert table.rows[0].label == "Flexible job"


def test_levels_are_per_cent_of_the_population_of_the_outcome(study):
    found = texts(table_of(study, ROWS), "flexible_job")
    assert found["participating_before_pct"] == "10.0"
    assert found["participating_during_pct"] == "13.0"
    assert (found["rest_before_pct"], found["rest_during_pct"]) == ("9.0", "10.0")
    assert found["effect_pp"] == "2.0"
    other = [row | {"population": "resource_course"} for row in ROWS]
    assert texts(table_of(study, other), "flexible_job")["effect_pp"] == ""


def test_hazards_are_those_during_and_unknown_is_empty(study):
    table = table_of(study, ROWS)
    found = texts(table, "flexible_job")
    assert found["n_exits_during"] == "20"
    assert found["hazard_per_1000_weeks"] == "2.22"
    assert (found["hazard_ratio"], found["hazard_ratio_low"]) == ("1.11", "1.01")
    nobody = texts(table, "education")
    assert (nobody["n_exits_during"], nobody["hazard_ratio"], nobody["effect_pp"]) == ("0", "", "")
    assert texts(table, "counted")["n_exits_during"] == ""


def test_a_rerun_shows_the_unit(study):
    rows = [row | {"unit": row["unit"].replace("participating", "Greve")} for row in ROWS]
    table = table_of(study, rows, "Greve")
    assert texts(table, "flexible_job")["unit_before_pct"] == "10.0"
    assert texts(table, "flexible_job")["n_exits_during"] == "20"


def figure_of(study, incidence):
    asked = next(figure for figure in study.figures if figure.kind == "incidence")
    return build_ways_out(study, asked, incidence)


def test_each_way_has_a_panel_with_the_unit_on_top_of_the_rest(study):
    found = figure_of(study, draw_incidence("participating"))
    assert [panel.label for panel in found.panels][:2] == ["Flexible job", "Disability pension"]
    drawn = [(curve.is_rest, curve.period) for curve in found.panels[1].curves]
    assert drawn == [(True, "before"), (True, "during"), (False, "before"), (False, "during")]
    assert found.panels[1].curves[0].shares[52] == pytest.approx(0.052)
    assert found.last_week == 52
    assert "5.2 % after 52 weeks" in found.alt


def test_a_rerun_draws_the_unit_and_the_rest(study):
    found = figure_of(study, draw_incidence("Greve"))
    assert found.unit == "Greve"
    assert len(found.panels[0].curves) == 4


def test_without_curves_there_is_no_figure(study):
    assert figure_of(study, draw_incidence("Greve").clear()) is None
    assert figure_of(study, draw_incidence("Greve").with_columns(outcome=pl.lit("other"))) is None
