"""A test that asserts nothing passes for ever."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.checkout import assert_none, match_files, read_text, walk_functions

ASSERTING_PREFIXES = ("assert", "check_")
ASSERTING_NAMES = ("raises", "warns", "fail")


def find_silent_tests(name: str, text: str) -> Iterator[str]:
    """Test functions without an assert, a pytest.raises or a call that asserts."""
    for function in walk_functions(ast.parse(text)):
        if function.name.startswith("test") and not any(map(asserts, ast.walk(function))):
            yield f"{name}:{function.lineno}: {function.name} asserts nothing that can be seen"


def asserts(node: ast.AST) -> bool:
    """Whether a node can fail a test."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert)
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called.lstrip("_").startswith(ASSERTING_PREFIXES) or called in ASSERTING_NAMES


def test_every_test_asserts_something() -> None:
    names = match_files("tests/*test_*.py")
    assert_none(fault for name in names for fault in find_silent_tests(name, read_text(name)))


def test_a_silent_test_is_seen() -> None:
    assert list(find_silent_tests("tests/unit/test_x.py", "def test_x():\n    run()\n"))


def test_a_test_that_asserts_is_not() -> None:
    for line in ("assert run()", "check_rows(run())", "testing.assert_frame_equal(a, b)"):
        assert not list(find_silent_tests("tests/unit/test_x.py", f"def test_x():\n    {line}\n"))
    raises = "def test_x():\n    with pytest.raises(ValueError):\n        run()\n"
    assert not list(find_silent_tests("tests/unit/test_x.py", raises))
