"""The path is the name: SQL, contract and test of a table lie at the same place in three trees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.house.checkout import (
    assert_none,
    layer_and_noun,
    list_files,
    match_files,
    read_text,
)

BUILT = ("staging", "core", "analysis")
LAYERS = {"sql": (*BUILT, "checks"), "data_schemas": ("codes", "raw", *BUILT)}


def find_gaps(files: Iterable[str]) -> Iterator[str]:
    """What a table lacks in one of the trees."""
    names = set(files)
    for name in names:
        top, _, rest = name.partition("/")
        if top not in LAYERS or "." not in rest:
            continue
        if rest.count("/") != 1 or rest.split("/")[0] not in LAYERS[top]:
            yield f"{name}: no such layer; put it in {top}/{'|'.join(LAYERS[top])}/<noun>"
            continue
        layer, noun = layer_and_noun(name)
        wanted = {
            ".sql": [f"tests/sql/{layer}/test_{noun}.py", f"data_schemas/{layer}/{noun}.toml"],
            ".toml": [f"sql/{layer}/{noun}.sql"],
            ".csv": [f"data_schemas/{layer}/{noun}.toml"],
        }
        if layer not in BUILT and not name.endswith(".csv"):
            continue
        suffix = name[name.rindex(".") :]
        yield from (f"{name}: write {path}" for path in wanted.get(suffix, []) if path not in names)


def find_untested(checks: Iterable[str], tests: str) -> Iterator[str]:
    """Checks that no test names. They are short and no tables, so they may share a test file."""
    for name in checks:
        _, noun = layer_and_noun(name)
        if not re.search(rf"\b{noun}\b", tests):
            yield f"{name}: name {noun} in a test in tests/sql/checks"


def test_every_check_is_tested() -> None:
    tests = "\n".join(map(read_text, match_files("tests/sql/checks/test_*.py")))
    assert_none(find_untested(match_files("sql/checks/*.sql"), tests))


def test_every_table_has_its_sql_its_contract_and_its_test() -> None:
    assert_none(find_gaps(list_files()))


def test_a_table_without_its_contract_or_its_test_is_seen() -> None:
    assert sorted(find_gaps(["sql/core/jobs.sql"])) == [
        "sql/core/jobs.sql: write data_schemas/core/jobs.toml",
        "sql/core/jobs.sql: write tests/sql/core/test_jobs.py",
    ]


def test_a_check_that_no_test_names_is_seen() -> None:
    assert list(find_untested(["sql/checks/overlaps.sql"], 'run_check("overlap")')) == [
        "sql/checks/overlaps.sql: name overlaps in a test in tests/sql/checks"
    ]
    assert not list(find_untested(["sql/checks/overlaps.sql"], 'run_check("overlaps")'))


def test_a_contract_without_its_sql_is_seen_but_raw_is_made_by_nobody() -> None:
    assert list(find_gaps(["data_schemas/core/jobs.toml", "data_schemas/raw/bfl.toml"])) == [
        "data_schemas/core/jobs.toml: write sql/core/jobs.sql"
    ]


def test_a_code_list_without_its_contract_is_seen() -> None:
    assert list(find_gaps(["data_schemas/codes/sizes.csv"])) == [
        "data_schemas/codes/sizes.csv: write data_schemas/codes/sizes.toml"
    ]


def test_an_unknown_layer_is_seen() -> None:
    assert "no such layer" in next(find_gaps(["sql/marts/jobs.sql"]))
