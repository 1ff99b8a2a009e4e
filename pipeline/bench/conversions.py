"""SAS turned into Parquet, against the C library that most programs read SAS with."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.bench.measure import Goal, Measure, Trial, find_peer, judge, skip, time_tasks
from pipeline.engine import Engine
from pipeline.registers.delivered import open_delivered, write_as_parquet

_NAME = "pyreadstat / SAS to Parquet"
_GOAL = Goal("at least", 5)
# Enough that what a file costs beside its rows is lost in them; the peer holds every row in memory.
_MOST_ROWS = 400_000
# 200 simulated persons; nothing in Python writes SAS, so larger files repeat its pages.
_SEED = Path(__file__).with_name("dream.sas7bdat")
# Where a file of 64 bits, as this one is, says how many pages it has, and a page what it holds.
_PAGE_COUNT, _PAGE_TYPE, _PAGE_ROWS = 208, 32, 34
_PAGE_OF_ROWS = 0x100


def measure_conversions(trial: Trial) -> list[Measure]:
    """How long it takes to turn DREAM in SAS into Parquet, all columns."""
    peer = find_peer("pyreadstat")
    if peer is None:
        return [skip(_NAME, _GOAL, "pyreadstat is not installed")]
    path = trial.folder / "dream.sas7bdat"
    rows = grow_sas(path, min(trial.persons, _MOST_ROWS))
    with Engine(trial.folder / "spill") as engine:
        tasks: dict[str, Callable[[], object]] = {
            "own": lambda: convert(engine, path),
            "peer": lambda: convert_by_peer(peer, path),
        }
        seconds = time_tasks(tasks)
        n_columns = len(open_delivered("dream", path.name, path).columns)
    detail = f"{rows:,} rows of {n_columns} columns, {path.stat().st_size:,} bytes"
    return [judge(_NAME, seconds["peer"] / seconds["own"], _GOAL, detail)]


def convert(engine: Engine, path: Path) -> Path:
    """The project's own way: in chunks of rows, in bounded memory."""
    file = open_delivered("dream", path.name, path)
    target = path.with_suffix(".own.parquet")
    write_as_parquet(engine, file, {name: name for name in file.columns}, target, "")
    return target


def convert_by_peer(peer: Any, path: Path) -> Path:
    """Every row into a frame, and the frame to Parquet."""
    rows, _ = peer.read_sas7bdat(str(path))
    target = path.with_suffix(".peer.parquet")
    rows.to_parquet(target)
    return target


def grow_sas(target: Path, at_least: int) -> int:
    """Write a SAS file whose rows are those of the shipped one, again and again.

    Args:
        target: what is written.
        at_least: how many rows.

    Returns:
        How many rows it has.
    """
    n_rows = open_delivered("dream", _SEED.name, _SEED).rows or 0
    content = _SEED.read_bytes()
    n_pages = int(struct.unpack_from("<Q", content, _PAGE_COUNT)[0])
    size = len(content) // (1 + n_pages)
    head, *pages = [content[at : at + size] for at in range(0, len(content), size)]
    repeated = [page for page in pages if _holds_rows(page)]
    n_repeated = sum(int(struct.unpack_from("<H", page, _PAGE_ROWS)[0]) for page in repeated)
    times = max(0, -(-(at_least - n_rows) // n_repeated))
    rows = n_rows + times * n_repeated
    once = [_say(page, n_rows, rows) for page in pages if not _holds_rows(page)]
    with target.open("wb") as file:
        written = bytearray(head)
        struct.pack_into("<Q", written, _PAGE_COUNT, n_pages + times * len(repeated))
        file.write(written)
        file.writelines([*once, *repeated])
        for _ in range(times):
            file.writelines(repeated)
    return rows


def _say(page: bytes, old: int, new: int) -> bytes:
    """A page that says another number of rows."""
    layout = f"<{len(page) // 8}Q"
    return struct.pack(layout, *(new if n == old else n for n in struct.unpack(layout, page)))


def _holds_rows(page: bytes) -> bool:
    return bool(struct.unpack_from("<H", page, _PAGE_TYPE)[0] == _PAGE_OF_ROWS)
