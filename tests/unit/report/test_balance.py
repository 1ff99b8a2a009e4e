"""The table of what members were like in the year before."""

import polars as pl

from pipeline.models.balance import BALANCE_SCHEMA
from pipeline.report.balance import build_balance_table


def build(study, estimates, *rows):
    balance = pl.DataFrame(list(rows), schema=BALANCE_SCHEMA, orient="row")
    return build_balance_table(study, estimates, balance)


def test_rows_stand_in_the_order_of_a_description_and_shares_are_per_cent(study, estimates):
    table = build(
        study,
        estimates,
        ("resource_course", "company_internship_share", 90, 0.123, 800, 0.1, 0.09),
        ("resource_course", "none_share", 90, 0.5, 800, 0.5, 0.0),
        ("resource_course", "weeks_on_benefit", 90, 30.26, 800, 31.0, -0.11),
        ("resource_course_each_period", "earlier_measures", 90, 1.0, 800, 1.0, 0.0),
    )
    printed = [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]
    assert printed == [
        ["Weeks on the benefit in that year", "30.3", "31.0", "-0.11", "90", "800"],
        ["Per cent of the weeks: company internship", "12.3", "10.0", "0.09", "90", "800"],
    ]
    assert [row.cells[2].is_bold for row in table.rows] == [True, False]


def test_the_unknown_is_empty(study, estimates):
    table = build(
        study, estimates, ("resource_course", "earlier_measures", None, None, 8, 1.2, None)
    )
    assert [cell.text for cell in table.rows[0].cells] == ["", "1.2", "", "", "8"]
