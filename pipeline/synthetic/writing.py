"""Writes registers block by block: one file each, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from pipeline.layout import write_aside

Registers = dict[str, pl.DataFrame]
Add = Callable[[pl.DataFrame], object]


def write_registers(
    folder: Path, file_format: str, blocks: Iterable[Registers], is_latin_1: bool = False
) -> dict[str, int]:
    """Writes the registers of all blocks, and gives the number of rows of each.

    A block is a row group of each file. No file appears before all are complete. CSV is written
    in UTF-8, or in Latin-1.
    """
    open_file: Callable[[Path, pl.DataFrame], AbstractContextManager[Add]] = _open_parquet
    if file_format == "csv":
        open_file = partial(_open_csv, "latin-1" if is_latin_1 else "utf-8")
    rows: dict[str, int] = {}
    adders: dict[str, Add] = {}
    with ExitStack() as files:
        for registers in blocks:
            for name, frame in registers.items():
                if name not in adders:
                    path = folder / f"{name}.{file_format}"
                    adders[name] = files.enter_context(open_file(path, frame))
                adders[name](frame)
                rows[name] = rows.get(name, 0) + frame.height
    return rows


@contextmanager
def _open_parquet(path: Path, like: pl.DataFrame) -> Iterator[Add]:
    """What adds rows like these to a Parquet file."""
    with write_aside(path) as aside, ParquetWriter(aside, _to_arrow(like).schema) as writer:
        yield lambda frame: writer.write_table(_to_arrow(frame))


@contextmanager
def _open_csv(encoding: str, path: Path, like: pl.DataFrame) -> Iterator[Add]:
    """What adds rows like these to a CSV file."""
    with write_aside(path) as aside, aside.open("w", encoding=encoding, newline="") as file:
        file.write(like.clear().write_csv())
        yield lambda frame: file.write(frame.write_csv(include_header=False))


def _to_arrow(frame: pl.DataFrame) -> pa.Table:
    """The same columns, of types that every reader of Parquet knows."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
