"""What every call of DuckDB is wrapped in."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.errors import Fault, StageError


def take_literally(path: Path) -> str:
    """A path whose brackets and stars are what they are: DuckDB takes every path for a pattern."""
    return glob.escape(path.as_posix())


@contextmanager
def guarded(table: str) -> Iterator[None]:
    """Turn DuckDB's errors into ours, without their message, which may quote a person."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        remedy = "raise --memory-limit or lower --threads"
        raise StageError(Fault(table, "DuckDB ran out of memory", remedy)) from None
    except (duckdb.InterruptException, RuntimeError):
        # An interrupt reaches DuckDB as either of these while a statement is under way.
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        what = f"DuckDB failed ({type(error).__name__})"
        remedy = "the message is withheld, since it may quote a person; check the delivery"
        raise StageError(Fault(table, what, remedy)) from None
