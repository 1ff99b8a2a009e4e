"""Weeks are Mondays; their names say year and week as ISO has them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.weeks import (
    WEEK,
    format_iso_week,
    format_week_column,
    list_weeks,
    parse_iso_week,
    parse_week_column,
)

MONDAYS = st.integers(0, 99 * 52).map(lambda n: date(1990, 1, 1) + WEEK * n)


@given(monday=MONDAYS)
def test_weeks_and_their_names_go_round(monday: date) -> None:
    assert parse_iso_week(format_iso_week(monday)) == monday
    assert parse_week_column(format_week_column(monday)) == monday


@given(monday=MONDAYS)
def test_names_of_columns_end_as_iso_names_do(monday: date) -> None:
    year, week = format_iso_week(monday)[2:].split("-W")
    assert format_week_column(monday) == f"y_{year}{week}"


@pytest.mark.parametrize(
    ("name", "monday"),
    [
        ("y_1552", date(2015, 12, 21)),
        ("y_1553", date(2015, 12, 28)),
        ("y_1601", date(2016, 1, 4)),
        ("y_2053", date(2020, 12, 28)),
        ("y_1901", date(2018, 12, 31)),
        ("y_0953", date(2009, 12, 28)),
    ],
)
def test_years_end_as_iso_has_it(name: str, monday: date) -> None:
    assert parse_week_column(name) == monday


@pytest.mark.parametrize(
    ("name", "year"), [("y_9132", 1991), ("y_9001", 1990), ("y_8952", 2089), ("y_0001", 2000)]
)
def test_years_under_90_are_of_this_century(name: str, year: int) -> None:
    assert parse_week_column(name).isocalendar().year == year


@pytest.mark.parametrize("name", ["y_1654", "y_1653", "y_1600", "y_1", "y_16011", "x_1601", "y_a1"])
def test_what_is_no_week_column_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"week"):
        parse_week_column(name)


@pytest.mark.parametrize("text", ["2016-W53", "2016-W00", "2016-53", "16-W01", "2016-W1", ""])
def test_what_is_no_iso_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"week"):
        parse_iso_week(text)


def test_a_list_of_weeks_holds_both_ends() -> None:
    first, last = parse_iso_week("2015-W52"), parse_iso_week("2016-W01")
    assert [format_iso_week(week) for week in list_weeks(first, last)] == [
        "2015-W52",
        "2015-W53",
        "2016-W01",
    ]
    assert list_weeks(first, first) == [first]
    assert list_weeks(last, first) == []
