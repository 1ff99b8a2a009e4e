"""Delivered columns under the names and types that stages expect."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb


def rename_columns(
    relation: duckdb.DuckDBPyRelation, names: Mapping[str, str], keys: Collection[str]
) -> list[duckdb.Expression]:
    """The named columns of a relation, under their new names.

    Args:
        relation: as delivered.
        names: delivered to new name.
        keys: new names of person keys, which become trimmed text, null where blank, so that
            registers that write them as text and as whole numbers meet.
    """
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    mixed = _find_mixed(types, names)
    shown = []
    for old, new in names.items():
        column: duckdb.Expression = duckdb.ColumnExpression(old)
        if new in keys:
            column = _write_key(column, types[old])
        elif old in mixed:
            column = column.cast("VARCHAR")
        shown.append(column.alias(new))
    return shown


def _write_key(column: duckdb.Expression, delivered_type: str) -> duckdb.Expression:
    """A key as text; 12.0 is 12."""
    if delivered_type in ("DOUBLE", "FLOAT"):
        column = column.cast("BIGINT")
    text = duckdb.FunctionExpression("trim", column.cast("VARCHAR"))
    is_blank = text == duckdb.ConstantExpression("")
    return duckdb.CaseExpression(is_blank, duckdb.ConstantExpression(None)).otherwise(text)


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
