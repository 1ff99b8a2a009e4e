"""CSV files as DuckDB reads them: every value as text, nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.engine.guard import take_literally

_MOST_REJECTED = 100_000


@dataclass(frozen=True)
class Delimited:
    """A CSV file in UTF-8 and how it is written.

    Attributes:
        path: the file.
        delimiter: what parts its values.
        columns: the names in its first row.
    """

    path: Path
    delimiter: str
    columns: Sequence[str]


def read_delimited(
    connection: duckdb.DuckDBPyConnection, file: Delimited, *, keep_going: bool = False
) -> duckdb.DuckDBPyRelation:
    """The file's rows.

    Args:
        connection: DuckDB's.
        file: what is read.
        keep_going: note rows that cannot be read in the table ``rejected``, and go on.
    """
    noting = (
        {
            "store_rejects": True,
            "rejects_table": "rejected",
            "rejects_scan": "rejected_scans",
            "rejects_limit": _MOST_REJECTED,
        }
        if keep_going
        else {}
    )
    return connection.read_csv(
        take_literally(file.path),
        auto_detect=False,
        columns=dict.fromkeys(file.columns, "VARCHAR"),
        header=True,
        sep=file.delimiter,
        quotechar='"',
        escapechar='"',
        **noting,  # type: ignore[arg-type]
    )


def find_rejected(connection: duckdb.DuckDBPyConnection, file: Delimited) -> tuple[int, int] | None:
    """How many rows cannot be read, and the line of the first; None if every row can be."""
    for table in ("rejected", "rejected_scans"):
        connection.execute(f"drop table if exists {table}")
    read_delimited(connection, file, keep_going=True).count(f'"{file.columns[-1]}"').fetchall()
    count, first = connection.execute(
        "select count(distinct line), min(line) from rejected"
    ).fetchall()[0]
    return (count, first) if count else None
