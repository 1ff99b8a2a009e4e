"""Where a register breaks its contract is told by file, column, kind and count."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contract import load_contract
from pipeline.engine import Engine, Part
from pipeline.layout import DATA_SCHEMAS

SOUND = {
    "pnr": ["a", "b", "c"],
    "ajo_job_start_dato": [date(2018, 1, 1)] * 3,
    "ajo_job_slut_dato": [date(2018, 1, 31), None, date(2018, 1, 2)],
    "ajo_loentimer": [0.0, 160.33, 744.0],
    "stoette_besk_kode": [0, 7, 1],
}
NOT_A_NUMBER = float("nan")


@pytest.fixture
def engine(engine: Engine) -> Engine:
    for file in (DATA_SCHEMAS / "codes").glob("*.csv"):
        engine.add_codes(f"codes.{file.stem}", file)
    return engine


def check(engine: Engine, folder: Path, *registers: dict[str, Any], table: str = "raw.bfl"):
    files = [folder / f"{number}.parquet" for number in range(len(registers))]
    for file, columns in zip(files, registers, strict=True):
        pl.DataFrame(columns, strict=False).write_parquet(file)
    names = {name: name for name in registers[0]}
    engine.add_register(table, [Part(file, names) for file in files])
    types = {file.name: engine.describe_parquet(table, file)[1] for file in files}
    faults = engine.check_delivered(table, load_contract(table), types)
    return [str(fault) for fault in sorted(faults)]


def test_a_sound_register_keeps_its_promise(engine: Engine, tmp_path: Path) -> None:
    assert check(engine, tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("column", "values", "fault"),
    [
        ("pnr", ["a", " ", None], "2 values are missing; every row needs one"),
        ("ajo_job_start_dato", ["2018-01-01", "", "."], "2 values are missing; every row needs"),
        (
            "ajo_job_start_dato",
            ["2018-01-01", "31-01-2018", "soon"],
            "2 values cannot be read; a date such as 2018-01-31",
        ),
        (
            "ajo_job_start_dato",
            ["2007-12-31", "2008-01-01", "1960-01-01"],
            "2 values are too small",
        ),
        ("ajo_job_slut_dato", ["2018-01-01", "2018-02-30", ""], "1 values cannot be read"),
        ("ajo_loentimer", [-0.01, 0.0, -1.0], "2 values are too small; at least 0"),
        ("ajo_loentimer", [744.01, 744.0, 1.0], "1 values are too large; at most 744"),
        ("ajo_loentimer", [NOT_A_NUMBER, float("inf"), 1.0], "2 values cannot be read; a number"),
        ("ajo_loentimer", ["many", "1.5", "2"], "1 values cannot be read; a number such as 37.5"),
        ("stoette_besk_kode", [9, 0, 9], "2 values are in no code list: 9; a support_code of"),
        ("stoette_besk_kode", [11, 9, 9], "3 values are in no code list: 9, 11; a support_code of"),
        ("stoette_besk_kode", ["0256237", "secret", "0.4"], "3 values cannot be read; a whole"),
    ],
)
def test_each_broken_promise_of_a_value_is_counted(
    engine: Engine, tmp_path: Path, column: str, values: list[Any], fault: str
) -> None:
    (found,) = check(engine, tmp_path, SOUND | {column: values})
    assert found.startswith(f"0.parquet: bfl.{column}: {fault}")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("pnr", [1, 2, 3]),
        ("pnr", [1.0, 2.0, 3.0]),
        ("ajo_loentimer", [" 1 ", "2.50", "0160.33"]),
        ("stoette_besk_kode", ["0", " 1", "7.0"]),
        ("stoette_besk_kode", [0.0, 1.0, 7.0]),
        ("ajo_job_slut_dato", [None, None, None]),
    ],
)
def test_the_same_value_may_be_written_in_several_ways(
    engine: Engine, tmp_path: Path, column: str, values: list[Any]
) -> None:
    assert check(engine, tmp_path, SOUND | {column: values}) == []


def test_a_column_of_another_kind_is_told_with_its_type(engine: Engine, tmp_path: Path) -> None:
    broken = {"ajo_loentimer": [True, False, True], "stoette_besk_kode": [date(2018, 1, 1)] * 3}
    hours, support = check(engine, tmp_path, SOUND | broken)
    place = "0.parquet: bfl"
    assert (
        hours
        == f"{place}.ajo_loentimer: the column is of type BOOLEAN; deliver it as number or text"
    )
    assert support.startswith(f"{place}.stoette_besk_kode: the column is of type DATE; deliver it")


def test_a_key_that_comes_as_another_kind_is_told(engine: Engine, tmp_path: Path) -> None:
    """The raw table shows every key as text."""
    assert check(engine, tmp_path, SOUND, SOUND | {"pnr": [True, False, True]}) == [
        "1.parquet: bfl.pnr: the column is of type BOOLEAN; deliver it as text or number"
    ]


def test_the_file_is_named_that_holds_the_fault(engine: Engine, tmp_path: Path) -> None:
    late = SOUND | {"ajo_loentimer": [800.0, 1.0, -1.0]}
    assert check(engine, tmp_path, SOUND, late) == [
        "1.parquet: bfl.ajo_loentimer: 1 values are too large; at most 744",
        "1.parquet: bfl.ajo_loentimer: 1 values are too small; at least 0",
    ]


def test_every_fault_of_every_column_comes_at_once(engine: Engine, tmp_path: Path) -> None:
    everything = {name: [None] * 3 for name in SOUND}
    found = check(engine, tmp_path, everything)
    assert [line.split(": ")[1] for line in found] == sorted(
        f"bfl.{name}" for name in SOUND if name != "ajo_job_slut_dato"
    )


def test_weeks_and_municipalities_are_held_to_their_type(engine: Engine, tmp_path: Path) -> None:
    dream = {"pnr": ["a"], "y_1801": [date(2018, 1, 1)], "y_1802": [810], "nykom2018": [True]}
    assert check(engine, tmp_path, dream, table="raw.dream") == [
        "0.parquet: dream.nykom2018: the column is of type BOOLEAN; deliver it as text or number",
        "0.parquet: dream.y_1801: the column is of type DATE; deliver it as text or number",
    ]


def test_a_register_without_rows_is_told(engine: Engine, tmp_path: Path) -> None:
    empty = {name: pl.Series([], dtype=pl.String) for name in SOUND}
    (found,) = check(engine, tmp_path, empty)
    assert found.startswith("0.parquet: bfl: there is no row; deliver the rows, or take the")
    assert check(engine, tmp_path, SOUND, empty) == []


def test_text_of_blanks_is_missing(engine: Engine, tmp_path: Path) -> None:
    caseload = {"jobcentre": ["Greve", " ", ""], "caseworker_id": ["a", ".", "b"]}
    assert check(engine, tmp_path, caseload, table="raw.caseload") == [
        "0.parquet: caseload.caseworker_id: 1 values are missing; every row needs one",
        "0.parquet: caseload.jobcentre: 2 values are missing; every row needs one",
    ]
