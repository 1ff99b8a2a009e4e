"""Delivered files under the names and types that stages expect, as one table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import duckdb

from pipeline.engine.guard import take_literally
from pipeline.engine.repeats import FILE, ROW

# The name under which every register shows the person's key.
KEY = "pnr"

_FAMILIES = {"VARCHAR": "text", "DATE": "date", "TIMESTAMP": "date"}
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
# A column without any value has no type of its own, and may stand for any.
_UNTYPED = '"NULL"'


@dataclass(frozen=True)
class Part:
    """One Parquet file of a register.

    Attributes:
        path: the file.
        names: of its columns that are shown, delivered to shown name.
        key_width: keys of fewer digits are filled with leading zeros to this many, if given.
    """

    path: Path
    names: Mapping[str, str]
    key_width: int | None = None


@dataclass(frozen=True)
class KeyShape:
    """How one file writes those of its person keys that are digits alone.

    Attributes:
        shortest: fewest digits.
        longest: most digits.
        is_filled: whether any has leading zeros.
    """

    shortest: int
    longest: int
    is_filled: bool


def join_parts(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]
) -> duckdb.DuckDBPyRelation:
    """The rows of all parts: the shown columns, and where a row lies, by part and place in it.

    Keys are text. A column has one type: where files differ, some text and some not, it is text,
    which holds every value; so are all columns of a numbered set such as y_1801 and y_1802, which
    stages take as one list.
    """
    relations = [connection.read_parquet(take_literally(part.path)) for part in parts]
    types = [_list_types(relation) for relation in relations]
    mixed = _find_mixed(
        (new, types_of_part[old])
        for part, types_of_part in zip(parts, types, strict=True)
        for old, new in part.names.items()
    )
    shown = [
        relation.select(*_show_columns(part, list(parts[0].names.values()), mixed, index))
        for index, (part, relation) in enumerate(zip(parts, relations, strict=True))
    ]
    return reduce(lambda above, below: above.union(below), shown)


def name_family(kind: str) -> str | None:
    """Text, number or date by DuckDB's name of a type; the type itself if it is none of them."""
    if kind == _UNTYPED:
        return None
    if kind.endswith("]"):
        return kind
    if kind.removeprefix("U").startswith(_NUMBERS):
        return "number"
    return next((name for start, name in _FAMILIES.items() if kind.startswith(start)), kind)


def read_key_shape(relation: duckdb.DuckDBPyRelation, column: str) -> KeyShape | None:
    """How a file writes its keys of digits; None if it has none."""
    key = duckdb.FunctionExpression("decode_key", duckdb.ColumnExpression(column))
    text = duckdb.ColumnExpression("key")
    length = duckdb.FunctionExpression("length", text)
    is_number = duckdb.FunctionExpression("is_digits", text)
    is_filled = duckdb.FunctionExpression("starts_with", text, duckdb.ConstantExpression("0"))
    is_filled &= length > duckdb.ConstantExpression(1)
    found = (
        relation.select(key.alias("key"))
        .filter(is_number)
        .aggregate(
            [
                duckdb.FunctionExpression("min", length),
                duckdb.FunctionExpression("max", length),
                duckdb.FunctionExpression("bool_or", is_filled),
            ]
        )
        .fetchall()[0]
    )
    return None if found[0] is None else KeyShape(*found)


def _list_types(relation: duckdb.DuckDBPyRelation) -> dict[str, str]:
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def _show_columns(
    part: Part, order: Sequence[str], mixed: Collection[str], index: int
) -> list[duckdb.Expression]:
    """The columns of one part under their new names, and where it stands among the parts."""
    delivered = {new: duckdb.ColumnExpression(old) for old, new in part.names.items()}
    columns = []
    for new in order:
        column: duckdb.Expression = delivered[new]
        if new == KEY:
            column = _write_key(column, part.key_width)
        elif new in mixed:
            column = column.cast("VARCHAR")
        columns.append(column.alias(new))
    row = duckdb.ColumnExpression(ROW)
    return [*columns, duckdb.ConstantExpression(index).alias(FILE), row]


def _write_key(column: duckdb.Expression, width: int | None) -> duckdb.Expression:
    key = duckdb.FunctionExpression("decode_key", column)
    if width is None:
        return key
    return duckdb.FunctionExpression("fill_key", key, duckdb.ConstantExpression(width))


def _find_mixed(columns: Iterable[tuple[str, str]]) -> set[str]:
    """The columns, of shown names and types, that need to be text to have one type.

    They are of different kinds in different files, or of a set that is partly text.
    """
    kinds: dict[str, set[str | None]] = {}
    for name, kind in columns:
        kinds.setdefault(name, set()).add(name_family(kind))
    sets: dict[str, set[str | None]] = {}
    for name, families in kinds.items():
        sets.setdefault(_stem(name), set()).update(families)
    return {
        name
        for name, families in kinds.items()
        if len(families - {None}) > 1 or {"text", "number"} <= sets[_stem(name)]
    }


def _stem(name: str) -> str:
    return name.rstrip("0123456789")
