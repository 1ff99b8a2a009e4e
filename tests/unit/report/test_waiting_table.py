"""Shares that still wait and hazard ratios, each in its own unit."""

from __future__ import annotations

import math

from pipeline.report.specification_curve import build_specification_curve
from pipeline.report.specifications import build_specifications_table
from pipeline.report.waiting_table import build_waiting_table
from pipeline.spec import Figure
from tests.unit.report.conftest import WEEKS_OUTCOME, make_row, to_estimates


def draw(unit, model, effect, **figures):
    return make_row(WEEKS_OUTCOME, unit, effect=effect, **{"model": model} | figures)


def draw_all(unit="participating"):
    share = {"before": 0.7, "during": 0.6, "std_error": 0.04}
    ratio = {"before": math.log(1.2), "during": math.log(1.8), "std_error": 0.1}
    return [
        draw(unit, "exponential", -4.0, before=40.0, during=38.0, std_error=3.0),
        draw(unit, "kaplan_meier.survival_13", -0.1, **share),
        draw(unit, "kaplan_meier.survival_26", -0.05, **share),
        draw(unit, "kaplan_meier.survival_26_stock_and_flow", 0.3, **share),
        draw(unit, "cox.log_hazard_ratio", math.log(1.5), **ratio),
    ]


def test_shares_are_per_cent_and_hazards_are_ratios(study):
    asked = next(table for table in study.tables if table.kind == "still_waiting")
    table = build_waiting_table(study, asked, to_estimates(draw_all("Greve")))
    keys = [column.key for column in table.columns]
    row = next(row for row in table.rows if row.key == "Greve")
    found = dict(zip(keys, row.cells, strict=True))

    assert [found[f"survival_13_{name}"].text for name in ("before", "during", "effect")] == [
        "70.0", "60.0", "-10.0",
    ]  # fmt: skip
    assert (found["survival_13_low"].text, found["survival_13_high"].text) == ("-17.8", "-2.2")
    assert found["survival_26_effect"].text == "-5.0"
    assert found["survival_52_effect"].text == ""
    names = ("before", "during", "effect", "low", "high")
    assert [found[f"hazard_ratio_{name}"].text for name in names] == [
        "1.20", "1.80", "1.50", "1.23", "1.82",
    ]  # fmt: skip
    bold = {key for key, cell in found.items() if cell.is_bold}
    assert bold == {"survival_13_effect", "hazard_ratio_effect"}
    assert any("does not follow" in note for note in table.footnotes)


def test_specifications_print_each_in_its_own_unit(study):
    table = build_specifications_table(study, to_estimates(draw_all()))
    keys = [column.key for column in table.columns]
    cells = [dict(zip(keys, row.cells, strict=True)) for row in table.rows]
    found = {
        row["model"].text: (row["effect"].text, row["ci_low"].text, row["effect_unit"].text)
        for row in cells
    }
    assert found["Exponential"] == ("-4.0", "-9.9", "weeks")
    share = found["Kaplan–Meier, share still waiting after 26 weeks"]
    assert share == ("-5.0", "-12.8", "percentage points")
    assert found["Cox, hazard ratio"] == ("1.50", "1.23", "times the hazard")


def test_the_curve_holds_what_its_axis_counts_alone(study):
    figure = Figure(name="c", title="C", kind="specification_curve", outcome=WEEKS_OUTCOME)
    curve = build_specification_curve(study, figure, to_estimates(draw_all()))
    assert [each.effect for each in curve.specifications] == [-4.0]
