"""Files and functions of a size that is read in one sitting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.house.checkout import (
    Function,
    assert_none,
    match_files,
    read_text,
    strip_sql,
    walk_functions,
)

PYTHON_LINES = 300
FUNCTION_LINES = 40
PARAMETERS = 5
SQL_LINES = 120
CTES = 6
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
CTE = re.compile(
    r"(?:\bwith\b(?:\s+recursive\b)?|\)\s*,)\s*\w+\s+as\s+(?:(?:not\s+)?materialized\s+)?\(", re.I
)


def find_long_python(name: str, text: str) -> Iterator[str]:
    """Files and functions that are too long, and functions that take too much."""
    n_lines = len(text.splitlines())
    if n_lines > PYTHON_LINES:
        yield f"{name}: {n_lines} lines, {PYTHON_LINES} at most; split it by noun"
    for function in walk_functions(ast.parse(text)):
        where = f"{name}:{function.lineno} {function.name}"
        if (length := count_body_lines(function)) > FUNCTION_LINES:
            yield f"{where}: {length} lines, {FUNCTION_LINES} at most; split it by what it does"
        n_parameters = len(list_parameters(function))
        if n_parameters > PARAMETERS and not name.startswith("pipeline/cli/"):
            yield f"{where}: {n_parameters} parameters, {PARAMETERS} at most; give them a type"


def count_body_lines(function: Function) -> int:
    """Lines of the body after the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def list_parameters(function: Function) -> list[str]:
    """Names of the parameters but self and cls."""
    given = function.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def find_long_sql(name: str, text: str) -> Iterator[str]:
    """SQL that is too long or has too many steps."""
    n_lines = len(text.splitlines())
    if n_lines > SQL_LINES:
        yield f"{name}: {n_lines} lines, {SQL_LINES} at most; split it into two tables"
    n_ctes = len(CTE.findall(strip_sql(text)))
    if n_ctes > CTES:
        yield f"{name}: {n_ctes} CTEs, {CTES} at most; split it into two tables"


def find_names_of_nothing(name: str) -> Iterator[str]:
    """Modules and folders named for nothing in particular."""
    for part in PurePosixPath(name).with_suffix("").parts:
        if part in NAMES_OF_NOTHING:
            yield f"{name}: '{part}' names nothing; name it for the noun it holds"


def test_python_is_of_pleasant_size() -> None:
    names = match_files("pipeline/*.py")
    assert_none(fault for name in names for fault in find_long_python(name, read_text(name)))


def test_sql_is_of_pleasant_size() -> None:
    names = match_files("sql/*.sql")
    assert_none(fault for name in names for fault in find_long_sql(name, read_text(name)))


def test_every_module_is_named_for_something() -> None:
    names = match_files("pipeline/*.py", "tests/*.py", "sql/*.sql")
    assert_none(fault for name in names for fault in find_names_of_nothing(name))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = 1\n" * 301, "301 lines"),
        ("def f():\n" + "    x = 1\n" * 41, "41 lines"),
        ("def f(a, b, c, d, e, g): ...", "6 parameters"),
        ("def f(a, b, c, *, d, e, g): ...", "6 parameters"),
    ],
)
def test_too_much_python_is_seen(text: str, fault: str) -> None:
    assert fault in next(find_long_python("pipeline/x.py", text))


def test_a_docstring_and_self_are_not_counted() -> None:
    docstring = '    """What.\n' + "\n" * 20 + '    """\n'
    text = "def f(self, a, b, c, d, e):\n" + docstring + "    x = 1\n" * 40
    assert not list(find_long_python("pipeline/x.py", text))


def test_a_command_may_have_many_options() -> None:
    assert not list(find_long_python("pipeline/cli/__init__.py", "def f(a, b, c, d, e, g): ..."))


def test_too_much_sql_is_seen() -> None:
    steps = ",\n".join(f"s{i} as (select 1)" for i in range(7))
    assert "7 CTEs" in next(find_long_sql("sql/core/x.sql", f"with\n{steps}\nselect 1"))
    assert "121 lines" in next(find_long_sql("sql/core/x.sql", "select 1\n" * 121))


def test_a_name_of_nothing_is_seen() -> None:
    assert "'utils'" in next(find_names_of_nothing("pipeline/utils.py"))
    assert "'common'" in next(find_names_of_nothing("pipeline/common/weeks.py"))
