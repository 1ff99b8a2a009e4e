"""The footnotes that say what gates withhold."""

import polars as pl

from pipeline.models.gates import WITHHELD_SCHEMA
from pipeline.report.tables import build_tables
from pipeline.report.withheld import describe_withheld
from tests.unit.report.conftest import SHARE_OUTCOME, WEEKS_OUTCOME, behind_tables

FEW = "fewer than 50 persons"
WITHHELD = pl.DataFrame(
    [
        (SHARE_OUTCOME, "intervention", "Greve", FEW),
        (SHARE_OUTCOME, "intervention", "Faxe", FEW),
        (SHARE_OUTCOME, "intervention", "participating", "fewer than 9 events"),
        (SHARE_OUTCOME, "last_3_months", "Greve", FEW),
        (SHARE_OUTCOME, "first_half_year", "Greve", FEW),
        (WEEKS_OUTCOME, "intervention", "Varde", FEW),
    ],
    WITHHELD_SCHEMA,
    orient="row",
)


def test_units_stand_in_the_order_of_the_study_beside_the_reason(study):
    table = next(table for table in study.tables if table.outcome == SHARE_OUTCOME)
    assert list(describe_withheld(study, table, WITHHELD)) == [
        "Withheld by the study's gates, whole period: Faxe, Greve (fewer than 50 persons).",
        "Withheld by the study's gates, whole period: Participating job centres (fewer than 9 "
        "events).",
        "Withheld by the study's gates, last 3 months: Greve (fewer than 50 persons).",
    ]


def test_each_table_of_effects_names_its_own(study, estimates, measure_mix):
    frames = behind_tables(measure_mix) | {"withheld": WITHHELD}
    notes = {table.name: table.footnotes for table in build_tables(study, estimates, frames)}
    varde = "Withheld by the study's gates, whole period: Varde (fewer than 50 persons)."
    assert varde in notes["table2_weeks_between_measures"]
    assert varde not in notes["table4_share_practice_or_hours"]
