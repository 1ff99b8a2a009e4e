"""The table of what the time before the start says of each unit."""

import polars as pl

from pipeline.models.did.study_path import PRE_TREND_SCHEMA
from pipeline.report.pre_trend_table import build_pre_trend_table
from tests.unit.report.conftest import SHARE_OUTCOME, WEEKS_OUTCOME


def draw(**changes):
    row = {
        "population": "resource_course",
        "outcome": SHARE_OUTCOME,
        "unit": "participating",
        "by": "quarter",
        "n_blocks": 3,
        "p_value": 0.2,
        "detectable_bias": 0.0215,
    }
    return dict.fromkeys(PRE_TREND_SCHEMA) | row | changes


def build(study, *rows):
    table = build_pre_trend_table(study, pl.DataFrame(rows, PRE_TREND_SCHEMA))
    return [(row.key, [cell.text for cell in row.cells], row) for row in table.rows]


def test_each_unit_has_both_lengths_of_block_in_the_unit_of_its_outcome(study):
    found = build(
        study,
        draw(),
        draw(by="month", p_value=None, detectable_bias=None, refusal="too few"),
        draw(unit="Greve", p_value=0.0004),
        draw(unit="Greve", by="month", p_value=0.06, detectable_bias=None),
        draw(outcome=WEEKS_OUTCOME, detectable_bias=12.34),
        draw(outcome="exits", population="resource_course_each_period", detectable_bias=0.00151),
    )
    printed = [(key, texts) for key, texts, _ in found]
    assert (
        WEEKS_OUTCOME,
        ["Participating job centres", "", "", "0.200", "12.3", "weeks"],
    ) in printed
    assert (
        "exits",
        ["Participating job centres", "", "", "0.200", "1.5", "exits per 1,000 weeks"],
    ) in printed
    assert (
        SHARE_OUTCOME,
        ["Greve", "0.060", "", "<0.001", "2.2", "percentage points"],
    ) in printed


def test_trends_that_were_apart_are_bold(study):
    rows = build(study, draw(p_value=0.03, unit="Greve"), draw())
    found = {texts[0]: row for _, texts, row in rows}
    apart, alike = found["Greve"], found["Participating job centres"]
    assert [cell.is_bold for cell in apart.cells] == [False, False, False, True, False, False]
    assert not any(cell.is_bold for cell in alike.cells)
    assert (apart.is_summary, alike.is_summary) == (False, True)


def test_other_populations_are_left_out(study):
    assert build(study, draw(population="resource_course_each_period")) == []
