"""One file, one SELECT, one table: SQL that can be described, tested, explained and written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.checkout import (
    ROOT,
    assert_none,
    layer_and_noun,
    match_files,
    read_text,
    strip_sql,
)

# The wide register is read in one pass, so these two meet its columns before they are renamed.
READS_WIDE_REGISTER = {"sql/core/benefit_spells.sql", "sql/core/residences.sql"}
WIDE_COLUMNS = re.compile(r"\b(nykom|y_)", re.I)
REGISTER_COLUMNS = re.compile(r"\b(nykom|y_|ajo_|stoette_besk|branche_|grad_)", re.I)
INNERMOST_BRACKETS = re.compile(r"\([^()]*\)")


@cache
def read_benefit_codes() -> frozenset[str]:
    """Every benefit code of the code list."""
    path = ROOT / "data_schemas" / "codes" / "benefit_codes.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return frozenset(row["code"] for row in csv.DictReader(lines))


def find_faults(name: str, text: str) -> Iterator[str]:
    """What breaks the rules for SQL, with the line and what to write instead."""
    if not text.startswith("--"):
        yield f"{name}:1: begin with a comment that says what one row is"
    yield from (
        f"{name}:{number}: {advice}"
        for number, line in enumerate(strip_sql(text).splitlines(), 1)
        for pattern, advice in (
            (r";", "take the semicolon away; a file is one select"),
            (r"\bcreate\b", "take the create away; a file is one select"),
            (r"->", "write the lambda as `lambda x: …`"),
        )
        if re.search(pattern, line, re.I)
    )
    yield from find_codes(name, text)
    yield from find_register_columns(name, text)
    if layer_and_noun(name)[0] != "checks" and "order by" not in flatten(text):
        yield f"{name}: end the last select with `order by` and the key"


def find_codes(name: str, text: str) -> Iterator[str]:
    """Benefit codes written as numbers or text."""
    for number, line in enumerate(strip_sql(text, keep_strings=True).splitlines(), 1):
        for code in re.findall(r"(?<![\w.$])'?(\d{3})'?(?![\w.])", line):
            if code in read_benefit_codes():
                yield f"{name}:{number}: {code} is a bare code; join codes and filter on its group"


def find_register_columns(name: str, text: str) -> Iterator[str]:
    """Names of the registers beyond the layer that renames them."""
    if layer_and_noun(name)[0] in ("staging", "checks"):
        return
    for number, line in enumerate(strip_sql(text, keep_strings=True).splitlines(), 1):
        for found in REGISTER_COLUMNS.findall(line):
            if not (name in READS_WIDE_REGISTER and WIDE_COLUMNS.match(found)):
                yield f"{name}:{number}: {found}… is a register's name; rename it in staging"


def flatten(text: str) -> str:
    """The SQL outside all brackets: of a select with CTEs, the last select."""
    bare, n_replaced = strip_sql(text), 1
    while n_replaced:
        bare, n_replaced = INNERMOST_BRACKETS.subn("", bare)
    return re.sub(r"\s+", " ", bare).lower()


def test_sql_keeps_the_rules() -> None:
    names = match_files("sql/*.sql")
    assert_none(fault for name in names for fault in find_faults(name, read_text(name)))


SOUND = "-- One row is a job; 130 is no code here, nor is ajo_.\nselect a from b\norder by a\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (SOUND.partition("\n")[2], "begin with a comment"),
        (SOUND + ";", "semicolon"),
        (SOUND.replace("select", "create table x as select"), "create"),
        (SOUND.replace("select a", "select f(x -> x)"), "lambda"),
        (SOUND.replace("from b", "from b where a = 130"), "130 is a bare code"),
        (SOUND.replace("from b", "from b where a in ('130', '133')"), "133 is a bare code"),
        (SOUND.replace("select a", "select ajo_loentimer"), "ajo_… is a register's name"),
        (SOUND.replace("select a", "select columns('^y_')"), "y_… is a register's name"),
        (SOUND.replace("order by a", ""), "order by"),
        (SOUND.replace("order by a", "group by (select 1 order by 1)"), "order by"),
    ],
)
def test_a_broken_rule_is_seen(text: str, fault: str) -> None:
    assert any(fault in line for line in find_faults("sql/core/jobs.sql", text))


def test_sound_sql_has_no_fault() -> None:
    strings = SOUND.replace("select a", "select a || ';' || '->' || 160.33, interval 130 day")
    assert not list(find_faults("sql/core/jobs.sql", SOUND))
    assert [line for line in find_faults("sql/core/jobs.sql", strings) if "130" not in line] == []


def test_the_wide_register_may_be_read_where_it_becomes_spells() -> None:
    wide = SOUND.replace("select a", "select columns('^y_')")
    assert not list(find_faults("sql/core/benefit_spells.sql", wide))
    assert not list(find_faults("sql/staging/dream.sql", wide))
    assert list(find_faults("sql/core/residences.sql", wide.replace("y_", "ajo_")))
