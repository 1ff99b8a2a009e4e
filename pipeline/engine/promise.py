"""Where a relation breaks a table's contract."""

from __future__ import annotations

import duckdb

from pipeline.contract import Contract
from pipeline.errors import Fault


def list_breaches(table: str, contract: Contract, relation: duckdb.DuckDBPyRelation) -> list[Fault]:
    """One fault for each column and kind of breach, with the number of rows and no value."""
    shape = dict(zip(relation.columns, map(str, relation.types), strict=True))
    promised = {name: column.type for name, column in contract.columns.items()}
    if shape != promised:
        return [Fault(table, "columns or types differ from the contract", str(promised))]
    return [
        Fault(f"{table}.{name}", f"{count} {kind}", remedy)
        for (name, kind, remedy), count in _count_breaches(relation, contract)
        if count
    ]


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
