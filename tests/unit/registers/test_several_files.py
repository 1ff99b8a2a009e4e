"""The files of one register are one table, also where they differ in format, order and types."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.engine import Engine
from pipeline.errors import ContractError
from pipeline.layout import OutFolder
from pipeline.registers.load import RawLayer, Reader
from pipeline.spec import load_delivery
from tests.support.deliveries import REGISTERS, deliver, describe
from tests.support.staged import hush


def read(folder: Path, sql: str) -> tuple[RawLayer, pl.DataFrame]:
    out = OutFolder(folder / "out")
    with Engine(out.work / "spill", threads=1) as engine:
        raw = Reader(engine, folder, out, hush).read_delivery(load_delivery(folder))
        return raw, engine.read(sql, {})


def refuse(folder: Path) -> list[str]:
    with pytest.raises(ContractError) as caught:
        read(folder, "select 1")
    return [str(fault) for fault in caught.value.faults]


def split(folder: Path, register: str = "bfl") -> tuple[pl.DataFrame, pl.DataFrame]:
    """A register in two halves, to be delivered as ``part1.*`` and ``part2.*``."""
    deliver(folder)
    frame = pl.read_parquet(folder / f"{register}.parquet")
    if register == "bfl":
        describe(folder, "dream.parquet", "part*")
    else:
        describe(folder, "part*", "bfl.parquet")
    half = frame.height // 2
    return frame[:half], frame[half:]


def test_text_dates_and_numbers_of_several_files_meet(tmp_path: Path) -> None:
    """Dates are dates in one file, numbers of SAS in the second, text in the third."""
    first, last = split(tmp_path)
    start = pl.col("ajo_job_start_dato")
    second, third = last[:10], last[10:]
    days = second.with_columns((start - date(1960, 1, 1)).dt.total_days().cast(pl.Float64))
    first.write_parquet(tmp_path / "part1.parquet")
    days.select(reversed(days.columns)).rename(str.upper).write_parquet(tmp_path / "part2.parquet")
    third.write_csv(tmp_path / "part3.csv")
    sql = """
        select
            decode_date(ajo_job_start_dato) as first_day,
            decode_number(ajo_loentimer) as hours,
            decode_code(stoette_besk_kode) as support
        from raw.bfl order by all
    """
    raw, found = read(tmp_path, sql)
    wanted = pl.concat([first, last]).select(
        start, pl.col("ajo_loentimer").cast(pl.Decimal(9, 2)), pl.col("stoette_besk_kode")
    )
    assert found.rows() == sorted(wanted.rows())
    assert raw.sources["raw.bfl"].rows == len(REGISTERS.jobs)
    assert [record.format for record in raw.sources["raw.bfl"].records] == [
        "parquet", "parquet", "csv",
    ]  # fmt: skip


def test_dates_in_one_file_meet_numbers_in_another(tmp_path: Path) -> None:
    """No type but text holds both."""
    first, last = split(tmp_path)
    first.write_parquet(tmp_path / "part1.parquet")
    day = pl.col("ajo_job_start_dato") - date(1960, 1, 1)
    last = last.with_columns(ajo_job_start_dato=day.dt.total_days())
    last.write_parquet(tmp_path / "part2.parquet")
    sql = "select min(decode_date(ajo_job_start_dato)) as first_day from raw.bfl"
    _, found = read(tmp_path, sql)
    assert found.item() == min(job["ajo_job_start_dato"] for job in REGISTERS.jobs)


def test_weeks_that_one_file_does_not_have_yet_are_used_of_none(tmp_path: Path) -> None:
    first, last = split(tmp_path, "dream")
    first.write_parquet(tmp_path / "part1.parquet")
    last.drop("y_1916", "y_1917").write_csv(tmp_path / "part2.csv")
    raw, found = read(tmp_path, "from raw.dream")
    assert raw.dream.last_week == date(2019, 4, 8)
    assert raw.dream.unreported == {"y_1916": 2}
    assert "y_1915" in found.columns
    assert not {"y_1916", "y_1917"} & set(found.columns)
    assert found.height == first.height + last.height


def test_a_week_in_the_middle_or_another_column_must_be_in_every_file(tmp_path: Path) -> None:
    first, last = split(tmp_path, "dream")
    first.write_parquet(tmp_path / "part1.parquet")
    last.drop("y_1807", "y_1808", "nykom2019", "y_1917").write_parquet(tmp_path / "part2.parquet")
    assert refuse(tmp_path) == [
        "part2.parquet: dream: 3 columns of part1.parquet are missing, the first y_1807;"
        " the same columns in every file of a register"
    ]


def test_columns_of_one_name_are_told_in_any_file(tmp_path: Path) -> None:
    first, last = split(tmp_path)
    first.write_parquet(tmp_path / "part1.parquet")
    last.with_columns(PNR="pnr").write_parquet(tmp_path / "part2.parquet")
    assert refuse(tmp_path) == [
        "part2.parquet: bfl: two columns are called pnr when case is ignored; keep one"
    ]


def test_a_later_file_without_a_header_shows_nobody(tmp_path: Path) -> None:
    first, last = split(tmp_path)
    first.write_csv(tmp_path / "part1.csv")
    last.write_csv(tmp_path / "part2.csv", include_header=False)
    (fault,) = refuse(tmp_path)
    assert fault.startswith("part2.csv: bfl: 5 columns of part1.csv are missing, the first pnr; ")


def test_what_was_converted_of_a_file_that_is_gone_goes(tmp_path: Path) -> None:
    first, last = split(tmp_path)
    first.write_csv(tmp_path / "part1.csv")
    last.write_csv(tmp_path / "part2.csv")
    read(tmp_path, "select 1")
    (tmp_path / "part1.csv").unlink()
    raw, found = read(tmp_path, "from raw.bfl")
    assert found.height == raw.sources["raw.bfl"].rows == last.height
    converted = list((tmp_path / "out" / "work" / "raw" / "bfl").iterdir())
    assert [path.name[:9] for path in converted] == ["part2.csv"]
