"""The bench says what it measured, against which goal, and what it could not measure."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.bench.made_up import make_up_dream
from pipeline.bench.measure import Goal, Measure, Trial, find_peer, judge, skip, time_tasks
from pipeline.bench.registers import _UNPIVOT, _unpivot_in_polars
from pipeline.bench.suite import format_measure, run_subjects
from pipeline.bench.workshop import open_workshop
from pipeline.cli import app
from pipeline.errors import UsageError
from pipeline.spec import parse_weeks
from tests.support.staged import hush

# Week 53 lies within.
WEEKS = parse_weeks("2015-W50..2016-W10")
PERSONS = 400


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_up_dream(tmp_path_factory.mktemp("dream"), PERSONS, WEEKS)


def test_a_goal_is_a_bound_from_above_or_from_below() -> None:
    assert judge("a", 3.0, Goal("at most", 3), "").met is True
    assert judge("a", 3.00001, Goal("at most", 3), "").met is False
    assert judge("a", 5.0, Goal("at least", 5), "").met is True
    assert judge("a", 4.99999, Goal("at least", 5), "").met is False


def test_a_measure_holds_its_goal_in_words() -> None:
    found = judge("peak", 2_123_456_789, Goal("at most", 3e9, "bytes"), "of a run")
    assert found == Measure("peak", 2.123e9, "bytes", "at most 3e+09", True, "of a run")


def test_what_could_not_be_measured_is_unknown_and_says_why() -> None:
    found = skip("a / b", Goal("at least", 5), "b is not installed")
    assert (found.value, found.met, found.detail) == (None, None, "b is not installed")
    assert "unknown" in format_measure(found)
    assert "met" not in format_measure(found).lower()


def test_bytes_are_shown_in_gigabytes() -> None:
    line = format_measure(judge("peak", 412_345_678, Goal("at most", 2e9, "bytes"), ""))
    assert line.split() == ["peak", "0.4123", "GB", "at", "most", "2", "met"]


def test_tasks_take_turns() -> None:
    done: list[str] = []
    seconds = time_tasks({"a": lambda: done.append("a"), "b": lambda: done.append("b")}, rounds=3)
    assert done == ["a", "b"] * 3
    assert seconds.keys() == {"a", "b"}
    assert all(value >= 0 for value in seconds.values())


def test_a_peer_that_is_not_installed_is_none() -> None:
    assert find_peer("a_package_that_nobody_wrote") is None
    assert find_peer("json") is json


def test_a_made_up_register_is_the_same_each_time(made_up: list[Path], tmp_path: Path) -> None:
    again = make_up_dream(tmp_path, PERSONS, WEEKS)
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in made_up]
    frame = pl.read_parquet(made_up)
    assert frame.height == frame["pnr"].n_unique() == PERSONS
    assert frame.columns[1:] == [
        *(f"y_{week}" for week in (1550, 1551, 1552, 1553, *range(1601, 1611))),
        "nykom2015",
        "nykom2016",
    ]


def test_every_way_to_find_spells_finds_the_same(made_up: list[Path], tmp_path: Path) -> None:
    with open_workshop(tmp_path, made_up) as shop:
        shop.build("core.benefit_spells")
        own = pl.read_parquet(shop.out.table("core.benefit_spells"))
        shop.write(_UNPIVOT)
        by_windows = pl.read_parquet(shop.scratch)
        _unpivot_in_polars(made_up, shop)
        by_polars = pl.read_parquet(shop.scratch)
    assert own.height > PERSONS / 2
    assert by_windows.rows() == own.rows()
    assert by_polars.select("pnr", "benefit_code", "start_week", "end_week").rows() == own.rows()


def test_a_subject_that_is_not_there_is_refused(tmp_path: Path) -> None:
    trial = Trial(PERSONS, WEEKS, "1GB", tmp_path)
    with pytest.raises(UsageError, match=r"registrs: .* did you mean 'registers'"):
        list(run_subjects(trial, ["registrs"], hush))


def test_the_command_prints_and_writes_each_measure(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    options = [
        "--persons",
        "300",
        "--weeks",
        str(WEEKS),
        "--only",
        "registers",
        "--json",
        str(file),
    ]
    done = CliRunner().invoke(app, ["bench", *options])
    assert done.exit_code == 0, done.stderr
    measures = json.loads(file.read_text(encoding="utf-8"))
    assert len(done.stdout.splitlines()) == len(measures) == 3
    for measure in measures:
        assert list(measure) == ["measure", "value", "unit", "goal", "met", "detail"]
        assert measure["unit"] == "ratio"
        assert measure["value"] > 0
        assert isinstance(measure["met"], bool)
        assert measure["measure"] in done.stdout
