"""Delivered values are read alike whatever their type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipeline.engine import Engine


def decode(engine: Engine, macro: str, literal: str) -> object:
    return engine.read(f"select {macro}({literal}) as decoded", {})["decoded"][0]


@pytest.mark.parametrize("literal", ["''", "' '", "'.'", "' . '", "null", "null::double"])
def test_blanks_are_blank_and_no_value(engine: Engine, literal: str) -> None:
    assert decode(engine, "is_blank", literal) is True
    macros = ("decode_code", "decode_date", "decode_number")
    assert [decode(engine, macro, literal) for macro in macros] == [None] * 3


@pytest.mark.parametrize("literal", ["0", "'0'", "'x'", "0.0", "date '2018-01-01'"])
def test_other_values_are_not_blank(engine: Engine, literal: str) -> None:
    assert decode(engine, "is_blank", literal) is False


@pytest.mark.parametrize("literal", ["810", "810.0", "'810'", "' 810'", "'0810'", "'810.00'"])
def test_a_code_is_a_whole_number_of_few_digits(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_code", literal) == 810


@pytest.mark.parametrize("literal", ["-1", "0.4", "'0256237'", "99999", "'8l0'", "'1e2'", "true"])
def test_what_is_no_code_is_none(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_code", literal) is None


@pytest.mark.parametrize(
    "literal",
    [
        "date '2018-01-31'",
        "timestamp '2018-01-31 23:59:59'",
        "'2018-01-31'",
        "' 2018-01-31 '",
        "'2018-01-31 23:59:59'",
        "'2018-01-31T00:00:00'",
        "'31JAN2018'",
        "'31Jan2018'",
        "'31JAN2018:23:59:59'",
        "21215",
        "21215.0::double",
        "'21215'",
        "1833062399.5::double",
        "'1832976000'",
    ],
)
def test_a_date_is_a_day(engine: Engine, literal: str) -> None:
    """SAS counts days and seconds from 1960: 31 January 2018 is 58 years and 15 leap days later."""
    assert decode(engine, "decode_date", literal) == date(2018, 1, 31)


@pytest.mark.parametrize(
    ("literal", "day"), [("0", date(1960, 1, 1)), ("-1", date(1959, 12, 31)), ("-3e8", None)]
)
def test_days_before_1960_are_days(engine: Engine, literal: str, day: date | None) -> None:
    assert decode(engine, "decode_date", literal) == (day or date(1950, 6, 29))


@pytest.mark.parametrize(
    "literal",
    [
        "'2018-02-30'", "'31-01-2018'", "'soon'", "12.5", "true", "201801", "20180131", "1e11",
        "'nan'::double", "'inf'::double", "'31XYZ2018'", "'31JAN18'", "'epoch'",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_date", literal) is None


@pytest.mark.parametrize(
    "literal", ["2.675", "2.675::double", "'2.675'", "'2,675'", "' 2.68'", "2.68::real"]
)
def test_a_number_has_the_same_digits_in_every_format(engine: Engine, literal: str) -> None:
    """2.675 is less than that as a float, and would be 2.67 if it were not read by its text."""
    assert decode(engine, "decode_number", literal) == Decimal("2.68")


@pytest.mark.parametrize("literal", ["'nan'::real", "'inf'::real", "'many'", "'1.000,5'", "1e300"])
def test_what_is_no_number_is_none(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_number", literal) is None
