"""A delivery read into the raw layer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.contract import load_contract
from pipeline.engine import Engine, Repeats
from pipeline.errors import ContractError, Fault
from pipeline.events import Event, Say
from pipeline.layout import OutFolder, write_aside
from pipeline.registers.columns import DreamColumns, choose_columns, choose_dream_columns
from pipeline.registers.files import (
    Conversion,
    find_files,
    hash_files,
    list_columns,
    name_format,
)
from pipeline.spec import Delivery, Register, Study
from pipeline.weeks import WEEK, format_week_column


@dataclass(frozen=True)
class Source:
    """One register as it was read.

    Attributes:
        register: such as ``dream``.
        files: names of the files, relative to the delivery.
        rows: number of rows.
        names: delivered to documented name of the columns used.
        sha256: of the files' contents.
        parts: what messages call the files that are read, in their order.
        repeats: what stands on more than one row, and is read once.
    """

    register: str
    files: tuple[str, ...]
    rows: int
    names: dict[str, str]
    sha256: str
    parts: tuple[str, ...] = ()
    repeats: Repeats = field(default_factory=Repeats)


@dataclass(frozen=True)
class RawLayer:
    """The registers as tables of the engine, and what is known of them."""

    dream: DreamColumns
    sources: dict[str, Source]

    @property
    def fingerprints(self) -> dict[str, str]:
        """What identifies each raw table: its files' contents and its columns' names."""
        return {
            table: f"{source.sha256} {sorted(source.names.items())}"
            for table, source in self.sources.items()
        }


class Reader:
    """Reads the registers of one delivery into one engine."""

    def __init__(self, engine: Engine, folder: Path, out: OutFolder, say: Say) -> None:
        """Take the engine, the delivery's folder, and where converted files are kept."""
        self._engine = engine
        self._folder = folder
        self._out = out
        self._say = say

    def read_delivery(self, delivery: Delivery) -> RawLayer:
        """Make ``raw.dream`` and ``raw.bfl`` readable.

        Raises:
            ContractError: if a file or column is missing or cannot be read.
        """
        files = find_files(self._folder, delivery.dream.files, "dream")
        delivered = list_columns(self._engine, files, "dream")
        dream = choose_dream_columns(delivered, delivery.dream)
        sources = {"raw.dream": self._add("dream", files, dream.names)}
        sources["raw.bfl"] = self._read("bfl", delivery.bfl)
        return RawLayer(self._leave_out_unreported(dream), sources)

    def _leave_out_unreported(self, dream: DreamColumns) -> DreamColumns:
        """The columns without the last weeks and years that hold nothing, which are shown no more.

        Read, they would say that nobody received anything. If none holds anything it is no delay.
        """
        weeks, years = (
            [] if blank == columns else blank
            for columns in (dream.weeks, dream.years)
            for blank in [self._engine.list_blank_tail("raw.dream", columns)]
        )
        if weeks or years:
            self._engine.hide_columns("raw.dream", {*weeks, *years})
        return dream.leave_out(weeks, years)

    def _read(self, name: str, register: Register) -> Source:
        """One register with columns of fixed names; a table without rows if none is delivered."""
        if not register.files:
            self._engine.add_empty_table(f"raw.{name}", register.documented.values())
            return Source(name, (), 0, {}, "none")
        files = find_files(self._folder, register.files, name)
        names = choose_columns(list_columns(self._engine, files, name), name, register)
        return self._add(name, files, names)

    def _add(self, register: str, files: Sequence[Path], names: dict[str, str]) -> Source:
        """Parquet is read where it lies; other formats are turned into Parquet once."""
        table = f"raw.{register}"
        self._say(Event("started", table))
        started = time.perf_counter()
        self._require_columns(register, files, list(names))
        sha256 = hash_files(files)
        readable: Sequence[Path] = files
        if name_format(files[0]) != "parquet":
            readable = [self._convert(register, files, list(names), sha256)]
        self._engine.add_table(table, readable, names, keys={"pnr"})
        relative = tuple(self._name(path) for path in files)
        rows = self._engine.count_rows(table)
        parts = relative if len(readable) == len(files) else ("one of " + ", ".join(relative),)
        key = load_contract(table).key
        repeats = self._engine.show_once(table, key) if key else Repeats()
        source = Source(register, relative, rows, names, sha256, parts, repeats)
        seconds = round(time.perf_counter() - started, 3)
        self._say(Event("finished", table, {"rows": source.rows, "seconds": seconds}))
        return source

    def _name(self, path: Path) -> str:
        """A file's path relative to the delivery, where it lies in it."""
        inside = path.is_relative_to(self._folder)
        return (path.relative_to(self._folder) if inside else path).as_posix()

    def _require_columns(
        self, register: str, files: Sequence[Path], columns: Sequence[str]
    ) -> None:
        """Refuse a file that lacks a column of the register's first: it would be read as empty."""
        faults = []
        for file in files[1:]:
            held = {name.lower() for name in list_columns(self._engine, [file], register)}
            lacking = [name for name in columns if name.lower() not in held]
            if lacking:
                what = (
                    f"{len(lacking)} columns of {files[0].name} are missing, the first {lacking[0]}"
                )
                remedy = "the same columns in every file of a register"
                faults.append(Fault(f"{register}: {file.name}", what, remedy))
        if faults:
            raise ContractError(faults)

    def _convert(
        self, register: str, files: Sequence[Path], columns: Sequence[str], sha256: str
    ) -> Path:
        """The Parquet file made of the files, written unless it is there already."""
        path = self._out.table(f"raw.{register}")
        note = f"{sha256} {list(columns)}"
        if self._engine.read_note(path) != note:
            with write_aside(path) as aside:
                Conversion(register, files, columns, note).write(self._engine, aside)
        return path


def require_span(raw: RawLayer, study: Study, delivery: Delivery) -> None:
    """Refuse a study that asks for weeks, years or registers that were not delivered.

    Raises:
        ContractError: naming what the delivery holds.
    """
    dream = raw.dream
    first_week, last_week = study.span
    faults = []
    # The week before the first tells whether a gap begins in it.
    if first_week <= dream.first_week or dream.last_week < last_week:
        usable = dream.first_week + WEEK
        held = f"{format_week_column(usable)} to {format_week_column(dream.last_week)}"
        kind = "reported" if dream.unreported else "delivered"
        what = f"{study.name}'s windows reach beyond the {kind} weeks"
        faults.append(Fault("dream", what, f"windows within {held}, or a later delivery"))
    years = first_week.isocalendar().year, last_week.isocalendar().year
    if years[0] < dream.first_year or dream.last_year < years[1]:
        what = f"{study.name} needs the municipality in {years[0]} to {years[1]}"
        held = f"delivered are nykom{dream.first_year} to nykom{dream.last_year}"
        faults.append(Fault("dream", what, held))
    if study.needs_hours and not delivery.bfl.files:
        what = f"{study.name} has an outcome on ordinary hours"
        faults.append(Fault("bfl", what, "name the e-income files in delivery.toml"))
    if faults:
        raise ContractError(faults)
