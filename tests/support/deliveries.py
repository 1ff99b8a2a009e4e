"""The small delivery with something changed, and the tables that are built of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipeline.layout import OutFolder
from pipeline.prepare import Job, Prepared, prepare_tables
from pipeline.spec import load_study
from tests.support.small_delivery import make_registers
from tests.support.staged import hush

Edit = Callable[[pl.DataFrame], pl.DataFrame]
REGISTERS = make_registers(6, seed=7, municipalities=[159, 253, 183, None])


def keep(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def deliver(folder: Path, dream: Edit = keep, bfl: Edit = keep) -> Path:
    """Write the small delivery after editing its registers."""
    REGISTERS.write(folder)
    for name, edit in (("dream", dream), ("bfl", bfl)):
        path = folder / f"{name}.parquet"
        edit(pl.read_parquet(path)).write_parquet(path)
    return folder


def describe(folder: Path, dream: str, bfl: str = "") -> Path:
    """Write the delivery file anew."""
    text = f"[dream]\nfiles = ['{dream}']\n" + (f"[bfl]\nfiles = ['{bfl}']\n" if bfl else "")
    (folder / "delivery.toml").write_text(text, encoding="utf-8")
    return folder


def prepare(folder: Path) -> Prepared:
    """Build every table of the shipped study."""
    return prepare_tables(load_study("hir"), Job(folder, OutFolder(folder / "out"), hush))


def read_table(folder: Path, table: str) -> pl.DataFrame:
    """A table that was built of the delivery."""
    return pl.read_parquet(OutFolder(folder / "out").table(table))
