"""A fixed run gives the figures that are checked in: one that changes was meant to, or is wrong.

To write them anew: `python -m tests.golden.regenerate`
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden.fixed_run import EXPECTED, list_results, run_fixed_study

RELATIVE = 1e-8


def find_differences(found: str, expected: str) -> Iterator[str]:
    """Lines and columns that differ: numbers by more than rounding, text at all."""
    rows, wanted = (list(csv.reader(text.splitlines())) for text in (found, expected))
    if len(rows) != len(wanted) or rows[0] != wanted[0]:
        yield f"{len(rows)} rows of {rows[0]}, expected {len(wanted)} of {wanted[0]}"
        return
    for number, (row, right) in enumerate(zip(rows, wanted, strict=True), 1):
        for column, value, figure in zip(rows[0], row, right, strict=True):
            if not is_same(value, figure):
                yield f"line {number}, {column}: {value or 'empty'}, expected {figure or 'empty'}"


def is_same(found: str, expected: str) -> bool:
    try:
        return math.isclose(float(found), float(expected), rel_tol=RELATIVE, abs_tol=1e-12)
    except ValueError:
        return found == expected


def test_the_figures_are_the_checked_in_ones(tmp_path: Path) -> None:
    """One test, so that the study is run once however the tests are spread over processes."""
    results, expected = run_fixed_study(tmp_path), list_results(EXPECTED)
    assert set(results) == set(expected)
    differences = {name: list(find_differences(results[name], expected[name])) for name in expected}
    assert {name: lines for name, lines in differences.items() if lines} == {}


def test_the_expected_estimates_are_worth_comparing() -> None:
    rows = list(csv.DictReader((EXPECTED / "estimates.csv").read_text("utf-8").splitlines()))
    known = [row for row in rows if row["effect"]]
    assert {row["unit"] for row in known} == {
        "Gladsaxe",
        "Greve",
        "Vallensbæk-Ishøj",
        "participating",
    }
    assert len(known) > 40


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ("unit,effect\nGreve,1.0000001\n", "line 2, effect: 1.0000001, expected 1"),
        ("unit,effect\nGreve,\n", "line 2, effect: empty, expected 1"),
        ("unit,effect\ngreve,1\n", "line 2, unit: greve, expected Greve"),
        ("unit,effect\n", "1 rows of ['unit', 'effect'], expected 2 of ['unit', 'effect']"),
        ("unit,p_value\nGreve,1\n", "2 rows of ['unit', 'p_value'], expected 2 of"),
    ],
)
def test_a_difference_is_seen(found: str, fault: str) -> None:
    assert next(find_differences(found, "unit,effect\nGreve,1\n")).startswith(fault)


def test_rounding_is_no_difference() -> None:
    assert not list(find_differences("effect\n1.000000001\n", "effect\n1\n"))
