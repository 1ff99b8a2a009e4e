"""What a SELECT reads, found by parsing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from pipeline.errors import Fault, StageError

# What each text was found to read: the same for every connection.
_PARSED: dict[str, Statement] = {}


@dataclass(frozen=True)
class Statement:
    """What a SELECT reads.

    Attributes:
        tables: the tables it names, such as ``core.benefit_spells``.
        parameters: the names of its ``$name`` values.
    """

    tables: frozenset[str]
    parameters: frozenset[str]


def parse_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> Statement:
    """The tables and parameters that a SELECT names.

    Raises:
        StageError: if the text is not one SELECT.
    """
    if sql not in _PARSED:
        _PARSED[sql] = _parse(connection, sql)
    return _PARSED[sql]


def _parse(connection: duckdb.DuckDBPyConnection, sql: str) -> Statement:
    rows = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    tree = json.loads(rows[0][0])
    statements = [] if tree["error"] else duckdb.extract_statements(sql)
    if len(statements) != 1:
        raise StageError(Fault("sql", "is not one SELECT", "one SELECT per file"))
    tables = frozenset(f"{schema}.{table}" for schema, table in _base_tables(tree) if schema)
    return Statement(tables, frozenset(statements[0].named_parameters))


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
