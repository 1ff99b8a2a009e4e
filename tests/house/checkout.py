"""The checkout as the house rules see it: its files, their text, their syntax."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def list_files() -> tuple[str, ...]:
    """Every file that is committed or about to be, relative to the root, with forward slashes."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()}))


def match_files(*patterns: str) -> list[str]:
    """The files that match any of the patterns; ``**`` is not needed, as ``*`` crosses folders."""
    shapes = [re.compile(re.escape(pattern).replace(r"\*", ".*")) for pattern in patterns]
    return [name for name in list_files() if any(shape.fullmatch(name) for shape in shapes)]


@cache
def read_text(name: str) -> str:
    """A file's text; nothing for a file that is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def walk_functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def strip_sql(text: str, *, keep_strings: bool = False) -> str:
    """SQL without comments and, unless kept, without what stands in quotes; lines stay lines."""
    kept = r"\g<0>" if keep_strings else "''"
    pattern = re.compile(r"(?P<string>'(?:[^']|'')*')|--[^\n]*")
    return pattern.sub(lambda hit: hit.expand(kept) if hit["string"] else "", text)


def layer_and_noun(name: str) -> tuple[str, str]:
    """``core`` and ``benefit_spells`` of ``sql/core/benefit_spells.sql``."""
    path = PurePosixPath(name)
    return path.parent.name, path.stem


def assert_none(faults: Iterable[str]) -> None:
    """Nothing is wrong, or the test fails with one line per fault."""
    lines = sorted(faults)
    assert not lines, "\n" + "\n".join(lines)
