"""Laws of benefit spells, whatever the panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import Engine, Part
from pipeline.layout import SQL
from pipeline.weeks import WEEK, format_week_column, parse_week_column
from tests.support.careers import CODES, count_weeks
from tests.support.plain import find_spells, read_person

TABLE = "core.benefit_spells"
FIRST_WEEK = date(2020, 12, 7)  # four weeks before the end of a year with a week 53
LONGEST = 60  # over another year's end
SAME = -1  # the code of the week before
SEEDS = st.integers(0, 2**32)
Spell = tuple[str, int, date, date]
Panel = Sequence[Sequence[int | None]]


class Spells:
    """The stage, on panels given as frames."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._folder = folder
        self._engine = Engine(folder / "spill", threads)
        self._sql = (SQL / "core" / "benefit_spells.sql").read_text(encoding="utf-8")

    def build(self, frame: pl.DataFrame) -> list[Spell]:
        """The spells of a panel, one row each."""
        return pl.read_parquet(self.write(frame)).rows()

    def write(self, frame: pl.DataFrame) -> Path:
        """The Parquet file that the stage makes of a panel."""
        given, found = self._folder / "dream.parquet", self._folder / "spells.parquet"
        frame.write_parquet(given, row_group_size=10_000)
        names = {name: name for name in frame.columns}
        self._engine.add_register("raw.dream", [Part(given, names)])
        first_week, last_week = map(parse_week_column, (frame.columns[1], frame.columns[-1]))
        parameters = {"dream_first_week": first_week, "dream_last_week": last_week}
        self._engine.write_parquet(TABLE, self._sql, parameters, found, "none")
        return found


@pytest.fixture(scope="module")
def spells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spells]:
    return Spells(tmp_path_factory.mktemp("spells"))


@st.composite
def draw_panel(draw: st.DrawFn) -> Panel:
    """Up to twelve persons with as many weeks each, many of them like the week before.

    Few weeks are drawn one by one; many come as runs, which shrink to something one can read.
    """
    if draw(st.booleans()):
        n_weeks = draw(st.integers(1, 10))
        person = st.lists(st.sampled_from([SAME, *CODES]), min_size=n_weeks, max_size=n_weeks)
        return [continue_codes(drawn) for drawn in draw(st.lists(person, max_size=12))]
    n_weeks = draw(st.integers(11, LONGEST))
    runs = draw(st.lists(draw_any_runs(), max_size=12))
    return [[code for code, length in run for _ in range(length)][:n_weeks] for run in runs]


def draw_any_runs() -> st.SearchStrategy[list[tuple[int | None, int]]]:
    """Runs of whatever code, known or not, that fill the longest panel."""
    code = st.one_of(st.none(), st.sampled_from(CODES), st.integers(0, 9999))
    run = st.tuples(code, st.integers(1, LONGEST))
    return st.lists(run, max_size=8).map(lambda runs: [*runs, (None, LONGEST)])


def continue_codes(drawn: Sequence[int | None]) -> list[int | None]:
    codes: list[int | None] = [None]
    for code in drawn:
        codes.append(codes[-1] if code == SAME else code)
    return codes[1:]


def frame_panel(panel: Sequence[Sequence[object]], kind: object, first_week: date = FIRST_WEEK):
    n_weeks = len(panel[0]) if panel else 1
    columns = [format_week_column(week) for week in count_weeks(first_week, n_weeks)]
    rows = [[f"p{i:02d}", *codes] for i, codes in enumerate(panel)]
    schema = {"pnr": pl.String} | dict.fromkeys(columns, kind)
    return pl.DataFrame(rows, schema=schema, orient="row")


@given(panel=draw_panel())
def test_spells_give_back_exactly_the_weeks(spells: Spells, panel: Panel) -> None:
    frame = frame_panel(panel, pl.Int64)
    found = {
        (person, week, code)
        for person, code, start, end in spells.build(frame)
        for week in count_weeks(start, (end - start) // WEEK)
    }
    assert found == {
        (row["pnr"], parse_week_column(name), code)
        for row in frame.to_dicts()
        for name, code in row.items()
        if name != "pnr" and code is not None
    }


@given(panel=draw_panel())
def test_spells_equal_the_plain_computation(spells: Spells, panel: Panel) -> None:
    frame = frame_panel(panel, pl.Int64)
    assert spells.build(frame) == [
        (row["pnr"], *spell) for row in frame.to_dicts() for spell in find_spells(read_person(row))
    ]


@given(panel=draw_panel())
def test_spells_never_overlap_and_equal_codes_never_touch(spells: Spells, panel: Panel) -> None:
    found = spells.build(frame_panel(panel, pl.Int64))
    for earlier, later in pairwise(found):
        if earlier[0] == later[0]:
            assert earlier[3] <= later[2]
            assert earlier[3] < later[2] or earlier[1] != later[1]
    assert all(start < end for *_, start, end in found)


@given(panel=draw_panel(), chance=SEEDS)
def test_the_order_of_rows_changes_nothing(spells: Spells, panel: Panel, chance: int) -> None:
    frame = frame_panel(panel, pl.Int64)
    places = Random(chance).sample(range(frame.height), frame.height)
    expected = spells.write(frame).read_bytes()
    assert spells.write(frame[places]).read_bytes() == expected


@given(panel=draw_panel(), chance=SEEDS)
def test_nobody_changes_the_spells_of_others(spells: Spells, panel: Panel, chance: int) -> None:
    frame = frame_panel(panel, pl.Int64)
    some = Random(chance).sample(range(frame.height), frame.height // 2)
    kept = set(frame["pnr"][some])
    alone = spells.build(frame[some])
    assert alone == [spell for spell in spells.build(frame) if spell[0] in kept]


@given(panel=draw_panel(), n_weeks=st.integers(-60, 60))
def test_shifted_weeks_give_shifted_spells(spells: Spells, panel: Panel, n_weeks: int) -> None:
    shift = WEEK * n_weeks
    shifted = spells.build(frame_panel(panel, pl.Int64, FIRST_WEEK + shift))
    assert shifted == [
        (person, code, start + shift, end + shift)
        for person, code, start, end in spells.build(frame_panel(panel, pl.Int64))
    ]


def write_as_text(code: int | None, chance: Random) -> str | None:
    if code is None:
        return chance.choice([None, "", " ", ".", " . "])
    return chance.choice([str(code), f" {code}", f"{code} ", f"{code}.0", f" {code}.00"])


@given(panel=draw_panel(), chance=SEEDS)
def test_text_and_numbers_give_the_same_bytes(spells: Spells, panel: Panel, chance: int) -> None:
    spelling = Random(chance)
    written = [[write_as_text(code, spelling) for code in codes] for codes in panel]
    expected = spells.write(frame_panel(panel, pl.Int64)).read_bytes()
    assert spells.write(frame_panel(written, pl.String)).read_bytes() == expected


@given(panel=draw_panel(), chance=SEEDS)
def test_weeks_of_several_number_types_give_the_same_bytes(
    spells: Spells, panel: Panel, chance: int
) -> None:
    frame = frame_panel(panel, pl.Int64)
    typing = Random(chance)
    mixed = frame.with_columns(
        pl.col(name).cast(typing.choice([pl.Int16, pl.Int64, pl.Float64]))
        for name in frame.columns[1:]
    )
    expected = spells.write(frame).read_bytes()
    assert spells.write(mixed).read_bytes() == expected


def test_threads_change_no_byte(spells: Spells, tmp_path: Path) -> None:
    """More persons than one thread takes at a time, in the order of nobody's key."""
    chance = Random(11)
    panel = [chance.choices(CODES, k=3) for _ in range(50_000)]
    frame = frame_panel(panel, pl.Int64).reverse()
    many = Spells(tmp_path, threads=4).write(frame).read_bytes()
    assert many == spells.write(frame).read_bytes()


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.Null])
def test_weeks_that_are_partly_text_give_equal_spells(spells: Spells, kind: pl.DataType) -> None:
    frame = frame_panel([[None, 810, 810], [None, 730, None]], pl.Int64)
    first, *others = frame.columns[1:]
    mixed = frame.with_columns(pl.col(first).cast(kind), pl.col(others).cast(pl.String))
    assert spells.build(mixed) == spells.build(frame)


@pytest.mark.parametrize("kind", [pl.Float64, pl.Int32, pl.Null])
def test_weeks_of_several_kinds_of_number_give_equal_spells(
    spells: Spells, kind: pl.DataType
) -> None:
    frame = frame_panel([[None, 810, 810], [None, 730, None], [None, 810, 730]], pl.Int16)
    first = frame.columns[1]
    assert spells.build(frame.with_columns(pl.col(first).cast(kind))) == spells.build(frame)
