"""Equal rows of one key are shown once and counted; those that differ are told apart."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.engine import Engine, Part, Repeats


@pytest.fixture
def shown(engine: Engine, tmp_path: Path):
    """A function that shows frames, a file each, and says which rows are left."""

    def show(frames: list[dict[str, list[object]]], key: list[str]) -> tuple[Repeats, list]:
        files = [tmp_path / f"{number}.parquet" for number in range(len(frames))]
        for file, frame in zip(files, frames, strict=True):
            pl.DataFrame(frame).write_parquet(file)
        names = {name: name for name in frames[0]}
        engine.add_register("raw.drawn", [Part(file, names) for file in files])
        repeats = engine.show_once("raw.drawn", key)
        return repeats, engine.read("from raw.drawn order by all", {}).rows()

    return show


def test_rows_without_repeats_stay(shown) -> None:
    rows = [{"pnr": ["a", "b"], "code": [1, 1]}]
    assert shown(rows, ["pnr"]) == (Repeats(), [("a", 1), ("b", 1)])


def test_equal_rows_are_one_also_across_files_and_in_the_spelling_of_the_key(shown) -> None:
    rows = [{"pnr": ["a", "b"], "code": [1, 2]}, {"pnr": [" a", "a"], "code": [1, 1]}]
    assert shown(rows, ["pnr"]) == (Repeats(n_equal=1), [("a", 1), ("b", 2)])


def test_rows_that_differ_are_counted_and_the_first_is_shown(shown) -> None:
    rows = [{"pnr": ["a", "b", "b", "c"], "code": [3, 2, 1, 3]}, {"pnr": ["c"], "code": [3]}]
    assert shown(rows, ["pnr"]) == (Repeats(1, 1), [("a", 3), ("b", 2), ("c", 3)])


def test_a_value_that_is_missing_in_one_row_is_a_difference(shown) -> None:
    repeats, _ = shown([{"pnr": ["a", "a"], "code": [1, None]}], ["pnr"])
    assert repeats == Repeats(n_differing=1)


def test_a_key_of_two_columns_is_repeated_where_both_are(shown) -> None:
    rows = [{"pnr": ["a", "a", "a"], "day": [1, 2, 2], "code": [5, 5, 5]}]
    assert shown(rows, ["pnr", "day"]) == (Repeats(n_equal=1), [("a", 1, 5), ("a", 2, 5)])


def test_rows_without_a_key_repeat_nobody(shown) -> None:
    rows = [{"pnr": [None, " ", "a"], "code": [1, 1, 1]}]
    assert shown(rows, ["pnr"]) == (Repeats(), [("a", 1), (None, 1), (None, 1)])
