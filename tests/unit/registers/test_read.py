"""A file is converted once, and read again when, and only when, its contents changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipeline.engine import Engine
from pipeline.errors import ContractError
from pipeline.layout import OutFolder
from pipeline.registers import delivered, read
from pipeline.registers.delivered import open_delivered
from pipeline.registers.log import FileRecord
from pipeline.registers.read import FileReader

JOBS = "pnr;hours;note\n0101901234;10,5;x\n0202905678;7,0;y\n"
NAMES = {"pnr": "pnr", "hours": "ajo_loentimer"}
LONG_AGO_NS = 1_500_000_000_000_000_000
REGISTERS = Path(__file__).parents[2] / "data" / "registers"


class Desk:
    """A folder with one file, and a reader that begins anew each time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.out = folder, OutFolder(folder / "out")
        self.file = folder / "bfl.csv"
        self.hashed: list[str] = []
        self.converted: list[str] = []
        for module, name, log in (
            (read, "hash_file", self.hashed),
            (read, "write_as_parquet", self.converted),
        ):
            monkeypatch.setattr(module, name, self._noting(getattr(module, name), log))
        # What the system says of the time of change cannot be set, so the clock is.
        self.now_ns = time.time_ns() + 3_600 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: self.now_ns)

    @staticmethod
    def _noting(function, log: list[str]):
        def call(*arguments):
            log.append(function.__name__)
            return function(*arguments)

        return call

    def write(self, text: str, encoding: str = "utf-8") -> None:
        self.file.write_text(text, encoding=encoding)

    def read(self, names: dict[str, str] = NAMES) -> FileRecord:
        self.hashed.clear()
        self.converted.clear()
        with Engine(self.out.work / "spill", threads=1) as engine:
            file = open_delivered("bfl", self.file.name, self.file)
            return FileReader(engine, self.out).read(file, names)

    @property
    def did(self) -> list[str]:
        return self.hashed + self.converted

    def list_files(self) -> list[str]:
        paths = self.out.raw.rglob("*")
        return sorted(path.name for path in paths if path.is_file())

    def rows(self) -> list[tuple[str, ...]]:
        (path,) = self.out.raw.rglob("*.parquet")
        return pl.read_parquet(path).rows()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tmp_path, monkeypatch)
    desk.write(JOBS)
    yield desk
    assert not [name for name in desk.list_files() if "unfinished" in name]


def test_a_file_is_hashed_and_converted_once(desk: Desk) -> None:
    first = desk.read()
    assert desk.did == ["hash_file", "write_as_parquet"]
    assert desk.read() == first
    assert desk.did == []
    assert desk.rows() == [("0101901234", "10,5"), ("0202905678", "7,0")]


def test_a_young_file_is_hashed_again_but_not_converted(desk: Desk) -> None:
    """A change within one tick of the clock would not show in the file's times."""
    desk.now_ns = desk.file.stat().st_mtime_ns + 10**9
    desk.read()
    first = desk.read()
    assert desk.did == ["hash_file"]
    desk.now_ns += 3_600 * 10**9
    assert desk.read().rows == first.rows
    assert desk.did == ["hash_file"]
    desk.read()
    assert desk.did == []


def test_a_file_written_anew_with_the_same_contents_is_hashed_only(desk: Desk) -> None:
    desk.read()
    desk.write(JOBS)
    desk.read()
    assert desk.did == ["hash_file"]


@pytest.mark.parametrize("keeps_time", [False, True])
def test_a_change_that_keeps_the_size_is_seen(desk: Desk, keeps_time: bool) -> None:
    os.utime(desk.file, ns=(LONG_AGO_NS, LONG_AGO_NS))
    first = desk.read()
    desk.write(JOBS.replace("10,5", "99,5"))
    if keeps_time:
        os.utime(desk.file, ns=(LONG_AGO_NS, LONG_AGO_NS))
    if keeps_time and os.name == "nt":
        pytest.skip("Windows tells when a file was made, not when it was changed")
    assert desk.read().sha256 != first.sha256
    assert desk.did == ["hash_file", "write_as_parquet"]
    assert desk.rows()[0] == ("0101901234", "99,5")


def test_other_columns_are_converted_without_a_new_hash(desk: Desk) -> None:
    desk.read()
    found = desk.read({"pnr": "pnr", "note": "stoette_besk_kode"})
    assert desk.did == ["write_as_parquet"]
    assert list(found.types) == ["pnr", "stoette_besk_kode"]


def test_another_reader_converts_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.read()
    monkeypatch.setattr(read, "_READER", "a newer one")
    desk.read()
    assert desk.did == ["write_as_parquet"]


@pytest.mark.parametrize("harm", ["gone", "cut off"])
def test_a_conversion_that_is_not_whole_is_made_again(desk: Desk, harm: str) -> None:
    desk.read()
    (path,) = desk.out.raw.rglob("*.parquet")
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:50])
    desk.read()
    assert desk.did == ["write_as_parquet"]
    assert len(desk.rows()) == 2


@pytest.mark.parametrize("text", ["", "{", '{"register": "bfl"}\n', "[1]\n", "null\n"])
def test_a_log_that_is_none_costs_a_conversion_and_no_more(desk: Desk, text: str) -> None:
    first = desk.read()
    (desk.out.raw / "conversions.jsonl").write_text(text)
    assert desk.read().note == first.note
    assert desk.did == ["hash_file", "write_as_parquet"]


def test_the_log_says_what_was_found(desk: Desk) -> None:
    desk.write(JOBS.replace("note", "bemærkning"), "latin-1")
    desk.read({"pnr": "pnr", "bemærkning": "stoette_besk_kode"})
    (line,) = (desk.out.raw / "conversions.jsonl").read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert "010190" not in line
    assert (found["file"], found["format"], found["rows"]) == ("bfl.csv", "csv", 2)
    assert (found["delimiter"], found["encoding"]) == (";", "windows-1252")
    assert found["types"] == {"pnr": "VARCHAR", "stoette_besk_kode": "VARCHAR"}
    assert found["keys"] == {"shortest": 10, "longest": 10, "is_filled": True}
    assert found["seconds"] > 0
    assert len(found["sha256"]) == 64


def test_a_file_that_changes_while_it_is_read_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = read.write_as_parquet

    def convert_and_change(*arguments):
        convert(*arguments)
        desk.write(JOBS + "0303901234;1;z\n")

    with monkeypatch.context() as patched:
        patched.setattr(read, "write_as_parquet", convert_and_change)
        with pytest.raises(ContractError, match=r"bfl\.csv: bfl: the file changed while it was"):
            desk.read()
    assert desk.read().rows == 3


@pytest.mark.parametrize("ending", ["csv", "sas7bdat"])
def test_an_interrupted_conversion_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    desk.file = desk.file.with_suffix(f".{ending}")
    names = {"pnr": "pnr"}
    if ending == "csv":
        desk.write(JOBS.replace("x", "ø"), "latin-1")
    else:
        desk.file.write_bytes((REGISTERS / "bfl.sas7bdat").read_bytes())
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "convert_csv", interrupt)
        patched.setattr(delivered.pl.LazyFrame, "sink_parquet", interrupt)
        with pytest.raises(KeyboardInterrupt):
            desk.read(names)
    assert desk.list_files() == []
    assert desk.read(names).rows > 0


def test_what_is_no_longer_delivered_is_removed(desk: Desk) -> None:
    desk.read()
    other = open_delivered("bfl", "bfl.csv", desk.file)
    with Engine(desk.out.work / "spill", threads=1) as engine:
        FileReader(engine, desk.out).forget_others([other])
        assert len(desk.list_files()) == 2
        FileReader(engine, desk.out).forget_others([])
    assert desk.list_files() == ["conversions.jsonl"]
    assert (desk.out.raw / "conversions.jsonl").read_text() == ""
