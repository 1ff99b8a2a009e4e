"""Stages: one SELECT each, found in sql/, ordered by what they read, built where stale.

A stage's fingerprint covers its text, its contract, the parameters it names, the fingerprints of
what it reads and the engine's version. It is written into the Parquet file itself, so a table and
its fingerprint appear together or not at all.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from pipeline.contract import load_contract
from pipeline.engine import ENGINE_VERSION, Engine, Parameters, Statement
from pipeline.errors import ContractError, Fault, UsageError, nearest
from pipeline.events import Event, Say
from pipeline.layout import DATA_SCHEMAS, SQL, OutFolder, write_aside


@dataclass(frozen=True)
class Stage:
    """One SELECT and the table it makes."""

    table: str
    sql: str
    statement: Statement


@dataclass(frozen=True)
class Built:
    """What became of one stage.

    Attributes:
        table: its layer and noun.
        rows: of the table.
        seconds: spent; 0 where nothing was stale.
        was_stale: whether it was built in this run.
    """

    table: str
    rows: int
    seconds: float
    was_stale: bool

    @property
    def event(self) -> Event:
        """What there is to say of it."""
        if not self.was_stale:
            return Event("unchanged", self.table, {"rows": self.rows})
        return Event("finished", self.table, {"rows": self.rows, "seconds": self.seconds})


def list_stages(engine: Engine) -> dict[str, Stage]:
    """Every stage by its table, each after the stages it reads."""
    found = {}
    for path in sorted(SQL.glob("*/*.sql")):
        if path.parent.name != "checks":
            table = f"{path.parent.name}.{path.stem}"
            sql = path.read_text(encoding="utf-8")
            found[table] = Stage(table, sql, engine.read_statement(sql))
    graph = {table: sorted(stage.statement.tables & set(found)) for table, stage in found.items()}
    return {table: found[table] for table in TopologicalSorter(graph).static_order()}


def choose_stages(stages: Mapping[str, Stage], wanted: Iterable[str]) -> dict[str, Stage]:
    """The stages that some tables need, themselves included, in order.

    Raises:
        UsageError: if no stage makes a wanted table.
    """
    needed: set[str] = set()
    waiting = list(wanted)
    for table in waiting:
        if table not in stages:
            raise UsageError(Fault(table, "no stage makes this table", nearest(table, stages)))
    while waiting:
        table = waiting.pop()
        if table not in needed:
            needed.add(table)
            waiting += stages[table].statement.tables & set(stages)
    return {table: stage for table, stage in stages.items() if table in needed}


class Builder:
    """Builds the stages of one out folder."""

    def __init__(
        self, engine: Engine, out: OutFolder, parameters: Parameters, sources: Mapping[str, str]
    ) -> None:
        """Take what every stage shares.

        Args:
            engine: holds the raw tables.
            out: where tables are kept.
            parameters: every value a stage may name; those it does not name change nothing.
            sources: fingerprint of each raw table's contents.
        """
        self._engine = engine
        self._out = out
        self._parameters = parameters
        self._fingerprints = dict(sources)
        self._add_codes()

    def _add_codes(self) -> None:
        for file in sorted((DATA_SCHEMAS / "codes").glob("*.csv")):
            table = f"codes.{file.stem}"
            self._engine.add_codes(table, file)
            self._fingerprints[table] = hashlib.sha256(file.read_bytes()).hexdigest()

    def build(self, stages: Mapping[str, Stage], say: Say) -> list[Built]:
        """Build what is stale among the stages, in their order.

        Raises:
            StageError: if a stage fails.
            ContractError: if tables break their promises; they are not kept, and what needs them
                is not built.
        """
        built: list[Built] = []
        broken: set[str] = set()
        faults: list[Fault] = []
        for stage in stages.values():
            if stage.statement.tables & broken:
                broken.add(stage.table)
                continue
            say(Event("started", stage.table))
            try:
                built.append(self._build_one(stage))
            except ContractError as error:
                broken.add(stage.table)
                faults += error.faults
            else:
                say(built[-1].event)
        if faults:
            raise ContractError(faults)
        return built

    def _build_one(self, stage: Stage) -> Built:
        started = time.perf_counter()
        path = self._out.table(stage.table)
        fingerprint = self._fingerprint(stage)
        was_stale = self._engine.read_note(path) != fingerprint
        if was_stale:
            self._write(stage, path, fingerprint)
        self._fingerprints[stage.table] = fingerprint
        self._engine.add_table(stage.table, path)
        seconds = round(time.perf_counter() - started, 3) if was_stale else 0.0
        return Built(stage.table, self._engine.count_rows(stage.table), seconds, was_stale)

    def _write(self, stage: Stage, path: Path, fingerprint: str) -> None:
        with write_aside(path) as aside:
            self._engine.write_parquet(
                stage.table, stage.sql, self._values(stage), aside, fingerprint
            )
            contract = load_contract(stage.table)
            faults = self._engine.check_contract(stage.table, contract, aside)
            if faults:
                raise ContractError(faults)

    def _values(self, stage: Stage) -> dict[str, Any]:
        return {name: self._parameters[name] for name in sorted(stage.statement.parameters)}

    def _fingerprint(self, stage: Stage) -> str:
        parts = {
            "engine": ENGINE_VERSION,
            "sql": stage.sql,
            "contract": load_contract(stage.table).model_dump(mode="json"),
            "parameters": self._values(stage),
            "reads": {table: self._fingerprints[table] for table in sorted(stage.statement.tables)},
        }
        return hashlib.sha256(json.dumps(parts, default=date.isoformat).encode()).hexdigest()
