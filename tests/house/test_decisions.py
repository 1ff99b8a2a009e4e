"""One choice, its reason, its date; and no dependency that nobody chose."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.house.checkout import assert_none, match_files, read_text

RECORD = re.compile(r"(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md")
DATE = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")
# What the project was founded on needs no record of its own.
GIVEN = {"polars", "pyarrow", "lifelines", "linearmodels", "duckdb", "typer"}


def find_misnumbered(names: Iterable[str]) -> Iterator[str]:
    """Records without a number and a statement in their name, gaps and doubles among numbers."""
    numbers = []
    for name in sorted(names):
        if match := RECORD.fullmatch(PurePosixPath(name).name):
            numbers.append(int(match[1]))
        else:
            yield f"{name}: name it NNNN-statement.md, in lower case with hyphens"
    for number in set(numbers):
        if numbers.count(number) > 1:
            yield f"docs/decisions: {number:04} is used {numbers.count(number)} times"
    for number in set(range(1, max(numbers, default=0))) - set(numbers):
        yield f"docs/decisions: {number:04} is missing; number the records without gaps"


def find_unfinished(name: str, text: str) -> Iterator[str]:
    """Records without a title or a date."""
    if not text.startswith("# "):
        yield f"{name}:1: begin with the choice as a title, `# …`"
    if not DATE.search(text):
        yield f"{name}: give the date, such as 2026-11-21"


def find_unchosen(dependencies: Iterable[str], records: str) -> Iterator[str]:
    """Runtime dependencies that no record names in backticks."""
    for requirement in dependencies:
        name = re.split(r"[^\w.-]", requirement)[0]
        if name not in GIVEN and f"`{name}`" not in records:
            yield f"pyproject.toml: {name} has no reason; name `{name}` in a decision record"


def test_records_are_numbered_without_gaps() -> None:
    assert_none(find_misnumbered(match_files("docs/decisions/*")))


def test_records_have_a_title_and_a_date() -> None:
    names = match_files("docs/decisions/*.md")
    assert_none(fault for name in names for fault in find_unfinished(name, read_text(name)))


def test_every_dependency_was_chosen() -> None:
    dependencies = tomllib.loads(read_text("pyproject.toml"))["project"]["dependencies"]
    records = "\n".join(map(read_text, match_files("docs/decisions/*.md")))
    assert_none(find_unchosen(dependencies, records))


def test_a_gap_a_double_and_a_bad_name_are_seen() -> None:
    faults = list(find_misnumbered(["0001-a.md", "0003-b.md", "0003-c.md", "notes.md"]))
    assert len(faults) == 3
    assert "0002 is missing" in faults[-1]


def test_a_record_without_a_date_is_seen() -> None:
    assert list(find_unfinished("0001-a.md", "# We use a lock\n\nBecause.\n"))
    assert not list(find_unfinished("0001-a.md", "# We use a lock\n\n2026-11-21. Because.\n"))


def test_an_unchosen_dependency_is_seen() -> None:
    assert len(list(find_unchosen(["polars>=2", "left-pad>=1"], "`right-pad` pads."))) == 1
