"""What goes beyond the memory limit is written all the same, through the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.engine import Engine
from pipeline.errors import StageError

SQL = """
    with numbers as (select unnest(range(50_000)) as number)
    select numbers.number % 1_000 as a, others.number as b
    from numbers
    inner join numbers as others on numbers.number = others.number
    order by a, b desc
"""


class Tight:
    """A connection that writes nothing, or nothing in memory alone."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, helps: bool) -> None:
        self._connection = connection
        self._helps = helps
        self.tries = 0

    def execute(self, sql: str, values: object = None) -> Any:
        if sql.startswith("copy"):
            self.tries += 1
            if not (self._helps and self.is_external()):
                raise duckdb.OutOfMemoryException("a person's value")
        return self._connection.execute(sql, values)

    def is_external(self) -> bool:
        setting = "select current_setting('debug_force_external')"
        return bool(self._connection.execute(setting).fetchall()[0][0])

    def close(self) -> None:
        self._connection.close()


def tighten(engine: Engine, *, helps: bool) -> Tight:
    engine._connection = tight = Tight(engine._connection, helps=helps)  # type: ignore[assignment]
    return tight


def test_a_statement_beyond_the_limit_is_done_on_the_disk_to_the_same_bytes(
    engine: Engine, tmp_path: Path
) -> None:
    plain, spilt = tmp_path / "plain.parquet", tmp_path / "spilt.parquet"
    engine.write_parquet("core.a", SQL, {}, plain, "")
    tight = tighten(engine, helps=True)
    engine.write_parquet("core.a", SQL, {}, spilt, "")
    assert tight.tries == 2
    assert not tight.is_external()
    assert spilt.read_bytes() == plain.read_bytes()


def test_what_the_disk_does_not_help_is_told_without_a_value(
    engine: Engine, tmp_path: Path
) -> None:
    tight = tighten(engine, helps=False)
    with pytest.raises(StageError, match=r"^core\.a: DuckDB ran out of memory; raise --memory-"):
        engine.write_parquet("core.a", SQL, {}, tmp_path / "a.parquet", "")
    assert tight.tries == 2
    assert not tight.is_external()
