"""A delivery read into the raw layer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.contract import load_contract
from pipeline.engine import Engine, Part, Repeats
from pipeline.errors import ContractError, Fault, gather_faults
from pipeline.events import Event, Say
from pipeline.layout import OutFolder
from pipeline.registers.columns import (
    DreamColumns,
    choose_columns,
    choose_dream_columns,
    follow_columns,
    leave_out_undelivered,
)
from pipeline.registers.delivered import DeliveredFile, open_delivered
from pipeline.registers.files import find_files, hash_together
from pipeline.registers.keys import choose_key_width, fill_width
from pipeline.registers.log import FileRecord
from pipeline.registers.read import FileReader
from pipeline.spec import Delivery, Dream, Register, Study
from pipeline.weeks import WEEK, format_week_column


@dataclass(frozen=True)
class Source:
    """One register as it was read.

    Attributes:
        register: such as ``dream``.
        records: of its files, in order of their names; none where it is not delivered.
        key_width: digits to which keys without leading zeros are filled, or None.
        repeats: what stands on more than one row, and is read once.
    """

    register: str
    records: tuple[FileRecord, ...] = ()
    key_width: int | None = None
    repeats: Repeats = field(default_factory=Repeats)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files, relative to the delivery."""
        return tuple(record.file for record in self.records)

    @property
    def types(self) -> dict[str, dict[str, str]]:
        """Of each file's columns, by their documented names."""
        return {record.file: record.types for record in self.records}

    @property
    def rows(self) -> int:
        """Number of rows in all files."""
        return sum(record.rows for record in self.records)

    @property
    def sha256(self) -> str:
        """Of the files' contents."""
        return hash_together([record.sha256 for record in self.records])

    @property
    def fingerprint(self) -> str:
        """What identifies the raw table: its files' contents, its columns and its keys' form."""
        notes = [f"{r.note} {fill_width(r, self.key_width)}" for r in self.records]
        return hash_together(notes)


@dataclass(frozen=True)
class RawLayer:
    """The registers as tables of the engine, and what is known of them."""

    dream: DreamColumns
    sources: dict[str, Source]

    @property
    def fingerprints(self) -> dict[str, str]:
        """What identifies each raw table."""
        return {table: source.fingerprint for table, source in self.sources.items()}


# The files of a register, each with its columns that are used: delivered to documented name.
Chosen = list[tuple[DeliveredFile, dict[str, str]]]


class Reader:
    """Reads the registers of one delivery into one engine."""

    def __init__(self, engine: Engine, folder: Path, out: OutFolder, say: Say) -> None:
        """Take the engine, the delivery's folder, and where converted files are kept."""
        self._engine = engine
        self._folder = folder
        self._files = FileReader(engine, out)
        self._say = say

    def read_delivery(self, delivery: Delivery) -> RawLayer:
        """Make every register readable: ``raw.dream``, ``raw.bfl`` and what else has columns.

        A register that is not delivered is a table without rows.

        Raises:
            ContractError: if a file or column is missing or cannot be read.
        """
        dream, registers = self._choose_all(delivery)
        records = self._read_all(registers)
        width = choose_key_width([record for read in records.values() for record in read])
        self._files.forget_others([file for chosen in registers.values() for file, _ in chosen])
        documented = {name: list(r.documented.values()) for name, r in delivery.registers.items()}
        documented["dream"] = [*dream.names.values(), *dream.absent]
        sources = {}
        for name, chosen in registers.items():
            source = Source(name)
            if chosen:
                source = self._show(Source(name, tuple(records[name]), width), chosen)
                shown = chosen[0][1].values()
                absent = [column for column in documented[name] if column not in shown]
                self._engine.add_columns(f"raw.{name}", absent)
            else:
                self._engine.add_empty_table(f"raw.{name}", documented[name])
            sources[f"raw.{name}"] = source
        return RawLayer(self._leave_out_unreported(dream), sources)

    def _choose_all(self, delivery: Delivery) -> tuple[DreamColumns, dict[str, Chosen]]:
        """The columns of DREAM, and the files of every register with their columns."""
        registers: dict[str, Chosen] = {}
        with gather_faults() as gather:
            with gather():
                dream, registers["dream"] = self._choose_dream(delivery.dream)
            for name, register in delivery.registers.items():
                with gather():
                    registers[name] = self._choose(name, register)
        return dream, registers

    def _read_all(self, registers: Mapping[str, Chosen]) -> dict[str, list[FileRecord]]:
        """What is known of the files of every register that is delivered."""
        records: dict[str, list[FileRecord]] = {}
        with gather_faults() as gather:
            for name, chosen in registers.items():
                if chosen:
                    with gather():
                        records[name] = self._read(name, chosen)
        return records

    def _leave_out_unreported(self, dream: DreamColumns) -> DreamColumns:
        """The columns without the last of each set that hold nothing, which are shown no more.

        Read, they would say that nobody received anything. If none holds anything it is no delay.
        """
        weeks, years, months = (
            [] if blank == columns else blank
            for columns in (dream.weeks, dream.years, dream.months)
            for blank in [self._engine.list_blank_tail("raw.dream", columns)]
        )
        if weeks or years or months:
            self._engine.hide_columns("raw.dream", {*weeks, *years, *months})
        return dream.leave_out(weeks, years, months)

    def _open(self, name: str, patterns: Sequence[str]) -> list[DeliveredFile]:
        """The files of a register that are there, with the names of their columns."""
        opened: list[DeliveredFile] = []
        with gather_faults() as gather:
            for path in find_files(self._folder, patterns, name):
                with gather():
                    opened.append(open_delivered(name, self._name(path), path))
        return opened

    def _name(self, path: Path) -> str:
        """A file's path relative to the delivery, where it lies in it."""
        inside = path.is_relative_to(self._folder)
        return (path.relative_to(self._folder) if inside else path).as_posix()

    def _choose_dream(self, dream: Dream) -> tuple[DreamColumns, Chosen]:
        files = self._open("dream", dream.files)
        with _in_file(files[0]):
            first = choose_dream_columns(files[0].columns, dream)
        columns = leave_out_undelivered(first, files)
        return columns, self._follow(files, columns.names)

    def _choose(self, name: str, register: Register) -> Chosen:
        files = self._open(name, register.files)
        if not files:
            return []
        with _in_file(files[0]):
            names = choose_columns(files[0].columns, name, register)
        return self._follow(files, names)

    def _follow(self, files: Sequence[DeliveredFile], names: dict[str, str]) -> Chosen:
        """The columns of the first file in every file, whatever their order and case."""
        faults: list[Fault] = []
        chosen = [(file, follow_columns(names, files[0].name, file, faults)) for file in files]
        if faults:
            raise ContractError(faults)
        return chosen

    def _read(self, name: str, chosen: Chosen) -> list[FileRecord]:
        table = f"raw.{name}"
        self._say(Event("started", table))
        started = time.perf_counter()
        records: list[FileRecord] = []
        with gather_faults() as gather:
            for file, names in chosen:
                with gather():
                    records.append(self._files.read(file, names))
        seconds = round(time.perf_counter() - started, 3)
        rows = sum(record.rows for record in records)
        self._say(Event("finished", table, {"rows": rows, "seconds": seconds}))
        return records

    def _show(self, source: Source, chosen: Chosen) -> Source:
        """Make one register a table of the engine, in which equal rows of one key stand once."""
        parts = [
            Part(
                self._files.locate(file),
                names if file.format == "parquet" else {new: new for new in names.values()},
                fill_width(record, source.key_width),
            )
            for (file, names), record in zip(chosen, source.records, strict=True)
        ]
        table = f"raw.{source.register}"
        self._engine.add_register(table, parts)
        key = load_contract(table).key
        return replace(source, repeats=self._engine.show_once(table, key)) if key else source


@contextmanager
def _in_file(file: DeliveredFile) -> Iterator[None]:
    """Name the file in what is wrong with its columns."""
    try:
        yield
    except ContractError as error:
        raise ContractError(
            replace(fault, where=f"{file.name}: {fault.where}") for fault in error.faults
        ) from None


def check_span(raw: RawLayer, study: Study, delivery: Delivery) -> list[Fault]:
    """The weeks, years and registers that a study asks for and that were not delivered."""
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
    return faults
