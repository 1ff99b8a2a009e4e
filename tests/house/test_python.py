"""What no tool checks in Python. Docstrings, prints, asserts and leftovers are ruff's part."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.checkout import assert_none, match_files, read_text

# Their messages quote the value that offends, and that may be a person's.
QUOTES_VALUES = ("duckdb", "polars", "pl", "pyarrow", "pandas", "polars_readstat")
ANY_ERROR = ("Exception", "BaseException")
FORMATS = ("str", "repr", "format", "print", "echo", "Fault", "join")
TRACEBACKS = ("print_exc", "format_exc", "print_exception", "format_exception")
# In halves, as a search of the checkout for these words should find nothing.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|NotImplemented" r"Error)\b")


def find_told_messages(name: str, text: str) -> Iterator[str]:
    """Places where the message of somebody else's error, or a traceback, becomes text."""
    tree = ast.parse(text)
    foreign = {*ANY_ERROR, *find_foreign_names(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.name and catches(node.type, foreign):
            for line in sorted(find_formatted(node, node.name)):
                advice = "say the class of the error, not its message: it may quote a person"
                yield f"{name}:{line}: {advice}"
        elif isinstance(node, ast.Attribute) and node.attr in TRACEBACKS:
            yield f"{name}:{node.lineno}: no traceback as text: it may quote a person"
        elif isinstance(node, ast.keyword) and node.arg == "exc_info":
            yield f"{name}:{node.value.lineno}: no exc_info: it may quote a person"


def find_foreign_names(tree: ast.Module) -> set[str]:
    """Names imported from packages that quote values."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in QUOTES_VALUES
        for alias in node.names
    }


def catches(caught: ast.expr | None, foreign: set[str]) -> bool:
    """Whether an except clause takes errors of the packages that quote values."""
    names = {node.id for node in ast.walk(caught or ast.Pass()) if isinstance(node, ast.Name)}
    return bool(names & (foreign | set(QUOTES_VALUES)))


def find_formatted(handler: ast.ExceptHandler, name: str) -> set[int]:
    """Lines of a handler where the error itself is put into text."""
    return {
        node.lineno
        for node in ast.walk(handler)
        if (isinstance(node, ast.FormattedValue) and is_error(node.value, name))
        or (isinstance(node, ast.Attribute) and node.attr == "args" and is_error(node.value, name))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        and any(is_error(part, name) for part in ast.walk(node.right)))
        or (isinstance(node, ast.Call) and name_of(node.func) in FORMATS
        and any(is_error(part, name) for part in node.args))
    }  # fmt: skip


def is_error(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def find_leftovers(name: str, text: str) -> Iterator[str]:
    """Notes on what is not done."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := LEFTOVER.search(line):
            yield f"{name}:{number}: {found[0]}: do it, or leave it and say nothing"


def test_no_message_of_another_packages_error_is_told() -> None:
    names = match_files("pipeline/*.py")
    assert_none(fault for name in names for fault in find_told_messages(name, read_text(name)))


def test_nothing_is_left_for_later() -> None:
    names = match_files("pipeline/*", "sql/*", "data_schemas/*.toml", "studies/*", "docs/*", "*.md")
    assert_none(fault for name in names for fault in find_leftovers(name, read_text(name)))


@pytest.mark.parametrize(
    "handling",
    [
        "except Exception as error:\n    raise StageError(f'failed: {error}')",
        "except duckdb.Error as error:\n    raise StageError(Fault('x', str(error), 'y'))",
        "except (OSError, pl.exceptions.PolarsError) as error:\n    print(error)",
        "except ComputeError as error:\n    text = 'failed: %s' % error",
        "except duckdb.Error as error:\n    text = '{}'.format(error)",
        "except duckdb.Error as error:\n    text = error.args[0]",
        "except duckdb.Error:\n    text = traceback.format_exc()",
        "except duckdb.Error:\n    log.error('failed', exc_info=True)",
    ],
)
def test_a_told_message_is_seen(handling: str) -> None:
    text = f"from polars.exceptions import ComputeError\ntry:\n    work()\n{handling}\n"
    assert len(list(find_told_messages("pipeline/x.py", text))) == 1


@pytest.mark.parametrize(
    "handling",
    [
        "except duckdb.Error as error:\n    text = type(error).__name__",
        "except duckdb.Error as error:\n    raise StageError(fault) from error",
        "except tomllib.TOMLDecodeError as error:\n    text = f'is not TOML: {error}'",
    ],
)
def test_the_class_of_an_error_and_our_own_messages_may_be_told(handling: str) -> None:
    assert not list(find_told_messages("pipeline/x.py", f"try:\n    work()\n{handling}\n"))


def test_a_leftover_is_seen() -> None:
    assert list(find_leftovers("sql/core/x.sql", "-- TODO: the rest"))
    assert list(find_leftovers("pipeline/x.py", "raise NotImplementedError"))
