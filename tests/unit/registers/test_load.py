"""A delivery gives the same tables whatever its format, and is refused where it falls short."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.engine import Engine
from pipeline.errors import ContractError, IndsatsError
from pipeline.events import Event
from pipeline.layout import OutFolder
from pipeline.registers.load import RawLayer, Reader, check_span
from pipeline.spec import load_delivery, load_study
from tests.support.deliveries import REGISTERS, Edit, deliver, describe, prepare, read_table
from tests.support.staged import hush

TABLES = ["core.benefit_spells", "core.residences", "analysis.mean_cells", "analysis.gaps"]


def deliver_csv(folder: Path) -> Path:
    """The small delivery as CSV files, with codes spelt in several ways."""
    deliver(folder)
    dream = pl.read_parquet(folder / "dream.parquet").with_columns(
        pl.col("^y_18.*$").cast(pl.Float64), pl.col("^y_17.*$").cast(pl.String).str.pad_start(4)
    )
    dream = dream.with_columns(pl.col("^y_16.*$").cast(pl.String).fill_null("."))
    with gzip.open(folder / "dream.csv.gz", "wt", encoding="utf-8") as file:
        file.write(dream.write_csv())
    bfl = pl.read_parquet(folder / "bfl.parquet")
    bfl[:5].write_csv(folder / "bfl1.csv")
    bfl[5:].write_csv(folder / "bfl2.csv")
    return describe(folder, "dream.csv.gz", "bfl*.csv")


def read(folder: Path, say: Callable[[Event], None] = hush) -> RawLayer:
    delivery = load_delivery(folder)
    out = OutFolder(folder / "out")
    with Engine(out.work / "spill", threads=1) as engine:
        raw = Reader(engine, folder, out, say).read_delivery(delivery)
    faults = check_span(raw, load_study("hir"), delivery)
    if faults:
        raise ContractError(faults)
    return raw


def refuse(folder: Path) -> list[str]:
    with pytest.raises(ContractError) as caught:
        read(folder)
    return [str(fault) for fault in caught.value.faults]


def build(folder: Path) -> dict[str, pl.DataFrame]:
    prepare(folder)
    return {table: read_table(folder, table) for table in TABLES}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    return build(deliver(tmp_path_factory.mktemp("parquet")))


def assert_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    assert all(frame.height for frame in expected.values())
    assert {table: found[table].equals(expected[table]) for table in TABLES} == dict.fromkeys(
        TABLES, True
    )


def test_csv_and_parquet_give_the_same_tables(tmp_path: Path, expected) -> None:
    assert_same(build(deliver_csv(tmp_path)), expected)


def test_columns_in_any_order_and_case_give_the_same_tables(tmp_path: Path, expected) -> None:
    def shuffle(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(sorted(frame.columns, key=lambda name: name[::-1])).rename(str.upper)

    assert_same(build(deliver(tmp_path, shuffle, shuffle)), expected)


def test_csv_files_with_columns_in_another_order_give_the_same_tables(tmp_path: Path, expected):
    """Municipalities of two years stand the other way round in the second file."""
    deliver_csv(tmp_path)
    frame = pl.read_parquet(tmp_path / "dream.parquet")
    names = frame.columns
    here, there = names.index("nykom2017"), names.index("nykom2018")
    names[here], names[there] = names[there], names[here]
    frame[:3].write_csv(tmp_path / "part1.csv")
    frame[3:].select(names).write_csv(tmp_path / "part2.csv")
    assert_same(build(describe(tmp_path, "part*.csv", "bfl*.csv")), expected)


def test_a_source_says_what_was_read(tmp_path: Path) -> None:
    events: list[Event] = []
    raw = read(deliver_csv(tmp_path), events.append)
    assert raw.sources["raw.bfl"].files == ("bfl1.csv", "bfl2.csv")
    assert raw.sources["raw.bfl"].rows == len(REGISTERS.jobs)
    assert raw.sources["raw.dream"].rows == 6
    assert [(event.kind, event.name) for event in events] == [
        ("started", "raw.dream"),
        ("finished", "raw.dream"),
        ("started", "raw.bfl"),
        ("finished", "raw.bfl"),
    ]


def blank(*names: str) -> Edit:
    return lambda frame: frame.with_columns(pl.lit(None).alias(name) for name in names)


def test_last_columns_that_hold_nothing_are_taken_as_not_yet_reported(tmp_path: Path) -> None:
    """Also as blank text; the same as if they had not been delivered."""
    late = ["y_1914", "y_1915", "y_1916", "y_1917"]

    def write_blanks(frame: pl.DataFrame) -> pl.DataFrame:
        return blank(*late[1:])(frame).with_columns(y_1914=pl.lit(" ."), nykom2020=pl.lit(None))

    prepared = prepare(deliver(tmp_path / "blank", write_blanks))
    lacking = "hold nothing or are not in every file"
    what = f"{lacking}; they are taken as not yet reported; nothing to do"
    assert prepared.warnings == (
        f"dream.parquet: dream.nykom2020: 1 columns from this one on {what}",
        f"dream.parquet: dream.y_1914: 4 columns from this one on {what}",
    )
    prepare(deliver(tmp_path / "none", lambda frame: frame.drop(late)))
    for table in ("analysis.stays", "analysis.gaps", "core.residences", "analysis.attrition"):
        found = read_table(tmp_path / "blank", table)
        assert found.equals(read_table(tmp_path / "none", table)), table
    assert read_table(tmp_path / "blank", "core.benefit_spells")["end_week"].max() == date(
        2019, 4, 1
    )


def test_windows_with_columns_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    late = [f"y_19{week}" for week in range(13, 18)]
    weeks = "windows within y_1546 to y_1912, or a later delivery"
    assert refuse(deliver(tmp_path / "weeks", blank(*late))) == [
        f"dream: hir's windows reach beyond the reported weeks; {weeks}"
    ]
    assert refuse(deliver(tmp_path / "years", blank("nykom2019"))) == [
        "dream: hir needs the municipality in 2017 to 2019; delivered are nykom2015 to nykom2018"
    ]


def test_a_week_without_anyone_before_others_is_read_and_told(tmp_path: Path) -> None:
    (warning,) = prepare(deliver(tmp_path, blank("y_1810", "y_1811"))).warnings
    assert warning.startswith("dream.parquet: dream.y_1810: 2 weeks of the window")


def test_csv_is_converted_once_for_the_same_contents(tmp_path: Path) -> None:
    folder = deliver_csv(tmp_path)
    first = read(folder)
    converted = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*.parquet")}
    assert len(converted) == 3
    assert read(folder).fingerprints == first.fingerprints
    assert {path: path.stat().st_mtime_ns for path in converted} == converted
    (folder / "bfl2.csv").write_text((folder / "bfl1.csv").read_text())
    changed = read(folder).fingerprints
    assert [table for table in changed if changed[table] != first.fingerprints[table]] == [
        "raw.bfl"
    ]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert refuse(describe(tmp_path, "dream.parquet")) == [
        "dream.parquet: dream: no such file in the delivery's folder; mend files in delivery.toml"
    ]


def test_a_study_with_hours_needs_e_income(tmp_path: Path) -> None:
    (found,) = refuse(describe(deliver(tmp_path), "dream.parquet"))
    assert found.startswith("bfl: hir has an outcome on ordinary hours; name the e-income files")


def test_a_study_without_hours_does_not(tmp_path: Path) -> None:
    study = load_study("hir")
    weeks = {"weeks_between_measures": study.outcomes["weeks_between_measures"]}
    delivery = load_delivery(describe(deliver(tmp_path), "dream.parquet"))
    out = OutFolder(tmp_path / "out")
    with Engine(out.work / "spill", threads=1) as engine:
        raw = Reader(engine, tmp_path, out, hush).read_delivery(delivery)
        assert not check_span(raw, study.model_copy(update={"outcomes": weeks}), delivery)
        assert engine.count_rows("raw.bfl") == raw.sources["raw.bfl"].rows == 0


def test_windows_beyond_the_delivered_weeks_are_told(tmp_path: Path) -> None:
    def cut(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.drop("nykom2019", *(name for name in frame.columns if "y_19" in name))

    found = refuse(deliver(tmp_path, dream=cut))
    weeks = "windows within y_1546 to y_1852, or a later delivery"
    assert found == [
        "dream: hir needs the municipality in 2017 to 2019; delivered are nykom2015 to nykom2018",
        f"dream: hir's windows reach beyond the delivered weeks; {weeks}",
    ]


@pytest.mark.parametrize(("name", "cells"), [("dream", "pnr,y_1801\n"), ("bfl", "pnr\n")])
def test_a_csv_with_broken_lines_is_told_without_them(
    tmp_path: Path, name: str, cells: str
) -> None:
    planted = '0101901234,"810\n0202905678,1,2,3,4,5\n'
    (tmp_path / f"{name}.csv").write_text(cells + planted * 3)
    other = deliver(tmp_path)
    files = {"dream": "dream.parquet", "bfl": "bfl.parquet"} | {name: f"{name}.csv"}
    with pytest.raises(IndsatsError) as caught:
        read(describe(other, files["dream"], files["bfl"]))
    assert name in str(caught.value)
    assert "010190" not in str(caught.value)
    assert "020290" not in str(caught.value)


def test_a_file_that_is_no_parquet_is_told_without_its_contents(tmp_path: Path) -> None:
    (deliver(tmp_path) / "bfl.parquet").write_bytes(b"0101901234" * 50)
    (found,) = refuse(tmp_path)
    assert found.startswith("bfl.parquet: bfl: cannot be read as parquet (")
    assert "010190" not in found
