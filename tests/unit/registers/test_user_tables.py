"""A user's own table is read whatever its format, or its faults are counted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from polars.testing import assert_frame_equal
from polars_readstat import write_readstat

from pipeline.errors import ContractError, IndsatsError, UsageError
from pipeline.registers.user_tables import Kind, check_complete, read_user_table

KINDS: dict[str, Kind] = {"unit": "label", "weeks": "number", "event": "flag"}
WANTED = pl.DataFrame(
    {"unit": ["Søby", "Æbeltoft", None], "weeks": [1.5, 12.0, None], "event": [True, False, None]}
)


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def refuse(path: Path, kinds: dict[str, Kind] = KINDS) -> IndsatsError:
    with pytest.raises(IndsatsError) as caught:
        read_user_table(path, kinds)
    return caught.value


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.parquet": lambda path: WANTED.select("event", "weeks", "unit").write_parquet(path),
    "a.csv": WANTED.write_csv,
    "b.csv": lambda path: write_text(
        path, "UNIT;weeks;Event\nSøby;1,5;1\n Æbeltoft ;12;0\n;;\n", "latin-1"
    ),
    "c.csv": lambda path: write_text(
        path, "\ufeffunit\tweeks\tevent\r\nSøby\t1.5\t1\r\nÆbeltoft\t12\t0\r\n.\tNA\t.\r\n"
    ),
    "d.csv": lambda path: write_text(
        path, 'unit,weeks,event\n"Søby",1.5,1.0\nÆbeltoft,12,0\n.,nan,\n', "utf-8"
    ),
    "a.csv.gz": lambda path: path.write_bytes(gzip.compress(WANTED.write_csv().encode())),
    "a.dta": lambda path: write_readstat(WANTED.with_columns(pl.col("event").cast(pl.Int8)), path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_frame(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)

    assert_frame_equal(read_user_table(tmp_path / name, KINDS), WANTED)


def test_a_sas_file_is_read() -> None:
    path = Path(__file__).parents[2] / "data" / "registers" / "bfl.sas7bdat"
    held = pyreadstat.read_sas7bdat(str(path))[0]

    read = read_user_table(path, {"pnr": "label", "ajo_loentimer": "number"})

    assert read["ajo_loentimer"].to_list() == held["ajo_loentimer"].tolist()
    assert read["pnr"].to_list() == [str(pnr).strip() for pnr in held["pnr"]]


def test_labels_keep_leading_zeros_and_whole_numbers_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"code": ["007", " 7"], "year": [2018.0, None]}).write_parquet(path)

    read = read_user_table(path, {"code": "label", "year": "label"})

    assert read.rows() == [("007", "2018"), ("7", None)]


def test_columns_that_are_missing_are_told_with_the_nearest_name(tmp_path: Path) -> None:
    error = refuse(
        write_text(tmp_path / "a.csv", "unit,week,Event,EVENT\nx,1,1,1\n"),
    )

    assert isinstance(error, UsageError)
    assert [str(fault) for fault in error.faults] == [
        "a.csv: event: there is no such column; did you mean 'Event'?",
        "a.csv: weeks: there is no such column; did you mean 'week'?",
    ]


def test_a_table_without_a_header_shows_nobody(tmp_path: Path) -> None:
    error = refuse(write_text(tmp_path / "a.csv", "0101901234,7,1\n0202901234,8,0\n"))

    assert str(error) == (
        "a.csv: none of 3 columns has a name that is asked for;"
        " a first row with names, among them unit, weeks, event"
    )


def test_text_in_a_number_and_a_flag_of_two_are_counted(tmp_path: Path) -> None:
    text = "unit,weeks,event\na,secret,2\nb,inf,yes\nc,1e999,1\nd,,\n"

    error = refuse(write_text(tmp_path / "a.csv", text))

    assert isinstance(error, ContractError)
    assert [str(fault) for fault in error.faults] == [
        "a.csv: event: 2 of 4 values are not 0 or 1; 0 or 1 in every row",
        "a.csv: weeks: 3 of 4 values are not a finite number; a finite number in every row",
    ]


def test_an_infinite_number_is_counted_whatever_the_type(tmp_path: Path) -> None:
    pl.DataFrame({"weeks": [1.0, float("inf"), float("nan")]}).write_parquet(tmp_path / "a.parquet")

    error = refuse(tmp_path / "a.parquet", {"weeks": "number"})

    assert "1 of 3 values are not a finite number" in str(error)


def test_a_sas_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    whole = (Path(__file__).parents[2] / "data" / "registers" / "bfl.sas7bdat").read_bytes()
    (tmp_path / "bfl.sas7bdat").write_bytes(whole[: len(whole) // 2])
    error = refuse(tmp_path / "bfl.sas7bdat", {"pnr": "label"})
    assert isinstance(error, ContractError)
    assert "the file is cut off: it says that it has 110592 bytes" in str(error)


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz", "a.dta", "a.sas7bdat"])
def test_a_broken_file_is_told_without_its_content(tmp_path: Path, name: str) -> None:
    error = refuse(write_text(tmp_path / name, "0101901234 is no header\n" * 20))

    assert isinstance(error, ContractError)
    assert "cannot be read" in str(error)
    assert "0101901234" not in str(error)


def test_a_row_with_too_many_values_is_told(tmp_path: Path) -> None:
    error = refuse(write_text(tmp_path / "a.csv", "unit,weeks,event\na,1,1,0101901234\n"))

    assert isinstance(error, ContractError)
    assert "0101901234" not in str(error)


def test_a_nested_column_is_told(tmp_path: Path) -> None:
    pl.DataFrame({"weeks": [[1.0], [2.0]]}).write_parquet(tmp_path / "a.parquet")

    assert isinstance(refuse(tmp_path / "a.parquet", {"weeks": "number"}), ContractError)


def test_no_such_file_and_an_unknown_ending(tmp_path: Path) -> None:
    write_text(tmp_path / "spells.csv", "unit\n")
    write_text(tmp_path / "spells.txt", "unit\n")

    missing, unknown = refuse(tmp_path / "spell.csv"), refuse(tmp_path / "spells.txt")

    assert isinstance(missing, UsageError)
    assert str(missing).endswith("there is no such file; did you mean 'spells.csv'?")
    assert isinstance(unknown, UsageError)
    assert "one of .parquet, .csv, .csv.gz, .dta, .sas7bdat" in str(unknown)


def test_missing_values_are_counted_by_column() -> None:
    faults = check_complete(WANTED.with_columns(event=True), "a.csv", WANTED.columns)

    assert [str(fault) for fault in faults] == [
        "a.csv: unit: 1 of 3 values are missing; a value in every row",
        "a.csv: weeks: 1 of 3 values are missing; a value in every row",
    ]
