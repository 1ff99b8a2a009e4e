"""A changed delivery builds what reads what changed; one that only looks changed builds nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipeline import stages
from pipeline.engine import connection
from tests.support.deliveries import deliver, describe, prepare, read_table

JOBS = {"staging.jobs", "staging.ordinary_hours"}


class Folder:
    """A delivery in CSV, of which every table was built."""

    def __init__(self, path: Path) -> None:
        self.path = deliver(path)
        for register in ("dream", "bfl"):
            self.write(register, pl.read_parquet(path / f"{register}.parquet"))
        describe(path, "dream.csv", "bfl.csv")

    def write(self, register: str, frame: pl.DataFrame, separator: str = ",") -> None:
        frame.write_csv(self.path / f"{register}.csv", separator=separator)

    def change(self, register: str, **columns: pl.Expr) -> None:
        frame = pl.read_parquet(self.path / f"{register}.parquet")
        self.write(register, frame.with_columns(**columns))

    def list_stale(self) -> set[str]:
        return {built.table for built in prepare(self.path).stages if built.was_stale}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(tmp_path_factory.mktemp("delivery"))
    assert {"core.benefit_spells", "analysis.gaps"} | JOBS < folder.list_stale()
    return folder


@pytest.fixture
def folder(whole: Folder) -> Iterator[Folder]:
    """The delivery as it was; afterwards it is put back and built again."""
    kept = {path: path.read_bytes() for path in whole.path.iterdir() if path.is_file()}
    yield whole
    for path, content in kept.items():
        path.write_bytes(content)
    whole.list_stale()


def test_nothing_is_built_of_a_delivery_that_only_looks_changed(folder: Folder) -> None:
    """Other times, other line of the delivery file, an unused file beside it."""
    os.utime(folder.path / "dream.csv")
    describe(folder.path, "dream.csv", "bfl*.csv")
    (folder.path / "notes.csv").write_text("nothing")
    assert folder.list_stale() == set()


def test_changed_jobs_build_what_reads_jobs_and_no_spells(folder: Folder) -> None:
    folder.change("bfl", ajo_loentimer=pl.col("ajo_loentimer") + 1)
    stale = folder.list_stale()
    assert stale > JOBS
    assert not {table for table in stale if table.startswith("core.")}
    assert "analysis.gaps" not in stale


def test_a_change_of_the_same_length_is_seen(folder: Folder) -> None:
    before = (folder.path / "bfl.csv").stat()
    text = (folder.path / "bfl.csv").read_text(encoding="utf-8")
    assert "160.33" in text
    (folder.path / "bfl.csv").write_text(text.replace("160.33", "160.32"), encoding="utf-8")
    os.utime(folder.path / "bfl.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folder.list_stale() > JOBS
    hours = read_table(folder.path, "staging.jobs")["paid_hours"].cast(pl.Float64)
    assert hours.max() == pytest.approx(160.32)


def test_a_change_of_dream_builds_spells_and_no_jobs(folder: Folder) -> None:
    folder.change("dream", y_1801=pl.lit(817))
    stale = folder.list_stale()
    assert "core.benefit_spells" in stale
    assert not JOBS & stale


def test_keys_that_are_written_otherwise_elsewhere_build_anew(tmp_path: Path) -> None:
    """DREAM is the same file, but its keys are filled up to the length of e-income's."""
    folder = Folder(tmp_path)
    number = pl.col("pnr").str.slice(1).cast(pl.Int64) + 1
    folder.change("dream", pnr=number)
    folder.change("bfl", pnr=number)
    folder.list_stale()
    folder.change("bfl", pnr=number.cast(pl.String).str.zfill(8))
    assert folder.list_stale() >= {"core.benefit_spells", *JOBS}
    assert read_table(tmp_path, "core.benefit_spells")["person_id"].min() == "00000001"


def test_another_engine_builds_everything(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """How values are decoded is part of the engine's version."""
    everything = {built.table for built in prepare(folder.path).stages}
    assert all(macro in stages.ENGINE_VERSION for macro in connection.DECODING)
    monkeypatch.setattr(stages, "ENGINE_VERSION", "duckdb 99")
    assert folder.list_stale() == everything
