"""The engine reads what a SELECT names, writes whole files, and tells no value."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipeline.engine import Delimited, Engine, Part
from pipeline.errors import IndsatsError, StageError, UsageError

PLANTED = "0101901234"


def add(engine: Engine, folder: Path, table: str = "raw.dream", **columns: list[object]) -> None:
    path = folder / f"{table}.parquet"
    pl.DataFrame(columns).write_parquet(path)
    engine.add_table(table, path)


def test_a_statement_names_its_tables_and_parameters(engine: Engine) -> None:
    statement = engine.read_statement("""
        with spells as (select * from core.benefit_spells where start_week < $last_week)
        select spells.*, $first_week as first_week
        from spells
        left join (select * from staging.benefit_codes where $last_week is null) as codes using (a)
        where exists (select 1 from codes.support_codes)
    """)
    assert statement.tables == {
        "core.benefit_spells",
        "staging.benefit_codes",
        "codes.support_codes",
    }
    assert statement.parameters == {"first_week", "last_week"}


@pytest.mark.parametrize(
    "sql",
    [
        "create table a (b int)",
        "selec 1",
        "drop table a",
        "select 1; select 2",
        "",
    ],
)
def test_what_is_not_one_select_is_refused(engine: Engine, sql: str) -> None:
    with pytest.raises(StageError, match="is not one SELECT"):
        engine.read_statement(sql)


def test_a_parquet_file_carries_its_note(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    engine.write_parquet("core.a", "select $n as n", {"n": 3}, path, "a note, 'quoted'")
    assert engine.read_note(path) == "a note, 'quoted'"
    assert pl.read_parquet(path).rows() == [(3,)]


def test_a_file_without_a_note_or_no_file_has_none(engine: Engine, tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "bare.parquet")
    assert engine.read_note(tmp_path / "bare.parquet") is None
    assert engine.read_note(tmp_path / "nothing.parquet") is None


def test_several_files_are_one_table_by_the_names_of_their_columns(
    engine: Engine, tmp_path: Path
) -> None:
    pl.DataFrame({"PNR": ["a"], "y_1801": [810]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"y_1801": [None], "pnr": ["b"]}).write_parquet(tmp_path / "2.parquet")
    parts = [
        Part(tmp_path / "1.parquet", {"PNR": "pnr", "y_1801": "y_1801"}),
        Part(tmp_path / "2.parquet", {"y_1801": "y_1801", "pnr": "pnr"}),
    ]
    engine.add_register("raw.dream", parts)
    assert engine.tables == {"raw.dream"}
    assert engine.count_rows("raw.dream") == 2
    found = engine.read("select pnr, y_1801 from raw.dream order by pnr", {})
    assert found.rows() == [("a", 810), ("b", None)]


def test_a_table_added_again_is_read_anew(engine: Engine, tmp_path: Path) -> None:
    add(engine, tmp_path, pnr=["a"])
    add(engine, tmp_path, pnr=["a", "b"])
    assert engine.count_rows("raw.dream") == 2


def test_code_lists_are_text(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code,label\n0101,Æblegård\n7,\n", encoding="utf-8")
    engine.add_codes("codes.drawn", tmp_path / "codes.csv")
    found = engine.read("select * from codes.drawn order by code", {})
    assert found.rows() == [("0101", "Æblegård"), ("7", None)]


@pytest.mark.parametrize("limit", ["a lot", "3 elephants", "-5GB", ""])
def test_a_memory_limit_that_is_none_is_told(tmp_path: Path, limit: str) -> None:
    with pytest.raises(UsageError, match=r"--memory-limit: .* is no amount of memory; such as 4GB"):
        Engine(tmp_path, memory_limit=limit)


def test_threads_and_memory_are_set(tmp_path: Path) -> None:
    with Engine(tmp_path, threads=1, memory_limit="1GB") as engine:
        found = engine.read("select current_setting('threads') as threads", {})
        assert found["threads"].to_list() == [1]
        assert "MiB" in str(engine.describe_machine())


def write(engine: Engine, folder: Path) -> None:
    sql = "select cast(pnr as date) as week from raw.dream"
    engine.write_parquet("core.weeks", sql, {}, folder / "weeks.parquet", "")


def read(engine: Engine, _: Path) -> None:
    engine.read("select error('person ' || pnr) as fault from raw.dream", {})


def bind(engine: Engine, _: Path) -> None:
    engine.read("select $week::date as week", {"week": PLANTED})


def convert(engine: Engine, folder: Path) -> None:
    file = folder / "dream.csv"
    file.write_text("pnr,y_1801\n" + f'{PLANTED},"810\n{PLANTED},1,2,3\n' * 3000)
    delimited = Delimited(file, ",", ["pnr", "y_1801"])
    engine.convert_csv("raw.dream", delimited, {"pnr": "pnr"}, folder / "dream.parquet", "note")


def break_promise(engine: Engine, folder: Path) -> None:
    (folder / f"{PLANTED}").write_text(PLANTED)
    (folder / "weeks.parquet").write_text(PLANTED * 9)
    engine.add_table("raw.weeks", folder / "weeks.parquet")


@pytest.mark.parametrize("fail", [write, read, bind, convert, break_promise])
def test_a_failure_never_tells_a_persons_key(
    engine: Engine, tmp_path: Path, fail: Callable[[Engine, Path], None]
) -> None:
    add(engine, tmp_path, pnr=[PLANTED, "x"])
    with pytest.raises(IndsatsError) as caught:
        fail(engine, tmp_path)
    told = "".join(traceback.format_exception(caught.value))
    assert PLANTED not in told.replace(str(tmp_path), "")
    assert "DuckDB failed (" in str(caught.value)


def test_a_failure_leaves_the_engine_usable(engine: Engine, tmp_path: Path) -> None:
    add(engine, tmp_path, pnr=[PLANTED])
    with pytest.raises(StageError):
        write(engine, tmp_path)
    assert engine.count_rows("raw.dream") == 1


def test_a_register_that_is_not_delivered_is_a_table_without_rows(engine: Engine) -> None:
    engine.add_empty_table("raw.bfl", ["pnr", "ajo_loentimer"])
    found = engine.read("select * from raw.bfl", {})
    assert (found.columns, found.height) == (["pnr", "ajo_loentimer"], 0)
