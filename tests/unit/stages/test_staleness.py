"""Only what is stale is built: whose text, values, inputs or codes changed, and what reads it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline import stages
from pipeline.events import Event
from tests.unit.stages.conftest import SELECTS, Toy

ALL = set(SELECTS)
READERS_OF_RAW = {"staging.pens", "core.zoos", "analysis.a"}


@pytest.fixture(autouse=True)
def built(toy: Toy) -> set[str]:
    """Everything is built before something changes."""
    return toy.list_stale()


def test_everything_is_built_at_first(built: set[str]) -> None:
    assert built == ALL


def test_nothing_is_built_where_nothing_changed(toy: Toy) -> None:
    files = {name: (toy.out.work / name).stat().st_mtime_ns for name in toy.list_files()}
    assert toy.list_stale() == set()
    assert {name: (toy.out.work / name).stat().st_mtime_ns for name in files} == files


def test_what_is_unchanged_says_so_with_its_rows(toy: Toy) -> None:
    events: list[Event] = []
    toy.build(wanted=["core.zoos"], say=events.append)
    assert [(event.kind, event.name) for event in events] == [
        ("started", "staging.pens"),
        ("unchanged", "staging.pens"),
        ("started", "core.zoos"),
        ("unchanged", "core.zoos"),
    ]
    assert events[-1].detail == {"rows": 2}


def test_a_changed_value_builds_what_names_it_and_what_reads_that(toy: Toy) -> None:
    assert toy.list_stale(floor=2.5) == {"core.zoos", "analysis.a"}
    assert toy.list_stale(floor=2.5) == set()
    assert pl.read_parquet(toy.out.table("analysis.a")).rows() == [("bob", 3.0)]


def test_a_value_that_no_stage_names_changes_nothing(toy: Toy) -> None:
    assert toy.list_stale(unnamed=1) == set()


def test_a_changed_source_builds_what_reads_it(toy: Toy) -> None:
    toy.write_animals(["ann"], [2.0])
    assert toy.list_stale(source="two") == READERS_OF_RAW


def test_a_changed_code_list_builds_what_reads_it(toy: Toy) -> None:
    toy.write_codes("cat", "dog")
    assert toy.list_stale() == ALL


def test_a_changed_text_builds_its_stage_and_what_reads_it(toy: Toy) -> None:
    toy.write("core.zoos", SELECTS["core.zoos"] + " -- as before")
    assert toy.list_stale() == {"core.zoos", "analysis.a"}


def test_another_engine_builds_everything(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "ENGINE_VERSION", "duckdb 99")
    assert toy.list_stale() == ALL


def test_a_table_that_is_gone_is_built_again_and_nothing_else(toy: Toy) -> None:
    toy.out.table("core.zoos").unlink()
    assert toy.list_stale() == {"core.zoos"}


def test_a_file_from_elsewhere_is_built_over(toy: Toy) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(toy.out.table("core.zoos"))
    assert toy.list_stale() == {"core.zoos"}


def test_a_file_that_was_cut_off_is_built_over(toy: Toy) -> None:
    """As a full disk or a lost network drive may leave it."""
    path = toy.out.table("core.zoos")
    path.write_bytes(path.read_bytes()[:40])
    assert toy.list_stale() == {"core.zoos"}


def test_a_change_taken_back_is_a_change(toy: Toy) -> None:
    toy.build(floor=2.5)
    assert toy.list_stale() == {"core.zoos", "analysis.a"}


def test_the_same_inputs_give_the_same_bytes(toy: Toy, tmp_path: Path) -> None:
    before = {name: (toy.out.work / name).read_bytes() for name in toy.list_files()}
    for name in before:
        (toy.out.work / name).unlink()
    assert toy.list_stale() == ALL
    assert {name: (toy.out.work / name).read_bytes() for name in toy.list_files()} == before
