"""The files of one register: found, named by format, turned into Parquet where they are not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars_readstat import scan_readstat

from pipeline.engine import NOTE, Engine
from pipeline.errors import ContractError, Fault, IndsatsError

_FORMATS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv", ".sas7bdat": "sas"}


def find_files(folder: Path, patterns: Sequence[str], register: str) -> list[Path]:
    """The files that a register's patterns name, in order of their names.

    Raises:
        ContractError: if a pattern names no file, or the files are of several or unknown formats.
    """
    found: list[Path] = []
    faults: list[Fault] = []
    for pattern in patterns:
        matches = _match(folder, pattern)
        found += matches
        if not matches:
            what = "no such file in the delivery's folder"
            faults.append(Fault(f"{register}: {pattern}", what, "mend files in delivery.toml"))
    formats = {name_format(path) for path in found}
    if None in formats or len(formats) > 1:
        what = "the files are of several or unknown formats"
        faults.append(Fault(register, what, "one of " + ", ".join(_FORMATS)))
    if faults:
        raise ContractError(faults)
    return sorted(set(found))


def _match(folder: Path, pattern: str) -> list[Path]:
    """The files that a pattern names, relative to the folder or absolute; none if it is none."""
    anchor = Path(pattern).anchor
    try:
        start = Path(anchor) if anchor else folder
        found = start.glob(pattern[len(anchor) :])
        return sorted(path for path in found if path.is_file())
    except (ValueError, IndexError, OSError):
        return []


def name_format(path: Path) -> str | None:
    """``parquet``, ``csv`` or ``sas`` by the file's ending, or None."""
    name = path.name.lower()
    return next((kind for ending, kind in _FORMATS.items() if name.endswith(ending)), None)


def hash_files(files: Sequence[Path]) -> str:
    """One SHA-256 over the contents of the files, in their order."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def list_columns(engine: Engine, files: Sequence[Path], register: str) -> list[str]:
    """The column names of a register's first file, as delivered."""
    with _readable(files[0], register):
        match name_format(files[0]):
            case "parquet":
                return list(pl.scan_parquet(files[0], glob=False).collect_schema())
            case "csv":
                return engine.list_csv_columns(register, files[0])
            case _:
                return scan_readstat(str(files[0])).collect_schema().names()


@dataclass(frozen=True)
class Conversion:
    """CSV or SAS files to be written as one Parquet file.

    Attributes:
        register: such as ``dream``.
        files: what is read.
        columns: those that are kept, by their delivered names.
        note: what identifies the result; it is kept in the file.
    """

    register: str
    files: Sequence[Path]
    columns: Sequence[str]
    note: str

    def write(self, engine: Engine, path: Path) -> None:
        """Write the Parquet file.

        Raises:
            ContractError: if the files cannot be read.
        """
        with _readable(self.files[0], self.register):
            if name_format(self.files[0]) == "csv":
                engine.convert_csv(self.register, self.files, self.columns, path, self.note)
            else:
                frames = [scan_readstat(str(file)).select(self.columns) for file in self.files]
                pl.concat(frames).sink_parquet(path, metadata={NOTE: self.note})


@contextmanager
def _readable(file: Path, register: str) -> Iterator[None]:
    """Turn any reader's error into one of ours; its message may quote a row."""
    try:
        yield
    except (IndsatsError, pl.exceptions.PolarsError, OSError, RuntimeError, ValueError) as error:
        what = f"cannot be read as {name_format(file)} ({type(error).__name__})"
        remedy = "deliver the file whole, with the columns of the register's first file"
        raise ContractError(Fault(f"{register}: {file.name}", what, remedy)) from None
