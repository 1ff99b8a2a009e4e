"""The files of one register, found by pattern."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipeline.errors import ContractError, Fault

Format = Literal["parquet", "csv", "sas"]

FORMATS: dict[str, Format] = {
    ".sas7bdat": "sas",
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
}


def find_files(folder: Path, patterns: Sequence[str], register: str) -> list[Path]:
    """The files that a register's patterns name, in order of their names; formats may be mixed.

    Raises:
        ContractError: if a pattern names no file, or a file is of an unknown format.
    """
    found: set[Path] = set()
    faults: list[Fault] = []
    for pattern in patterns:
        matches = _match(folder, pattern)
        found.update(matches)
        if not matches:
            what = "no such file in the delivery's folder"
            faults.append(Fault(f"{pattern}: {register}", what, "mend files in delivery.toml"))
    for path in found:
        if name_format(path) is None:
            what = "the file is of an unknown format"
            faults.append(Fault(f"{path.name}: {register}", what, "one of " + ", ".join(FORMATS)))
    if faults:
        raise ContractError(faults)
    return sorted(found)


def _match(folder: Path, pattern: str) -> list[Path]:
    """The files that a pattern names, relative to the folder or absolute; none if it is none."""
    anchor = Path(pattern).anchor
    try:
        start = Path(anchor) if anchor else folder
        found = start.glob(pattern[len(anchor) :])
        return sorted(path for path in found if path.is_file())
    except (ValueError, IndexError, OSError):
        return []


def name_format(path: Path) -> Format | None:
    """``parquet``, ``csv`` or ``sas`` by the file's ending, or None."""
    name = path.name.lower()
    return next((kind for ending, kind in FORMATS.items() if name.endswith(ending)), None)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's contents."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def hash_together(hashes: Sequence[str]) -> str:
    """One SHA-256 for several files, from theirs in their order."""
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
