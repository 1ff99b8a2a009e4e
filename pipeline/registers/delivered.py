"""One file as it was delivered: its format and columns, and its rows turned into Parquet."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars_readstat import ScanReadstat, scan_readstat

from pipeline.engine import NOTE, Delimited, Engine
from pipeline.errors import ContractError, Fault, IndsatsError, StageError
from pipeline.layout import borrow_aside
from pipeline.registers.dialect import UTF_8, find_encoding, read_header, write_in_utf8
from pipeline.registers.files import Format, name_format

# What is held in memory at once while SAS becomes Parquet, a quarter of a gigabyte of numbers, and
# the most rows that are, which is how many DuckDB puts together.
_VALUES_AT_ONCE = 1 << 25
_ROWS_AT_ONCE = 122_880


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a register.

    Attributes:
        register: such as ``dream``.
        name: relative to the delivery; what messages call it.
        path: where it lies.
        format: of the file.
        columns: its columns' names, as delivered.
        delimiter: what parts the values of a CSV file.
        rows: how many a SAS file says that it has.
    """

    register: str
    name: str
    path: Path
    format: Format
    columns: tuple[str, ...]
    delimiter: str | None = None
    rows: int | None = None

    @property
    def place(self) -> str:
        """What messages say of where the file is wrong."""
        return f"{self.name}: {self.register}"


def open_delivered(register: str, name: str, path: Path) -> DeliveredFile:
    """A file with the names of its columns, which is all that is read of it here.

    Raises:
        ContractError: if the file is empty or cannot be read as what its ending says.
    """
    kind = name_format(path)
    place = f"{name}: {register}"
    with _readable(place, kind):
        if path.stat().st_size == 0:
            raise ContractError(Fault(place, "the file is empty", "deliver the file whole"))
        match kind:
            case "csv":
                delimiter, columns = read_header(path)
                return DeliveredFile(register, name, path, kind, columns, delimiter)
            case "parquet":
                schema = pl.scan_parquet(path, glob=False).collect_schema()
                return DeliveredFile(register, name, path, kind, tuple(schema))
            case _:
                held = ScanReadstat(str(path))
                rows = count_whole_rows(place, path, held.metadata)
                return DeliveredFile(register, name, path, "sas", tuple(held.schema), rows=rows)


def count_whole_rows(place: str, path: Path, said: Mapping[str, Any]) -> int:
    """The rows that a SAS file says it has.

    Raises:
        ContractError: if its pages are not all there. Its readers do not mind, and give fewer rows.
    """
    n_bytes = said["header_length"] + said["page_count"] * said["page_size"]
    if path.stat().st_size < n_bytes:
        what = f"the file is cut off: it says that it has {n_bytes} bytes"
        raise ContractError(Fault(place, what, "deliver the file whole"))
    return int(said["row_count"])


def write_as_parquet(
    engine: Engine, file: DeliveredFile, names: Mapping[str, str], path: Path, note: str
) -> str | None:
    """Write the named columns of a CSV or SAS file to Parquet.

    Args:
        engine: reads CSV.
        file: what is read.
        names: delivered to documented name of the columns that are kept.
        path: what is written.
        note: what identifies the result; it is kept in the file.

    Returns:
        The encoding of a CSV file.

    Raises:
        ContractError: if the file cannot be read to its end.
    """
    with _readable(file.place, file.format):
        if file.format == "csv":
            return _write_csv(engine, file, names, path, note)
        kept = [pl.col(old).alias(new) for old, new in names.items()]
        # Rows keep the order of the file, so that the same file gives the same bytes.
        rows = scan_readstat(str(file.path), preserve_order=True).select(kept)
        at_once = min(_ROWS_AT_ONCE, _VALUES_AT_ONCE // len(kept))
        rows.sink_parquet(path, row_group_size=at_once, metadata={NOTE: note})
        found = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
        if found != file.rows:
            # A copy that was broken off may have its full length, and nothing in its last pages.
            what = f"the file says that it has {file.rows} rows, but {found} can be read"
            remedy = "deliver the file whole, without rows that were deleted in place"
            raise ContractError(Fault(file.place, what, remedy))
        return None


def _write_csv(
    engine: Engine, file: DeliveredFile, names: Mapping[str, str], path: Path, note: str
) -> str:
    encoding = find_encoding(file.path)
    with borrow_aside(path.with_suffix(".csv")) as copy:
        if encoding != UTF_8:
            write_in_utf8(file.path, copy)
        readable = file.path if encoding == UTF_8 else copy
        delimited = Delimited(readable, file.delimiter or ",", file.columns)
        try:
            engine.convert_csv(file.register, delimited, names, path, note)
        except StageError:
            _require_even(engine, file, delimited)
            raise
    return encoding


def _require_even(engine: Engine, file: DeliveredFile, delimited: Delimited) -> None:
    """Say which rows are at fault, if it is rows.

    Raises:
        ContractError: naming the number of rows and the line of the first.
    """
    rejected = engine.find_rejected(file.register, delimited)
    if rejected is not None:
        count, line = rejected
        what = (
            f"{count} rows do not have {len(file.columns)} values parted by '{file.delimiter}',"
            f" the first in line {line}"
        )
        remedy = "as many values as names in the first row, quotes inside quotes doubled"
        raise ContractError(Fault(file.place, what, remedy))


@contextmanager
def _readable(place: str, kind: Format | None) -> Iterator[None]:
    """Turn any reader's error into one of ours; its message may quote a row."""
    try:
        yield
    except ContractError:
        raise
    except (
        IndsatsError,
        pl.exceptions.PolarsError,
        OSError,
        EOFError,
        zlib.error,
        RuntimeError,
        ValueError,
    ) as error:
        what = f"cannot be read as {kind} ({type(error).__name__})"
        raise ContractError(Fault(place, what, "deliver the file whole")) from None
