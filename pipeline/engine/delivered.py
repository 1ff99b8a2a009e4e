"""Where a register breaks its contract as it was delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from pipeline.contract import Column, Contract
from pipeline.engine.repeats import FILE
from pipeline.engine.terms import IN_NO_LIST, CodeLists, Term, count_breaches, list_terms
from pipeline.engine.view import name_family
from pipeline.errors import Fault

# The macros that read a value as a type, and what they can read.
_DECODERS = {
    "DATE": ("decode_date", "a date such as 2018-01-31"),
    "SMALLINT": ("decode_code", "a whole number of up to four digits"),
    "DECIMAL(9,2)": ("decode_number", "a number such as 37.5"),
}
_MOST_CODES_SHOWN = 5


def list_delivered_breaches(
    register: str,
    contract: Contract,
    relation: duckdb.DuckDBPyRelation,
    codes: CodeLists,
    files: Mapping[str, Mapping[str, str]],
) -> list[Fault]:
    """One fault for each file, column and kind of breach, with the number of rows.

    The key is not held here: whether rows of one key are equal is for the checks to say.

    Args:
        register: such as ``bfl``.
        contract: what is promised of it.
        relation: its columns by their documented names, and ``file_index``.
        codes: the values that each coded column may have.
        files: the delivered files in the order of ``file_index``, each with the types of its
            columns.
    """
    faults = []
    unfit = set()
    for file, name, kind, remedy in _list_unfit_types(contract, files):
        faults.append(Fault(f"{file}: {register}.{name}", f"the column is of type {kind}", remedy))
        unfit.add(name)
    terms: list[Term] = []
    decoded = [duckdb.ColumnExpression(FILE)]
    for name in relation.columns:
        column = contract.find_column(name)
        if column is not None and column.pattern is None and name not in unfit:
            decoded += _decode(name, column)
            terms += _list_delivered_terms(name, column, codes)
    return faults + _count_by_file(register, relation.select(*decoded), terms, list(files))


def _list_unfit_types(
    contract: Contract, files: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str, str, str]]:
    """File, column, type and remedy where a column comes as what it may not."""
    for file, types in files.items():
        for name, kind in types.items():
            column = contract.find_column(name)
            if column is not None and name_family(kind) not in (*column.delivered, None):
                yield file, name, kind, "deliver it as " + " or ".join(column.delivered)


def _count_by_file(
    register: str, relation: duckdb.DuckDBPyRelation, terms: Sequence[Term], files: Sequence[str]
) -> list[Fault]:
    """One fault for each file and broken term, and one if there is no row at all."""
    counted = count_breaches(relation, terms, [FILE])
    if terms and not counted:
        remedy = "deliver the rows, or take the register out of delivery.toml"
        return [Fault(f"{files[0]}: {register}", "there is no row", remedy)]
    return [
        Fault(
            f"{files[file]}: {register}.{term.column}",
            f"{count} values {term.kind}{_list_codes(relation, term, file)}",
            term.remedy,
        )
        for file, *counts in counted
        for term, count in zip(terms, counts, strict=True)
        if count
    ]


def _decode(name: str, column: Column) -> Iterator[duckdb.Expression]:
    """A delivered column read as the type it stands for, and whether it is blank.

    Terms are about these, so that each value is decoded once, and looked at again only where
    nothing came of it.
    """
    delivered = duckdb.ColumnExpression(name)
    is_blank = duckdb.FunctionExpression("is_blank", delivered)
    if column.type not in _DECODERS:
        yield duckdb.CaseExpression(~is_blank, delivered).alias(name)
        yield is_blank.alias(_blank(name))
        return
    value = duckdb.FunctionExpression(_DECODERS[column.type][0], delivered)
    yield value.alias(name)
    yield duckdb.CaseExpression(value.isnull(), is_blank).alias(_blank(name))


def _blank(name: str) -> str:
    return f"{name} is blank"


def _list_delivered_terms(name: str, column: Column, codes: CodeLists) -> Iterator[Term]:
    """What a delivered column promises of its values once they are decoded."""
    value, is_blank = duckdb.ColumnExpression(name), duckdb.ColumnExpression(_blank(name))
    if not column.null:
        yield Term(name, value, "are missing", "every row needs one", is_blank)
    if column.type in _DECODERS:
        yield Term(name, value, "cannot be read", _DECODERS[column.type][1], ~is_blank)
    yield from list_terms(name, column, value, codes)


def _list_codes(relation: duckdb.DuckDBPyRelation, term: Term, file: int) -> str:
    """The commonest codes that are in no list, where they are numbers: text may be a person's."""
    if term.kind != IN_NO_LIST:
        return ""
    is_here = duckdb.ColumnExpression(FILE) == duckdb.ConstantExpression(file)
    code, n_rows = duckdb.ColumnExpression("code"), duckdb.FunctionExpression("count_star")
    found = (
        relation.filter(is_here & term.is_broken)
        .select(term.value.alias("code"))
        .aggregate([code, n_rows.alias("n_rows")])
        .sort(duckdb.ColumnExpression("n_rows").desc(), code)
        .limit(_MOST_CODES_SHOWN)
        .fetchall()
    )
    return f": {', '.join(str(code) for code, _ in found)}" if isinstance(found[0][0], int) else ""
