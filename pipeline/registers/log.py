"""The log of the files that were read: what was found in each, and what it looked like then.

A file is taken for unchanged without reading it if its path, size and both of its times are those
of the log (decision 0025). Otherwise its contents are hashed, and read again only if they changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.engine import KeyShape
from pipeline.layout import write_aside
from pipeline.registers.files import Format

# The coarsest clock of a file system in use ticks every other second (FAT).
_TICK_NS = 2_000_000_000


@dataclass(frozen=True)
class Stamp:
    """What the file system says of a file.

    Attributes:
        path: absolute.
        size: in bytes.
        modified_ns: when the contents were written, in nanoseconds since 1970.
        changed_ns: when anything of the file changed; on Windows, when it was made.
    """

    path: str
    size: int
    modified_ns: int
    changed_ns: int

    def is_settled(self, now_ns: int) -> bool:
        """Whether a later change must show in the times: these lie more than a tick back."""
        return max(self.modified_ns, self.changed_ns) + _TICK_NS < now_ns


def take_stamp(path: Path) -> Stamp:
    """What the file system says of a file now."""
    found = path.stat()
    return Stamp(path.resolve().as_posix(), found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@dataclass(frozen=True)
class FileRecord:
    """One file as it was read.

    Attributes:
        register: such as ``dream``.
        file: its name, relative to the delivery.
        format: of the file.
        delimiter: what parts the values of a CSV file.
        encoding: of a CSV file.
        rows: their number.
        types: documented name to the type of each column that is used.
        seconds: spent on reading it, hash and conversion.
        sha256: of its contents.
        note: what identifies the columns that were read of these contents, and the reader.
        keys: how person keys are written; None if none is of digits alone.
        stamp: what it looked like; None if it was too young to be known again by that.
    """

    register: str
    file: str
    format: Format
    delimiter: str | None
    encoding: str | None
    rows: int
    types: dict[str, str]
    seconds: float
    sha256: str
    note: str
    keys: KeyShape | None
    stamp: Stamp | None

    @property
    def description(self) -> str:
        """The format, and how a CSV file is written."""
        named = {"parquet": "Parquet", "csv": "CSV", "sas": "SAS"}[self.format]
        if self.delimiter is None:
            return named
        return f"{named}, parted by '{self.delimiter}', {self.encoding}"

    @property
    def told(self) -> dict[str, Any]:
        """What the manifest says of the file."""
        untold = ("note", "keys", "stamp")
        return {name: value for name, value in asdict(self).items() if name not in untold}


class ReadLog:
    """The records of one out folder, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        """Take the log's path; what is no log is none."""
        self._path = path
        self._records = {(r.register, r.file): r for r in _load_records(path)}

    def find(self, register: str, file: str) -> FileRecord | None:
        """What the log says of a file, or None."""
        return self._records.get((register, file))

    def keep(self, record: FileRecord) -> None:
        """Put a record in the place of the file's last."""
        if self.find(record.register, record.file) != record:
            self._records[record.register, record.file] = record
            self._write()

    def keep_only(self, files: Iterable[tuple[str, str]]) -> None:
        """Forget every file but these, by register and name."""
        kept = set(files)
        if not self._records.keys() <= kept:
            self._records = {key: r for key, r in self._records.items() if key in kept}
            self._write()

    def _write(self) -> None:
        lines = [
            json.dumps(asdict(r), ensure_ascii=False) for _, r in sorted(self._records.items())
        ]
        with write_aside(self._path) as aside:
            aside.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


def _load_records(path: Path) -> list[FileRecord]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_load_record(json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError, KeyError):
        # No log, one of another version, or one cut off: every file is read again.
        return []


def _load_record(fields: dict[str, Any]) -> FileRecord:
    keys, stamp = fields["keys"], fields["stamp"]
    parts = {"keys": keys and KeyShape(**keys), "stamp": stamp and Stamp(**stamp)}
    return FileRecord(**fields | parts)
