"""One delivered file read into the raw layer, unless it was read before and is unchanged."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from pipeline.engine import ENGINE_VERSION, KEY, Engine
from pipeline.errors import ContractError, Fault
from pipeline.layout import OutFolder, write_aside
from pipeline.registers.delivered import DeliveredFile, write_as_parquet
from pipeline.registers.files import hash_file
from pipeline.registers.log import FileRecord, ReadLog, take_stamp

# What a converted file is made with, beside the delivered one.
_READER = " ".join(
    [*(f"{name} {version(name)}" for name in ("indsats", "polars-readstat")), ENGINE_VERSION]
)


class FileReader:
    """Reads the files of one delivery; Parquet where it lies, other formats turned into it once."""

    def __init__(self, engine: Engine, out: OutFolder) -> None:
        """Take the engine, and where converted files and the log are kept."""
        self._engine = engine
        self._out = out
        self._log = ReadLog(out.raw / "conversions.jsonl")

    def read(self, file: DeliveredFile, names: Mapping[str, str]) -> FileRecord:
        """What is known of a file; afterwards `locate` tells where its rows lie as Parquet.

        Args:
            file: a delivered file.
            names: delivered to documented name of the columns that are used.

        Raises:
            ContractError: if the file cannot be read to its end, or changes meanwhile.
        """
        started, now_ns = time.perf_counter(), time.time_ns()
        stamp = take_stamp(file.path)
        known = self._log.find(file.register, file.name)
        is_same_file = known is not None and known.stamp == stamp
        sha256 = known.sha256 if known and is_same_file else hash_file(file.path)
        note = f"{sha256} {sorted(names.items())} {_READER}"
        if known is None or known.note != note or not self._holds(file, note):
            known = self._read_anew(file, names, sha256, note)
            known = replace(known, seconds=round(time.perf_counter() - started, 3))
        if take_stamp(file.path) != stamp:
            what = "the file changed while it was read"
            raise ContractError(Fault(file.place, what, "run again when it is written whole"))
        # The hash was taken after `now_ns`: a file that had settled by then cannot change unseen.
        if not is_same_file:
            known = replace(known, stamp=stamp if stamp.is_settled(now_ns) else None)
        self._log.keep(known)
        return known

    def locate(self, file: DeliveredFile) -> Path:
        """Where the file's rows lie as Parquet: a name that no other file of the register has."""
        if file.format == "parquet":
            return file.path
        mark = hashlib.sha256(file.name.encode()).hexdigest()[:8]
        return self._out.raw / file.register / f"{file.path.name}.{mark}.parquet"

    def forget_others(self, files: Collection[DeliveredFile]) -> None:
        """Remove what was converted of files that are no longer delivered, and their records."""
        self._log.keep_only((file.register, file.name) for file in files)
        kept = {self.locate(file) for file in files}
        for path in self._out.raw.glob("*/*.parquet"):
            if path not in kept:
                path.unlink()

    def _holds(self, file: DeliveredFile, note: str) -> bool:
        """Whether the file's Parquet is there and made of these very contents."""
        return file.format == "parquet" or self._engine.read_note(self.locate(file)) == note

    def _read_anew(
        self, file: DeliveredFile, names: Mapping[str, str], sha256: str, note: str
    ) -> FileRecord:
        path, encoding = self.locate(file), None
        if file.format != "parquet":
            with write_aside(path) as aside:
                encoding = write_as_parquet(self._engine, file, names, aside, note)
        table = f"raw.{file.register}"
        rows, types = self._engine.describe_parquet(table, path)
        # A converted file has the documented names already.
        shown = names if file.format == "parquet" else {new: new for new in names.values()}
        key = next((old for old, new in shown.items() if new == KEY), None)
        return FileRecord(
            register=file.register,
            file=file.name,
            format=file.format,
            delimiter=file.delimiter,
            encoding=encoding,
            rows=rows,
            types={new: types[old] for old, new in shown.items()},
            seconds=0.0,
            sha256=sha256,
            note=note,
            keys=None if key is None else self._engine.read_key_shape(table, path, key),
            stamp=None,
        )
