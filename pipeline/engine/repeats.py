"""Rows of a delivered table that repeat a key, and the table without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

# Where a row lies among the files of a Parquet table: its file by number, and its place in it.
FILE, ROW = "file_index", "file_row_number"


@dataclass(frozen=True)
class Repeats:
    """What stands more than once in a delivered table.

    Attributes:
        n_equal: keys on several rows that are equal in every column used.
        n_differing: keys on several rows that differ.
    """

    n_equal: int = 0
    n_differing: int = 0


def show_once(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    relation: duckdb.DuckDBPyRelation,
    key: Sequence[str],
) -> tuple[Repeats, duckdb.DuckDBPyRelation]:
    """What repeats a key, and the relation with the first row of each key only.

    One pass over the key finds the keys on several rows. Only where there are any are their rows
    compared, and do readers pay for leaving some out. Rows that lack a part of the key all stay.

    Args:
        connection: keeps the places of the rows in question.
        table: its layer and noun.
        relation: its columns, with `FILE` and `ROW`.
        key: columns that no two rows should share.
    """
    keys = [ColumnExpression(name) for name in key]
    n_rows = FunctionExpression("count_star").alias("n_rows")
    counted = relation.aggregate([*keys, n_rows])
    repeated = counted.filter(ColumnExpression("n_rows") > ConstantExpression(1))
    for column in keys:
        repeated = repeated.filter(column.isnotnull())
    repeated = _keep(connection, repeated.select(*keys), f"repeated keys of {table}")
    if not repeated.limit(1).fetchall():
        return Repeats(), relation
    rows = _keep(connection, _compare(relation, repeated, key), f"repeated rows of {table}")
    firsts = _find_firsts(rows, keys)
    differs = FunctionExpression("count_if", ColumnExpression("differs"))
    n_keys, n_differing = firsts.aggregate([n_rows, differs]).fetchall()[0]
    surplus = rows.join(firsts.set_alias("firsts"), "place", how="anti").select(FILE, ROW)
    kept = relation.set_alias("kept").join(surplus.set_alias("surplus"), f"{FILE}, {ROW}", "anti")
    return Repeats(n_keys - n_differing, n_differing), kept


def _compare(
    relation: duckdb.DuckDBPyRelation, repeated: duckdb.DuckDBPyRelation, key: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """The rows of repeated keys: the key, the place, and one number for all other columns."""
    used = [ColumnExpression(name) for name in relation.columns if name not in (FILE, ROW)]
    place = ColumnExpression(FILE), ColumnExpression(ROW)
    rows = relation.set_alias("every").join(repeated, ", ".join(key), how="semi")
    return rows.select(
        *map(ColumnExpression, key),
        *place,
        FunctionExpression("row", *place).alias("place"),
        FunctionExpression("hash", *used).alias("contents"),
    )


def _find_firsts(
    rows: duckdb.DuckDBPyRelation, keys: Sequence[duckdb.Expression]
) -> duckdb.DuckDBPyRelation:
    """The first place of each key, and whether its rows differ."""
    place, contents = ColumnExpression("place"), ColumnExpression("contents")
    least, most = (FunctionExpression(name, contents) for name in ("min", "max"))
    first = FunctionExpression("min", place).alias("place")
    return rows.aggregate([*keys, first, (least != most).alias("differs")])


def _keep(
    connection: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, name: str
) -> duckdb.DuckDBPyRelation:
    """A relation worked out once and held under a name."""
    relation.create(f'"{name}"')
    return connection.table(f'"{name}"').set_alias("held")
