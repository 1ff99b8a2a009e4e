"""A DuckDB connection whose tables are Parquet files."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl

from pipeline.contract import Contract
from pipeline.engine.decoding import DECODING, teach_decoding
from pipeline.engine.delimited import Delimited, find_rejected, read_delimited
from pipeline.engine.delivered import list_delivered_breaches
from pipeline.engine.guard import guarded, take_literally
from pipeline.engine.promise import list_breaches
from pipeline.engine.repeats import FILE, ROW, Repeats, show_once
from pipeline.engine.statement import Statement, parse_statement
from pipeline.engine.terms import CodeLists
from pipeline.engine.view import KeyShape, Part, join_parts, read_key_shape
from pipeline.errors import Fault, UsageError

# The key under which a Parquet file keeps what it was made from.
NOTE = "indsats"
# What a table is made with, beside its own SQL: the macros too.
ENGINE_VERSION = f"duckdb {duckdb.__version__} {sorted(DECODING.items())}"
_MEMORY = re.compile(r"\d+(\.\d+)? *[KMGT]i?B", re.IGNORECASE)

Parameters = Mapping[str, Any]


class Engine:
    """A DuckDB connection whose tables are Parquet files, named by layer and noun.

    Attributes:
        tables: the names of the tables that can be read.
    """

    def __init__(
        self, spill_folder: Path, threads: int | None = None, memory_limit: str | None = None
    ) -> None:
        """Open the engine.

        Args:
            spill_folder: where work that outgrows the memory limit is written.
            threads: how many threads to use; all of the machine's if None.
            memory_limit: such as ``4GB``; DuckDB's default of 80 % of the memory if None.
        """
        self._connection = duckdb.connect()
        teach_decoding(self._connection)
        self.tables: set[str] = set()
        self._delivered: dict[str, duckdb.DuckDBPyRelation] = {}
        # A closed server has no network: an extension that is not built in must fail at once.
        self._connection.execute("set autoinstall_known_extensions = false")
        self._connection.execute("set enable_progress_bar = false")
        self._set("temp_directory", str(spill_folder))
        if threads is not None:
            self._set("threads", min(threads, os.cpu_count() or 1))
        if memory_limit is not None:
            self._set("memory_limit", _require_memory(memory_limit))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _set(self, setting: str, value: str | int) -> None:
        self._connection.execute(f"set {setting} = $value", {"value": value})

    def describe_machine(self) -> dict[str, str]:
        """Processors and memory as DuckDB sees them, and the extensions it can use offline."""
        with guarded("settings"):
            settings = self._connection.execute(
                "select name, value from duckdb_settings()"
            ).fetchall()
        found = dict(settings)
        return {
            "threads": found["threads"],
            "memory limit (80 % of the machine's)": found["memory_limit"],
        }

    def read_statement(self, sql: str) -> Statement:
        """The tables and parameters that a SELECT names."""
        return parse_statement(self._connection, sql)

    def add_table(self, table: str, file: Path) -> None:
        """Make a Parquet file readable as a table."""
        with guarded(table):
            self._show(table, self._connection.read_parquet(take_literally(file)))

    def add_register(self, table: str, parts: Sequence[Part]) -> None:
        """Make the Parquet files of one register readable as a table."""
        with guarded(table):
            self._show_delivered(table, join_parts(self._connection, parts))

    def show_once(self, table: str, key: Sequence[str]) -> Repeats:
        """Show only the first row of each key of a raw table, and say what stood there more often.

        Where no key is repeated, nothing changes and readers pay nothing.
        """
        with guarded(table):
            repeats, kept = show_once(self._connection, table, self._delivered[table], key)
            if repeats.n_equal or repeats.n_differing:
                self._show_delivered(table, kept)
            return repeats

    def add_columns(self, table: str, columns: Iterable[str]) -> None:
        """Show columns of a raw table that were not delivered, without any value."""
        with guarded(table):
            nothing = duckdb.ConstantExpression(None).cast("VARCHAR")
            delivered = self._delivered[table]
            held = map(duckdb.ColumnExpression, delivered.columns)
            added = (nothing.alias(name) for name in columns)
            self._show_delivered(table, delivered.select(*held, *added))

    def hide_columns(self, table: str, columns: Collection[str]) -> None:
        """Stop showing some columns of a raw table."""
        with guarded(table):
            delivered = self._delivered[table]
            held = (name for name in delivered.columns if name not in columns)
            self._show_delivered(table, delivered.select(*map(duckdb.ColumnExpression, held)))

    def list_blank_tail(self, table: str, columns: Sequence[str]) -> list[str]:
        """Those of the columns after the last that holds anything in any row, in their order.

        A column that holds something is left at the first such row, so this costs next to nothing.
        """
        with guarded(table):
            for n_held in range(len(columns), 0, -1):
                column = duckdb.ColumnExpression(columns[n_held - 1])
                is_blank = duckdb.FunctionExpression("is_blank", column)
                if self._delivered[table].filter(~is_blank).select(column).limit(1).fetchall():
                    return list(columns[n_held:])
            return list(columns)

    def _show_delivered(self, table: str, relation: duckdb.DuckDBPyRelation) -> None:
        columns = (name for name in relation.columns if name not in (FILE, ROW))
        self._delivered[table] = relation
        self._show(table, relation.select(*map(duckdb.ColumnExpression, columns)))

    def add_empty_table(self, table: str, columns: Iterable[str]) -> None:
        """Make a table of text columns without rows readable, for a register not delivered."""
        with guarded(table):
            no_row = self._connection.sql("select null::varchar as nothing").limit(0)
            nothing = duckdb.ColumnExpression("nothing")
            self._show(table, no_row.select(*(nothing.alias(column) for column in columns)))

    def add_codes(self, table: str, file: Path) -> None:
        """Make a code list readable as a table of text columns."""
        with guarded(table):
            self._show(table, self._connection.read_csv(take_literally(file), all_varchar=True))

    def _show(self, table: str, relation: duckdb.DuckDBPyRelation) -> None:
        self.tables.add(table)
        layer, noun = table.split(".")
        self._connection.execute(f"create schema if not exists {layer}")
        self._connection.execute(f"use {layer}")
        relation.create_view(noun, replace=True)
        self._connection.execute("use memory.main")

    def write_parquet(
        self, table: str, sql: str, parameters: Parameters, path: Path, note: str
    ) -> None:
        """Write what a SELECT gives to a Parquet file that carries a note.

        What goes beyond the memory limit is done anew with every sort and join on the disk, to the
        same bytes. By itself DuckDB puts too little there where a join and a sort share the memory.

        Raises:
            StageError: if DuckDB cannot, naming the class of its error and no value.
        """
        statement = (
            f"copy (\n{sql}\n) to $write_path "
            f"(format parquet, compression zstd, kv_metadata {{{NOTE}: $write_note}})"
        )
        values = {**parameters, "write_path": path.as_posix(), "write_note": note}
        with guarded(table):
            try:
                self._connection.execute(statement, values)
            except duckdb.OutOfMemoryException:
                with self._out_of_core():
                    self._connection.execute(statement, values)

    @contextmanager
    def _out_of_core(self) -> Iterator[None]:
        self._set("debug_force_external", "true")
        try:
            yield
        finally:
            self._set("debug_force_external", "false")

    def convert_csv(
        self, table: str, file: Delimited, names: Mapping[str, str], path: Path, note: str
    ) -> None:
        """Write the named columns of a CSV file to Parquet, as text, with a note.

        Args:
            table: the register, for messages.
            file: what is read.
            names: delivered to new name of the columns that are kept.
            path: what is written.
            note: what the Parquet file carries.

        Raises:
            StageError: if a row cannot be read; `find_rejected` tells how many cannot.
        """
        with guarded(table):
            kept = [duckdb.ColumnExpression(old).alias(new) for old, new in names.items()]
            read_delimited(self._connection, file).select(*kept).create_view("delivered", True)
        self.write_parquet(table, "from delivered", {}, path, note)

    def find_rejected(self, table: str, file: Delimited) -> tuple[int, int] | None:
        """How many rows of a CSV file cannot be read, and the line of the first, or None."""
        with guarded(table):
            return find_rejected(self._connection, file)

    def describe_parquet(self, table: str, path: Path) -> tuple[int, dict[str, str]]:
        """The number of rows of a Parquet file, and its columns with their types."""
        with guarded(table):
            relation = self._connection.read_parquet(take_literally(path))
            types = dict(zip(relation.columns, map(str, relation.types), strict=True))
            return int(relation.count("*").fetchall()[0][0]), types

    def read_key_shape(self, table: str, path: Path, column: str) -> KeyShape | None:
        """How a Parquet file writes its keys of digits; None if it has none."""
        with guarded(table):
            relation = self._connection.read_parquet(take_literally(path))
            return read_key_shape(relation, column)

    def read_note(self, path: Path) -> str | None:
        """The note a Parquet file carries, or None if there is none or the file cannot be read."""
        if not path.is_file():
            return None
        try:
            found = self._connection.execute(
                "select decode(value) from parquet_kv_metadata($path) where key = $key",
                {"path": take_literally(path), "key": NOTE},
            ).fetchall()
        except duckdb.Error:
            # A full disk or a lost network drive may leave a file cut off: it is made again.
            return None
        return str(found[0][0]) if found else None

    def read(self, sql: str, parameters: Parameters) -> pl.DataFrame:
        """What a SELECT gives, as a frame; for aggregates only."""
        with guarded("check"):
            frame: pl.DataFrame = self._connection.sql(sql, params=dict(parameters)).pl()
            return frame

    def count_rows(self, table: str) -> int:
        """The number of rows of a table."""
        with guarded(table):
            return int(self._connection.table(table).count("*").fetchall()[0][0])

    def check_contract(self, table: str, contract: Contract, path: Path) -> list[Fault]:
        """Where a Parquet file breaks a table's promise, one fault for each column and kind."""
        with guarded(table):
            relation = self._connection.read_parquet(take_literally(path))
            return list_breaches(table, contract, relation, self._list_codes(contract))

    def check_delivered(
        self, table: str, contract: Contract, files: Mapping[str, Mapping[str, str]]
    ) -> list[Fault]:
        """Where a raw table breaks its promise, one fault for each file, column and kind.

        Args:
            table: a raw table.
            contract: what it promises.
            files: what messages call its files, in their order, each with its columns' types.
        """
        with guarded(table):
            codes = self._list_codes(contract)
            _, register = table.split(".")
            return list_delivered_breaches(register, contract, self._delivered[table], codes, files)

    def _list_codes(self, contract: Contract) -> CodeLists:
        """By column, the values of the code list that the contract names."""
        found = {}
        for name, column in contract.columns.items():
            if column.codes is not None:
                table, _, listed = column.codes.rpartition(".")
                codes = self._connection.table(table).select(
                    duckdb.ColumnExpression(listed).cast(column.type)
                )
                found[name] = [code for (code,) in codes.distinct().fetchall()]
        return found


def _require_memory(text: str) -> str:
    if _MEMORY.fullmatch(text.strip()) is None:
        raise UsageError(Fault("--memory-limit", f"'{text}' is no amount of memory", "such as 4GB"))
    return text.strip()
