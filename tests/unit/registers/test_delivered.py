"""A file that cannot be read is refused in one line that quotes nothing of it."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from pipeline.engine import Engine
from pipeline.errors import ContractError
from pipeline.registers.delivered import open_delivered, write_as_parquet

PLANTED = "0101901234"
REGISTERS = Path(__file__).parents[2] / "data" / "registers"


def convert(path: Path) -> pl.DataFrame:
    target = path.with_name("target.parquet")
    with Engine(path.parent / "spill", threads=1) as engine:
        file = open_delivered("bfl", path.name, path)
        names = {name: name.lower() for name in file.columns}
        write_as_parquet(engine, file, names, target, "note")
        assert engine.read_note(target) == "note"
    return pl.read_parquet(target)


def refuse(path: Path) -> str:
    with pytest.raises(ContractError) as caught:
        convert(path)
    (fault,) = map(str, caught.value.faults)
    assert PLANTED not in fault
    assert "\n" not in fault
    assert not list(path.parent.glob("*unfinished*"))
    return fault.removeprefix(f"{path.name}: bfl: ")


@pytest.mark.parametrize(
    "content",
    [
        "pnr,navn\n07,Søren\n08,\n",
        "\ufeffpnr;NAVN\r\n07;Søren\r\n08;\r\n",
        '"pnr";"navn"\n"07";"Søren"\n"08";""\n',
        "pnr;navn;\n07;Søren;\n\n08;;",
    ],
    ids=["comma", "mark and semicolon", "quotes", "semicolon at the end"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
@pytest.mark.parametrize("name", ["bfl.csv", "bfl.CSV.gz"])
def test_csv_is_read_however_it_is_written(
    tmp_path: Path, content: str, encoding: str, name: str
) -> None:
    if encoding == "windows-1252":
        content = content.removeprefix("\ufeff")
    written = content.encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(written) if name.endswith("gz") else written)
    found = convert(tmp_path / name)
    assert found.with_columns(pl.col("navn").fill_null("")).to_dict(as_series=False) == {
        "pnr": ["07", "08"],
        "navn": ["Søren", ""],
    }


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (f"{PLANTED},1\n{PLANTED}\n{PLANTED},1,2\n", "2 rows do not have 2 values parted by ','"),
        (f'{PLANTED},1\n{PLANTED},"1\n', "1 rows do not have 2 values parted by ','"),
        (f'{PLANTED},1\n{PLANTED},"1" {PLANTED}\n', "1 rows do not have 2 values parted by ','"),
    ],
    ids=["ragged", "open quote", "text after a quote"],
)
def test_rows_that_do_not_fit_are_counted(tmp_path: Path, rows: str, fault: str) -> None:
    path = tmp_path / "bfl.csv"
    path.write_text(f"pnr,navn\n{rows}")
    assert refuse(path).startswith(f"{fault}, the first in line 3; as many values as names")


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "sas7bdat"])
def test_an_empty_file_is_told(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"bfl.{ending}").touch()
    assert refuse(tmp_path / f"bfl.{ending}") == "the file is empty; deliver the file whole"


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("ending", ["csv.gz", "parquet", "sas7bdat"])
def test_a_file_that_was_cut_off_is_told(tmp_path: Path, ending: str, kept: float) -> None:
    path = tmp_path / f"bfl.{ending}"
    if ending == "csv.gz":
        rows = "".join(f"{PLANTED},{number}\n" for number in range(50_000))
        content = gzip.compress(f"pnr,navn\n{rows}".encode())
    else:
        content = (REGISTERS / f"bfl.{ending}").read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    told = ("cannot be read as ", "the file is cut off: it says that it has 110592 bytes")
    assert refuse(path).startswith(told)


def test_a_sas_file_whose_last_pages_are_blank_is_told(tmp_path: Path) -> None:
    content = (REGISTERS / "bfl.sas7bdat").read_bytes()
    path = tmp_path / "bfl.sas7bdat"
    path.write_bytes(content[: len(content) // 2].ljust(len(content), b"\0"))
    assert refuse(path).startswith("the file says that it has 2106 rows, but ")


@pytest.mark.parametrize("ending", ["csv.gz", "parquet", "sas7bdat"])
def test_a_file_that_is_something_else_is_told(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"bfl.{ending}"
    path.write_text(f"{PLANTED}\n" * 500)
    assert refuse(path).startswith("cannot be read as ")


def test_sas_keeps_the_order_and_the_values_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "bfl.sas7bdat"
    path.write_bytes((REGISTERS / "bfl.sas7bdat").read_bytes())
    expected = pl.read_parquet(REGISTERS / "bfl.parquet")
    assert convert(path).cast(expected.schema).equals(expected)
