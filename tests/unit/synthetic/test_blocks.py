"""Blocks of persons: cut alike, drawn apart, written in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.spec import Study
from pipeline.synthetic import blocks as module
from pipeline.synthetic.blocks import Block, cut_blocks, draw_in_order
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.writing import write_registers
from tests.unit.synthetic.registers import Registers

MANY = Request(persons=6_000, threads=2)


@pytest.fixture(scope="module")
def blocked(hir: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivery in ten blocks, drawn by two threads."""
    folder = tmp_path_factory.mktemp("blocked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_PERSONS", 600)
        simulate_delivery(hir, folder, MANY)
    return folder


@given(
    st.integers(100, 2_000_000), st.floats(0.0, 1.0), st.floats(0.0, 0.1), st.integers(1, 70_000)
)
def test_blocks_cover_everybody_once(
    persons: int, citizens: float, strangers: float, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_PERSONS", max(most, persons // 50))
        blocks = cut_blocks(persons, round(persons * citizens), round(persons * strangers))
    assert [block.number for block in blocks] == list(range(len(blocks)))
    first = first_stranger = n_citizens = 0
    for block in blocks:
        assert (block.first, block.first_stranger) == (first, first_stranger)
        assert 0 <= block.citizens <= block.persons
        assert abs(block.citizens - block.persons * citizens) < 3
        first += block.persons
        first_stranger += block.strangers
        n_citizens += block.citizens
    assert (first, first_stranger) == (persons, round(persons * strangers))
    assert n_citizens == round(persons * citizens)


def test_streams_differ_between_blocks_seeds_and_uses() -> None:
    one, two = cut_blocks(100_000, 0, 0)
    drawn = [
        stream.integers(2**60)
        for block, seed in ((one, 1), (two, 1), (one, 2))
        for stream in block.spawn_streams(seed, 3)
    ]
    assert len(set(drawn)) == 9
    again = [stream.integers(2**60) for stream in one.spawn_streams(1, 3)]
    assert again == drawn[:3]


def test_blocks_come_in_order_and_few_are_drawn_ahead() -> None:
    gate, begun = threading.Event(), []

    def draw(block: Block) -> int:
        begun.append(block.number)
        if block.number == 0:
            gate.wait(10)
        else:
            gate.set()
        return block.number

    found = draw_in_order(draw, cut_blocks(500_000, 0, 0), threads=2)
    assert next(found) == 0
    assert len(begun) <= 3
    assert list(found) == list(range(1, 10))


def test_a_block_that_fails_ends_the_drawing() -> None:
    def draw(block: Block) -> int:
        if block.number == 3:
            raise ValueError("no")
        return block.number

    with pytest.raises(ValueError, match="no"):
        list(draw_in_order(draw, cut_blocks(500_000, 0, 0), threads=2))


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_registers_appear_whole_or_not_at_all(tmp_path: Path, file_format: str) -> None:
    frame = pl.DataFrame({"a": [1, None]})

    def fails() -> Iterator[dict[str, pl.DataFrame]]:
        yield {"one": frame, "two": frame}
        yield {"one": frame}
        raise ValueError("cut")

    with pytest.raises(ValueError, match="cut"):
        write_registers(tmp_path, file_format, fails())
    assert not list(tmp_path.iterdir())
    rows = write_registers(tmp_path, file_format, [{"one": frame}, {"one": frame}])
    assert rows == {"one": 4}
    read = pl.read_parquet if file_format == "parquet" else pl.read_csv
    assert read(tmp_path / f"one.{file_format}")["a"].to_list() == [1, None, 1, None]


def test_one_thread_writes_the_same_bytes_as_two(
    hir: Study, blocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_PERSONS", 600)
    simulate_delivery(hir, tmp_path, replace(MANY, threads=1))
    for path in blocked.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_borders_of_blocks_leave_no_trace(blocked: Path) -> None:
    """Citizens, sexes and ages are spread over the blocks as chance spreads them."""
    registers = Registers(blocked)
    block = np.arange(6_000) // 600
    age = registers.dream["alder9131"].fill_null(0).to_numpy()
    marks = {
        "course": registers.on_course.any(axis=1),
        "women": registers.dream["kon"].to_numpy() == 2,
        "old": age > np.median(age),
        "copenhagen": registers.dream["nykom2017"].fill_null(0).to_numpy() == 101,
    }
    for name, mark in marks.items():
        counts, share = np.bincount(block, mark), mark.mean()
        # The 99.99 % point of chi squared with nine degrees of freedom.
        assert ((counts - 600 * share) ** 2 / (600 * share * (1 - share))).sum() < 33.7, name
    # No two blocks hold the same persons.
    assert registers.dream.drop("pnr").unique().height > 0.8 * 6_000


def test_keys_are_of_one_person_across_blocks(blocked: Path) -> None:
    registers = Registers(blocked)
    assert registers.dream["pnr"].n_unique() == 6_000
    strangers = registers.bfl.join(registers.dream, on="pnr", how="anti")["pnr"].n_unique()
    assert 0.5 * 120 < strangers <= 120
    # The row tells nothing of the key.
    number = registers.dream["pnr"].cast(pl.Int64).to_numpy()
    assert abs(np.corrcoef(np.arange(6_000), number)[0, 1]) < 0.05
    assert abs(np.corrcoef(number[1:], number[:-1])[0, 1]) < 0.05
