"""An engine with a made-up register, in which stages are built again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.engine import Engine, Part
from pipeline.events import Event
from pipeline.layout import OutFolder
from pipeline.stages import Builder, Stage, choose_stages, list_stages
from pipeline.weeks import WEEK_COLUMN, parse_week_column

_SCAN = r"select sum(columns('^y_\d{4}$')) from raw.dream"


@dataclass(frozen=True)
class Workshop:
    """What is needed to build stages of one made-up register.

    Attributes:
        engine: holds ``raw.dream``.
        out: where tables are written.
        parameters: the values that stages name.
        stages: every stage, in order.
    """

    engine: Engine
    out: OutFolder
    parameters: dict[str, Any]
    stages: dict[str, Stage]

    @property
    def scratch(self) -> Path:
        """A file for what is timed and not looked at."""
        return self.out.root / "scratch.parquet"

    def scan(self) -> None:
        """Read every week column and do the least with it."""
        scan_weeks(self.engine)

    def write(self, sql: str) -> None:
        """Write what a SELECT gives to Parquet."""
        self.engine.write_parquet("bench", sql, {}, self.scratch, "")

    def build(self, *tables: str) -> None:
        """Build some tables anew and check their contracts, as a run does."""
        chosen = choose_stages(self.stages, tables)
        for table in chosen:
            self.out.table(table).unlink(missing_ok=True)
        builder = Builder(self.engine, self.out, self.parameters, {"raw.dream": "made up"})
        builder.build(chosen, hush)

    def count(self, table: str) -> int:
        """The number of rows of a table that was built."""
        return self.engine.count_rows(table)


@contextmanager
def open_workshop(folder: Path, files: Sequence[Path]) -> Iterator[Workshop]:
    """A workshop over Parquet files of one register."""
    names = pl.scan_parquet(files[0], glob=False).collect_schema().names()
    weeks = [parse_week_column(name) for name in names if WEEK_COLUMN.match(name)]
    with Engine(folder / "spill") as engine:
        shown = {name: name for name in names}
        engine.add_register("raw.dream", [Part(file, shown) for file in files])
        parameters = {"dream_first_week": min(weeks), "dream_last_week": max(weeks)}
        yield Workshop(engine, OutFolder(folder), parameters, list_stages(engine))


def scan_weeks(engine: Engine) -> None:
    """Sum every week column of ``raw.dream``."""
    engine.read(_SCAN, {})


def hush(_: Event) -> None:
    """Say nothing."""
