"""The only door to DuckDB.

DuckDB's messages quote the value that offended, and that may be a person's: no message of its
own ever leaves this module, only the class of the error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl

from pipeline.contract import Contract
from pipeline.errors import Fault, StageError, UsageError

# The key under which a Parquet file keeps what it was made from.
NOTE = "indsats"
ENGINE_VERSION = f"duckdb {duckdb.__version__}"

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Statement:
    """What a SELECT reads.

    Attributes:
        tables: the tables it names, such as ``core.benefit_spells``.
        parameters: the names of its ``$name`` values.
    """

    tables: frozenset[str]
    parameters: frozenset[str]


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
        self.tables: set[str] = set()
        # A closed server has no network: an extension that is not built in must fail at once.
        self._connection.execute("set autoinstall_known_extensions = false")
        self._connection.execute("set enable_progress_bar = false")
        self._set("temp_directory", str(spill_folder))
        if threads is not None:
            self._set("threads", threads)
        if memory_limit is not None:
            self._set("memory_limit", memory_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _set(self, setting: str, value: str | int) -> None:
        try:
            self._connection.execute(f"set {setting} = $value", {"value": value})
        except duckdb.Error as error:
            what = f"DuckDB does not take this value ({type(error).__name__})"
            raise UsageError(Fault(setting, what, "write it as 4GB or 2")) from None

    def describe_machine(self) -> dict[str, str]:
        """Processors and memory as DuckDB sees them, and the extensions it can use offline."""
        with _guarded("settings"):
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
        rows = self._connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
        tree = json.loads(rows[0][0])
        statements = [] if tree["error"] else duckdb.extract_statements(sql)
        if len(statements) != 1:
            raise StageError(Fault("sql", "is not one SELECT", "one SELECT per file"))
        tables = frozenset(f"{schema}.{table}" for schema, table in _base_tables(tree) if schema)
        parameters = statements[0].named_parameters
        return Statement(tables, frozenset(parameters))

    def add_table(
        self, table: str, files: Sequence[Path], names: Mapping[str, str] | None = None
    ) -> None:
        """Make Parquet files readable as a table.

        Args:
            table: its layer and noun.
            files: Parquet files with the same columns.
            names: the columns to show, delivered name to shown name; all as they are if None.
        """
        with _guarded(table):
            relation = self._connection.read_parquet(
                [path.as_posix() for path in files], union_by_name=True
            )
            self._show(table, relation, names)

    def add_codes(self, table: str, file: Path) -> None:
        """Make a code list readable as a table of text columns."""
        with _guarded(table):
            self._show(table, self._connection.read_csv(file.as_posix(), all_varchar=True))

    def _show(
        self, table: str, relation: duckdb.DuckDBPyRelation, names: Mapping[str, str] | None = None
    ) -> None:
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        names = dict(zip(types, types, strict=True)) if names is None else names
        mixed = _find_mixed(types, names)
        columns = {old: duckdb.ColumnExpression(old) for old in names}
        relation = relation.select(
            *(
                (column.cast("VARCHAR") if old in mixed else column).alias(names[old])
                for old, column in columns.items()
            )
        )
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

        Raises:
            StageError: if DuckDB cannot, naming the class of its error and no value.
        """
        statement = (
            f"copy (\n{sql}\n) to $write_path "
            f"(format parquet, compression zstd, kv_metadata {{{NOTE}: $write_note}})"
        )
        values = {**parameters, "write_path": path.as_posix(), "write_note": note}
        with _guarded(table):
            self._connection.execute(statement, values)

    def convert_csv(
        self, table: str, files: Sequence[Path], columns: Sequence[str], path: Path, note: str
    ) -> None:
        """Write the named columns of CSV files to Parquet, as text, with a note."""
        with _guarded(table):
            # The stubs of DuckDB know one file only; a list is documented.
            relation = self._connection.read_csv(
                [file.as_posix() for file in files],  # type: ignore[arg-type]
                header=True,
                all_varchar=True,
                union_by_name=True,
            )
            shown = [duckdb.ColumnExpression(column) for column in columns]
            relation.select(*shown).create_view("delivered", replace=True)
        self.write_parquet(table, "from delivered", {}, path, note)

    def list_csv_columns(self, table: str, file: Path) -> list[str]:
        """The column names of a CSV file."""
        with _guarded(table):
            return self._connection.read_csv(file.as_posix(), header=True, all_varchar=True).columns

    def read_note(self, path: Path) -> str | None:
        """The note a Parquet file carries, or None if there is none or the file cannot be read."""
        if not path.is_file():
            return None
        try:
            found = self._connection.execute(
                "select decode(value) from parquet_kv_metadata($path) where key = $key",
                {"path": path.as_posix(), "key": NOTE},
            ).fetchall()
        except duckdb.Error:
            # A full disk or a lost network drive may leave a file cut off: it is made again.
            return None
        return str(found[0][0]) if found else None

    def read(self, sql: str, parameters: Parameters) -> pl.DataFrame:
        """What a SELECT gives, as a frame; for aggregates only."""
        with _guarded("check"):
            frame: pl.DataFrame = self._connection.sql(sql, params=dict(parameters)).pl()
            return frame

    def count_rows(self, table: str) -> int:
        """The number of rows of a table."""
        with _guarded(table):
            return int(self._connection.table(table).count("*").fetchall()[0][0])

    def check_contract(self, table: str, contract: Contract, path: Path) -> list[Fault]:
        """Where a Parquet file breaks a table's promise, one fault for each column and kind."""
        with _guarded(table):
            relation = self._connection.read_parquet(path.as_posix())
            shape = dict(zip(relation.columns, map(str, relation.types), strict=True))
            promised = {name: column.type for name, column in contract.columns.items()}
            if shape != promised:
                return [Fault(table, "columns or types differ from the contract", str(promised))]
            counts = _count_breaches(relation, contract)
        return [
            Fault(f"{table}.{name}", f"{count} {kind}", remedy)
            for (name, kind, remedy), count in counts
            if count
        ]


def _find_mixed(types: Mapping[str, str], names: Mapping[str, str]) -> set[str]:
    """Columns of a numbered set, such as y_1801 and y_1802, that are partly text, partly not.

    A stage takes such a set as one list, which needs one type; text holds every value.
    """
    sets: dict[str, set[str]] = {}
    for old, new in names.items():
        sets.setdefault(new.rstrip("0123456789"), set()).add(old)
    return {
        old
        for members in sets.values()
        if len({types[old] == "VARCHAR" for old in members}) > 1
        for old in members
    }


def _count_breaches(
    relation: duckdb.DuckDBPyRelation, contract: Contract
) -> list[tuple[tuple[str, str, str], int]]:
    """How many rows break each promise, in one pass, and one more for the key."""
    tests: dict[tuple[str, str, str], duckdb.Expression] = {}
    for name, column in contract.columns.items():
        value = duckdb.ColumnExpression(name)
        if not column.null:
            tests[name, "are null", "every row needs a value that can be read"] = value.isnull()
        if column.minimum is not None:
            remedy = f"at least {column.minimum:g}"
            tests[name, "are too small", remedy] = value < duckdb.ConstantExpression(column.minimum)
        if column.maximum is not None:
            remedy = f"at most {column.maximum:g}"
            tests[name, "are too large", remedy] = value > duckdb.ConstantExpression(column.maximum)
        if column.values:
            allowed = [duckdb.ConstantExpression(text) for text in column.values]
            remedy = "one of " + ", ".join(column.values)
            tests[name, "are not an allowed value", remedy] = value.isnotin(*allowed)
    found = relation.aggregate(
        [duckdb.FunctionExpression("count_if", test) for test in tests.values()]
        or [duckdb.FunctionExpression("count_star")]
    ).fetchall()[0]
    counts = list(zip(tests, found, strict=False))
    if contract.key:
        keys = [duckdb.ColumnExpression(name) for name in contract.key]
        repeated = (
            relation.count("*").fetchall()[0][0]
            - relation.select(*keys).distinct().count("*").fetchall()[0][0]
        )
        counts.append(((", ".join(contract.key), "rows repeat a key", "each key once"), repeated))
    return counts


def _base_tables(node: object) -> Iterator[tuple[str, str]]:
    """Every (schema, table) that a serialised statement reads."""
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["schema_name"], node["table_name"]
        for child in node.values():
            yield from _base_tables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _base_tables(child)


@contextmanager
def _guarded(table: str) -> Iterator[None]:
    """Turn DuckDB's errors into ours, without their message."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        remedy = "raise --memory-limit, lower --threads, or free disk for spilling"
        raise StageError(Fault(table, "DuckDB ran out of memory", remedy)) from None
    except duckdb.Error as error:
        what = f"DuckDB failed ({type(error).__name__})"
        remedy = "the message is withheld, since it may quote a person; check the delivery"
        raise StageError(Fault(table, what, remedy)) from None
