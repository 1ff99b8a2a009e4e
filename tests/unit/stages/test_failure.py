"""A stage that fails or is interrupted leaves what was there, and the next run goes on from it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.engine import Engine
from pipeline.errors import ContractError, StageError
from tests.unit.stages.conftest import PROMISE, SELECTS, Toy

PLANTED = "0101901234"
FINISHED = {"staging/pens.parquet"}
WANTED = ["core.zoos"]


def test_a_stage_that_cannot_be_run_leaves_nothing_behind(toy: Toy) -> None:
    toy.write_animals([PLANTED], [2.0])
    toy.write("core.zoos", "select cast(person_id as date) as person_id from staging.pens")
    with pytest.raises(StageError, match=r"core\.zoos: DuckDB failed \(") as caught:
        toy.build(WANTED)
    assert PLANTED not in str(caught.value)
    assert toy.list_files() == FINISHED


@pytest.mark.parametrize(
    ("animals", "fault"),
    [
        (([PLANTED], [-2.0]), "pens.weight: 1 are too small; at least 0"),
        (([PLANTED, PLANTED], [2.0, 3.0]), "pens.person_id: 1 rows repeat a key; each key once"),
        (([PLANTED], [None]), "pens.weight: 1 are null; every row needs a value"),
    ],
)
def test_a_table_that_breaks_its_promise_is_not_kept(
    toy: Toy, animals: tuple[list[str], list[Any]], fault: str
) -> None:
    toy.write_animals(*animals)
    with pytest.raises(ContractError, match=fault) as caught:
        toy.build(WANTED)
    assert PLANTED not in str(caught.value)
    assert toy.list_files() == set()


def test_a_table_of_other_columns_than_promised_is_not_kept(toy: Toy) -> None:
    toy.write("core.zoos", "select person_id, weight::float as weight from staging.pens")
    with pytest.raises(ContractError, match="columns or types differ from the contract"):
        toy.build(WANTED)
    assert toy.list_files() == FINISHED


def test_the_earlier_table_stays_until_a_new_one_is_whole(toy: Toy) -> None:
    toy.build(WANTED)
    before = toy.out.table("core.zoos").read_bytes()
    toy.write("core.zoos", "select person_id, -weight as weight from staging.pens")
    with pytest.raises(ContractError):
        toy.build(WANTED)
    assert toy.out.table("core.zoos").read_bytes() == before
    toy.write("core.zoos", SELECTS["core.zoos"])
    assert toy.list_stale(wanted=WANTED) == set()


def test_an_interrupted_run_goes_on_where_it_was(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Engine.write_parquet

    def interrupt(engine: Engine, table: str, *rest: Any) -> None:
        write(engine, table, *rest)
        if table == "core.zoos":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "write_parquet", interrupt)
        with pytest.raises(KeyboardInterrupt):
            toy.build(WANTED)
    assert toy.list_files() == FINISHED
    assert toy.list_stale(wanted=WANTED) == {"core.zoos"}
    assert pl.read_parquet(toy.out.table("core.zoos")).height == 2


def test_a_table_is_held_to_its_promise_as_it_is_now(toy: Toy) -> None:
    """Weights of 2 and 3 kg break a promise of 5, though they were built under another."""
    toy.build(WANTED)
    toy.write("core.zoos", SELECTS["core.zoos"], PROMISE.replace("minimum = 0", "minimum = 5"))
    with pytest.raises(ContractError, match="2 are too small; at least 5"):
        toy.build(WANTED)
