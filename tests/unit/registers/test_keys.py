"""Keys that lost their leading zeros in some file get them back where it is plain how many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engine import KeyShape
from pipeline.errors import ContractError
from pipeline.registers.keys import choose_key_width, fill_width
from pipeline.registers.log import FileRecord

RECORD = FileRecord("bfl", "bfl.csv", "csv", ",", "utf-8", 1, {}, 0.0, "", "", None, None)
TEXT = replace(RECORD, keys=KeyShape(10, 10, is_filled=True))
NUMBERS = replace(RECORD, keys=KeyShape(7, 10, is_filled=False))
FULL_NUMBERS = replace(RECORD, keys=KeyShape(10, 10, is_filled=False))
UNEVEN = replace(RECORD, keys=KeyShape(9, 10, is_filled=True))
LETTERS = RECORD


@pytest.mark.parametrize(
    ("records", "width"),
    [
        ([], None),
        ([TEXT, TEXT], None),
        ([NUMBERS, NUMBERS], None),
        ([TEXT, LETTERS], None),
        ([TEXT, FULL_NUMBERS], None),
        ([UNEVEN, UNEVEN], None),
        ([NUMBERS, TEXT], 10),
        ([TEXT, FULL_NUMBERS, NUMBERS], 10),
    ],
)
def test_a_width_is_chosen_only_where_zeros_were_lost(
    records: list[FileRecord], width: int | None
) -> None:
    assert choose_key_width(records) == width


def test_only_files_that_lost_zeros_are_filled() -> None:
    files = (TEXT, NUMBERS, FULL_NUMBERS, LETTERS)
    assert [fill_width(record, 10) for record in files] == [None, 10, None, None]
    assert fill_width(NUMBERS, None) is None


def test_lengths_that_differ_are_told_and_not_guessed() -> None:
    with pytest.raises(ContractError, match=r"bfl\.csv: bfl: keys with leading zeros have several"):
        choose_key_width([UNEVEN, NUMBERS])
