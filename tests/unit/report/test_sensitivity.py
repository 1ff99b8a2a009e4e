"""The table of what effects lean on."""

import polars as pl
import pytest

from pipeline.models.leanings import LEANING_SCHEMA
from pipeline.report.sensitivity import build_sensitivity_table
from tests.unit.report.conftest import (
    SHARE_OUTCOME,
    WEEKS_OUTCOME,
    draw_leanings,
    make_row,
    to_estimates,
)

HIDDEN = "synthetic_std_error"


@pytest.fixture
def build(study):
    tables = {table.outcome: table for table in study.tables if table.kind == "sensitivity"}

    def call(outcome, rows, leanings):
        table = build_sensitivity_table(study, tables[outcome], to_estimates(rows), leanings)
        return {row.key: [cell.text for cell in row.cells] for row in table.rows}

    return call


def test_shares_are_in_points_and_the_violation_is_a_multiple(build):
    rows = [make_row(SHARE_OUTCOME, "participating", before=0.17, during=0.2, effect=0.017)]
    printed = build(SHARE_OUTCOME, rows, draw_leanings("participating"))
    assert printed["participating"] == ["1.7", "1.2", "2.1", "1.5", "0.7", "0.5"]


def test_what_is_withheld_does_not_come_back_and_the_unknown_is_empty(build):
    rows = [make_row(SHARE_OUTCOME, "participating"), make_row(SHARE_OUTCOME, "Greve", effect=0.1)]
    printed = build(SHARE_OUTCOME, rows, draw_leanings("participating"))
    assert printed["participating"] == [""] * 6
    assert printed["Greve"] == ["10.0", "", "", "", "", ""]


def test_the_notes_say_of_whom_there_is_no_second_opinion_and_what_one_on_weeks_is(study):
    (table,) = [each for each in study.tables if each.name == "sensitivity_weeks_between_measures"]
    rows = [make_row(WEEKS_OUTCOME, unit, effect=2.0) for unit in ("Varde", "Greve")]
    leaning = {"outcome": WEEKS_OUTCOME, "unit": "Varde", "synthetic_refusal": "too few blocks"}
    leanings = pl.DataFrame([leaning], schema=LEANING_SCHEMA)
    notes = build_sensitivity_table(study, table, to_estimates(rows), leanings).footnotes
    assert notes[-1] == "No second opinion, too few blocks: Varde."
    assert "measures that start per week at risk" in notes[-2]


def test_weeks_beyond_a_year_have_their_sign_alone(build):
    rows = [make_row(WEEKS_OUTCOME, "Varde", before=60.0, during=70.0, effect=8.0)]
    leaning = {"outcome": WEEKS_OUTCOME, "unit": "Varde", "lowest_effect": 7.0}
    printed = build(WEEKS_OUTCOME, rows, pl.DataFrame([leaning], schema=LEANING_SCHEMA))
    assert printed["Varde"][:3] == [">0", ">0", ""]
