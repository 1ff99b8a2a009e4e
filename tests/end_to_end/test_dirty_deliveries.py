"""A dirty simulated delivery is evaluated as the clean one is, and its dirt counted."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from pipeline.spec import load_study, parse_weeks
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.dirt import HOMELESS, SEEN

CLEAN = Request(persons=2_000, weeks=parse_weeks("2016-W01..2019-W13"), file_format="csv", seed=3)
HARMLESS = frozenset(SEEN) - {HOMELESS}
TABLE = "analysis.person_weeks"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clean delivery, one with dirt that touches nothing, and one with all kinds."""
    kinds = {"clean": frozenset(), "harmless": HARMLESS, "dirty": frozenset(SEEN)}
    folders = {}
    for name, dirt in kinds.items():
        folders[name] = tmp_path_factory.mktemp(name)
        simulate_delivery(load_study("hir"), folders[name], replace(CLEAN, dirt=dirt))
    return folders


@dataclass(frozen=True)
class Told:
    """The weeks of every member, with measures, hours and job centres; and what was said."""

    weeks: pl.DataFrame
    said: str


@pytest.fixture(scope="module")
def told(indsats, study, folders, tmp_path_factory) -> dict[str, Told]:
    found = {}
    for name, data in folders.items():
        out = tmp_path_factory.mktemp(f"{name}_out")
        done = indsats("run", study, "--data", data, "--out", out, "--until", TABLE)
        assert done.returncode == 0, done.stderr
        weeks = pl.read_parquet(out / "work" / f"{TABLE.replace('.', '/')}.parquet")
        found[name] = Told(weeks, done.stderr)
    return found


def test_dirt_that_touches_nothing_changes_nothing(told) -> None:
    assert told["clean"].weeks.height > 10_000
    assert told["clean"].weeks.equals(told["harmless"].weeks)


def test_lost_municipalities_cost_their_own_weeks_only(told) -> None:
    clean, dirty = told["clean"].weeks, told["dirty"].weeks
    assert 0.97 < dirty.height / clean.height < 1.0
    key = [name for name in clean.columns if name.endswith("_id") or name == "week"]
    assert "week" in key
    assert dirty.join(clean, on=key, how="anti").is_empty()


def test_dirt_is_told_as_it_was_counted(told, folders) -> None:
    counts = dict(pl.read_csv(folders["dirty"] / "dirt.csv").select("kind", "count").iter_rows())
    for line in (
        f"{counts['duplicates']} keys stand on more than one row",
        f"dream.y_1914: {counts['unreported_weeks']} columns",
    ):
        assert line in told["dirty"].said
        assert line not in told["clean"].said


@pytest.mark.slow
def test_estimates_are_those_of_the_clean_delivery(indsats, study, folders, tmp_path) -> None:
    for name in ("clean", "harmless", "dirty"):
        done = indsats("run", study, "--data", folders[name], "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    clean, harmless, dirty = (
        (tmp_path / name / "estimates.csv").read_bytes() for name in ("clean", "harmless", "dirty")
    )
    assert clean == harmless != dirty
    rows = [*csv.reader(clean.decode().splitlines())]
    assert len(rows) == len([*csv.reader(dirty.decode().splitlines())])
