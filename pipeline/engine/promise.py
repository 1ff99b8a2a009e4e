"""Where a table that was built breaks its contract."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from pipeline.contract import Contract
from pipeline.engine.terms import CodeLists, Term, count_breaches, list_terms
from pipeline.errors import Fault


def list_breaches(
    table: str, contract: Contract, relation: duckdb.DuckDBPyRelation, codes: CodeLists
) -> list[Fault]:
    """One fault for each column and kind of breach, with the number of rows and no value."""
    shape = dict(zip(relation.columns, map(str, relation.types), strict=True))
    promised = {name: column.type for name, column in contract.columns.items()}
    if shape != promised:
        return [Fault(table, "columns or types differ from the contract", str(promised))]
    terms = _list_built_terms(contract, codes)
    faults = [
        Fault(f"{table}.{term.column}", f"{count} {term.kind}", term.remedy)
        for counts in count_breaches(relation, terms)
        for term, count in zip(terms, counts, strict=True)
        if count
    ]
    n_repeated = _count_repeated(contract, relation)
    if n_repeated:
        where = f"{table}.{', '.join(contract.key)}"
        faults.append(Fault(where, f"{n_repeated} rows repeat a key", "each key once"))
    return faults


def _list_built_terms(contract: Contract, codes: CodeLists) -> list[Term]:
    terms = []
    for name, column in contract.columns.items():
        value = duckdb.ColumnExpression(name)
        if not column.null:
            remedy = "every row needs a value that can be read"
            terms.append(Term(name, value, "are null", remedy, value.isnull()))
        terms += list_terms(name, column, value, codes)
    return [*terms, *_list_order_terms(contract)]


def _list_order_terms(contract: Contract) -> Iterator[Term]:
    """What the names of two weeks promise: `end_week` is the first after, `last_week` the last."""
    names = contract.columns.keys()
    start, end, first, last = map(
        duckdb.ColumnExpression, ("start_week", "end_week", "first_week", "last_week")
    )
    if {"start_week", "end_week"} <= names:
        remedy = "a Monday after start_week"
        yield Term("end_week", end, "are not after start_week", remedy, end <= start)
    if {"first_week", "last_week"} <= names:
        yield Term("last_week", last, "are before first_week", "first_week or later", last < first)


def _count_repeated(contract: Contract, relation: duckdb.DuckDBPyRelation) -> int:
    """Rows whose key another row has.

    Tables are written in the order of their key. Where each key is greater than the one before,
    none is repeated, which is seen ten times as fast as by counting distinct keys.
    """
    if not contract.key:
        return 0
    key = f"row({', '.join(contract.key)})"
    is_not_after = duckdb.SQLExpression(f"{key} <= lag({key}) over ()").alias("is_not_after")
    n_not_after = duckdb.FunctionExpression("count_if", duckdb.ColumnExpression("is_not_after"))
    if relation.select(is_not_after).aggregate([n_not_after]).fetchall() == [(0,)]:
        return 0
    keys = [duckdb.ColumnExpression(name) for name in contract.key]
    n_keys = relation.select(*keys).distinct().count("*").fetchall()[0][0]
    return int(relation.count("*").fetchall()[0][0] - n_keys)
