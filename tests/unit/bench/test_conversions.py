"""The bench of conversions times the same rows, whoever reads them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyreadstat
import pytest

from pipeline.bench import conversions
from pipeline.bench.measure import Trial
from pipeline.engine import Engine
from pipeline.spec import parse_weeks

REGISTERS = Path(__file__).parents[2] / "data" / "registers"


def try_out(folder: Path) -> Trial:
    return Trial(1_000, parse_weeks("2015-W01..2015-W02"), "1GB", folder)


def test_a_grown_file_holds_the_rows_of_the_shipped_one_again(tmp_path: Path) -> None:
    path = tmp_path / "dream.sas7bdat"
    assert conversions.grow_sas(path, 1_000) == 200 + 5 * 197
    with Engine(tmp_path) as engine:
        own = pl.read_parquet(conversions.convert(engine, path))
    peer = pl.read_parquet(conversions.convert_by_peer(pyreadstat, path))
    assert own.equals(peer.fill_nan(None))
    first = pl.read_parquet(REGISTERS / "dream.parquet")
    assert own[:200].cast(first.schema).equals(first)
    assert own[200:].unique().height == 197


def test_the_shipped_file_is_the_one_of_the_tests() -> None:
    shipped = Path(conversions.__file__).with_name("dream.sas7bdat")
    assert shipped.read_bytes() == (REGISTERS / "dream.sas7bdat").read_bytes()


def test_the_ratio_is_set_against_its_goal(tmp_path: Path) -> None:
    (measure,) = conversions.measure_conversions(try_out(tmp_path))
    assert measure.value is not None
    assert measure.value > 0
    assert measure.goal == "at least 5"
    assert measure.detail.startswith("1,185 rows of 123 columns, ")


def test_a_peer_that_is_not_installed_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversions, "find_peer", lambda name: None)
    (measure,) = conversions.measure_conversions(try_out(tmp_path))
    assert (measure.value, measure.met) == (None, None)
    assert measure.detail == "pyreadstat is not installed"
