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
    "literal", ["date '2018-01-31'", "'2018-01-31'", "' 2018-01-31 '", "timestamp '2018-01-31'"]
)
def test_a_date_is_a_day(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_date", literal) == date(2018, 1, 31)


@pytest.mark.parametrize("literal", ["'2018-02-30'", "'31-01-2018'", "'soon'", "12", "true"])
def test_what_is_no_date_is_none(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_date", literal) is None


@pytest.mark.parametrize("literal", ["2.675", "2.675::double", "'2.675'", "' 2.68'", "2.68::float"])
def test_a_number_has_the_same_digits_in_every_format(engine: Engine, literal: str) -> None:
    """2.675 is less than that as a float, and would be 2.67 if it were not read by its text."""
    assert decode(engine, "decode_number", literal) == Decimal("2.68")


@pytest.mark.parametrize("literal", ["'nan'::double", "'inf'::double", "'many'", "'1,5'", "1e300"])
def test_what_is_no_number_is_none(engine: Engine, literal: str) -> None:
    assert decode(engine, "decode_number", literal) is None
