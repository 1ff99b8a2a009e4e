"""The terms of a contract as expressions that are true where a row breaks them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from pipeline.contract import Column

# The code lists that a contract's columns name: by column, every value allowed.
CodeLists = Mapping[str, Collection[Any]]

IN_NO_LIST = "are in no code list"


@dataclass(frozen=True)
class Term:
    """One thing that one column promises.

    Attributes:
        column: its name.
        value: what the term is about, as an expression.
        kind: what rows do that break it, to stand after their number.
        remedy: what would be right.
        is_broken: true for a row that breaks it.
    """

    column: str
    value: duckdb.Expression
    kind: str
    remedy: str
    is_broken: duckdb.Expression


def list_terms(
    name: str, column: Column, value: duckdb.Expression, codes: CodeLists
) -> Iterator[Term]:
    """What a column promises of a value that is there."""
    if column.minimum is not None:
        is_smaller = value < duckdb.ConstantExpression(column.minimum)
        yield Term(name, value, "are too small", f"at least {_show(column.minimum)}", is_smaller)
    if column.maximum is not None:
        is_larger = value > duckdb.ConstantExpression(column.maximum)
        yield Term(name, value, "are too large", f"at most {_show(column.maximum)}", is_larger)
    if column.values:
        is_other = value.isnotin(*map(duckdb.ConstantExpression, column.values))
        remedy = "one of " + ", ".join(column.values)
        yield Term(name, value, "are not an allowed value", remedy, is_other)
    if column.codes is not None:
        is_unlisted = value.isnotin(*map(duckdb.ConstantExpression, codes[name]))
        _, noun, listed = column.codes.split(".")
        remedy = f"a {listed} of data_schemas/codes/{noun}.csv"
        yield Term(name, value, IN_NO_LIST, remedy, is_unlisted)


def count_breaches(
    relation: duckdb.DuckDBPyRelation, terms: Sequence[Term], groups: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    """How many rows break each term, in one pass: the groups' values, then a count for each."""
    by = [duckdb.ColumnExpression(name) for name in groups]
    counts = [duckdb.FunctionExpression("count_if", term.is_broken) for term in terms]
    return relation.aggregate([*by, *counts]).fetchall() if terms else []


def _show(limit: float | date) -> str:
    return limit.isoformat() if isinstance(limit, date) else f"{limit:g}"
