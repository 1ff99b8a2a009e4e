"""The table of how small an effect could be found."""

import polars as pl

from pipeline.models.leanings import POWER_SCHEMA
from pipeline.report.power import build_power_table
from tests.unit.report.conftest import SHARE_OUTCOME, WEEKS_OUTCOME


def test_each_outcome_is_counted_in_its_own_unit_and_the_whole_period_alone(study, estimates):
    rows = [
        (WEEKS_OUTCOME, "intervention", "Greve", 107.13),
        (WEEKS_OUTCOME, "last_3_months", "Greve", 200.0),
        (SHARE_OUTCOME, "intervention", "Greve", 0.0802),
        (SHARE_OUTCOME, "intervention", "participating", None),
        (SHARE_OUTCOME, "intervention", "Samsø", 0.5),
    ]
    power = pl.DataFrame(rows, POWER_SCHEMA, orient="row")
    table = build_power_table(study, estimates, power)
    printed = {row.key: [cell.text for cell in row.cells] for row in table.rows}
    assert [column.key for column in table.columns] == [WEEKS_OUTCOME, SHARE_OUTCOME]
    assert printed["Greve"] == ["107.1", "8.0"]
    assert printed["participating"] == ["", ""]
    assert "Samsø" not in printed
    by_level = "placebo t at own level for one job centre"
    assert by_level in " ".join(table.footnotes)


def test_a_method_is_named_with_its_outcomes_where_there_are_several(study, estimates):
    rows = [(outcome, "intervention", "Greve", 0.1) for outcome in (SHARE_OUTCOME, "exits")]
    power = pl.DataFrame(rows, POWER_SCHEMA, orient="row")
    (note, *_) = build_power_table(study, estimates, power).footnotes
    share, exits = (study.outcomes[name].label for name in (SHARE_OUTCOME, "exits"))
    wanted = f"placebo t at own level ({share}) and placebo t ({exits}) for one"
    assert wanted in note
