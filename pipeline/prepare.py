"""A delivery and a study turned into the tables that the estimates need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.checks import (
    Issue,
    check_delivered,
    check_repeats,
    check_tables,
    check_unreported,
    list_checked_tables,
    require_sound,
)
from pipeline.engine import Engine
from pipeline.errors import ContractError, Fault, FolderBusyError, StageError, UsageError
from pipeline.events import Event, Say
from pipeline.layout import OutFolder, sweep_unfinished
from pipeline.registers.load import RawLayer, Reader, Source, check_span
from pipeline.spec import Study, list_parameters, load_delivery
from pipeline.stages import Builder, Built, Stage, choose_stages, list_stages


@dataclass(frozen=True)
class Job:
    """One run over one delivery.

    Attributes:
        data: folder of the delivery.
        out: where everything is written.
        say: told of every step.
        threads: how many to use; all of the machine's if None.
        memory_limit: such as ``4GB``; 80 % of the machine's memory if None.
    """

    data: Path
    out: OutFolder
    say: Say
    threads: int | None = None
    memory_limit: str | None = None


@dataclass(frozen=True)
class Prepared:
    """The tables of one study, in the out folder, and how they came to be."""

    sources: tuple[Source, ...]
    stages: tuple[Built, ...]
    warnings: tuple[str, ...]


@contextmanager
def hold_folder(out: OutFolder) -> Iterator[None]:
    """Keep other runs out of a folder; the system lets go when the process dies.

    What a killed run left unfinished is swept away first.

    Raises:
        FolderBusyError: if another run holds it.
        UsageError: if the folder cannot be written.
    """
    lock = FileLock(out.lock, timeout=0)
    try:
        out.root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        remedy = "wait for it, or give another folder to --out"
        fault = Fault(out.root.as_posix(), "another run holds this folder", remedy)
        raise FolderBusyError(fault) from None
    except OSError as error:
        what = f"this folder cannot be written ({type(error).__name__})"
        remedy = "give a folder of your own to --out"
        raise UsageError(Fault(out.root.as_posix(), what, remedy)) from None
    try:
        sweep_unfinished(out.root)
        yield
    finally:
        lock.release()


def identify_question(study: Study, sources: Iterable[Source]) -> dict[str, Any]:
    """What is asked of which data, as the manifest keeps it."""
    return {
        "study": study.model_dump(mode="json"),
        "inputs": [
            {"register": s.register, "files": list(s.files), "rows": s.rows, "sha256": s.sha256}
            for s in sources
            if s.records
        ],
    }


def prepare_tables(
    study: Study,
    job: Job,
    until: str | None = None,
    same_as: Mapping[str, Any] | None = None,
) -> Prepared:
    """Read the registers, build what is stale and check it.

    Args:
        study: what is asked.
        job: where the delivery lies and the tables go.
        until: build only this table and what it needs; if None, all that estimates come from.
        same_as: manifest of an earlier run; another study or delivery is refused unbuilt.

    Raises:
        UsageError: if the study or the delivery is not that of `same_as`.
        ContractError: if the delivery or a table breaks its promise.
        StageError: if a stage fails.
    """
    with open_job(job, study) as opened:
        if same_as is not None:
            _require_same(same_as, identify_question(study, opened.raw.sources.values()), job.out)
        stages = choose_stages(opened.stages, opened.list_designs() if until is None else [until])
        # Checks come as soon as what they read is there, before time goes into the rest.
        early = opened.choose_checked(stages)
        built, issues = opened.examine(early, job.say)
        warnings = require_sound(issues)
        for warning in warnings:
            job.say(Event("warning", warning))
        late = {table: stage for table, stage in stages.items() if table not in early}
        built += opened.builder.build(late, job.say)
        return Prepared(tuple(opened.raw.sources.values()), tuple(built), tuple(warnings))


def _require_same(earlier: Mapping[str, Any], now: Mapping[str, Any], out: OutFolder) -> None:
    """Figures of two deliveries or two versions of a study never stand in one file."""
    if any(earlier.get(part) != now[part] for part in now):
        what = "this folder holds results of another delivery or another version of the study"
        remedy = "give another folder to --out, or run the whole study anew"
        raise UsageError(Fault(out.root.as_posix(), what, remedy))


def find_issues(study: Study | None, job: Job) -> list[Issue]:
    """Every issue of a delivery: in the study's weeks, or in all of them without a study.

    Raises:
        ContractError: if the registers cannot be read at all.
    """
    with open_job(job, study) as opened:
        _, issues = opened.examine(opened.choose_checked(opened.stages), job.say)
        return issues


@dataclass
class OpenJob:
    """The engine with the raw tables, and what can be built from them."""

    engine: Engine
    raw: RawLayer
    parameters: dict[str, Any]
    stages: dict[str, Stage]
    builder: Builder
    lacking: list[Fault]

    def list_designs(self) -> list[str]:
        """The tables that estimates and reports come from."""
        return [table for table in self.stages if table.startswith("analysis.")]

    def choose_checked(self, stages: Mapping[str, Stage]) -> dict[str, Stage]:
        """Those of the stages that the checks read, and what these need."""
        return choose_stages(stages, list_checked_tables(self.engine) & set(stages))

    def examine(self, stages: Mapping[str, Stage], say: Say) -> tuple[list[Built], list[Issue]]:
        """Build some stages; every issue of what was delivered and of what was built.

        What is made of a broken register breaks as well, which says nothing new; and nothing is
        built for a study whose weeks were not delivered.

        Raises:
            StageError: if a stage fails on a delivery that nothing is wrong with so far.
        """
        files = {table: source.files for table, source in self.raw.sources.items()}
        types = {table: source.types for table, source in self.raw.sources.items()}
        issues = [Issue("error", fault) for fault in self.lacking]
        issues += check_delivered(self.engine, types)
        repeats = {table: source.repeats for table, source in self.raw.sources.items()}
        issues += check_repeats(repeats, files)
        issues += check_unreported(self.raw.dream.unreported, files)
        issues += check_tables(self.engine, self.parameters, files)
        if self.lacking:
            return [], sorted(issues)
        is_broken = any(issue.severity == "error" for issue in issues)
        checked, built = frozenset(self.engine.tables), list[Built]()
        try:
            built = self.builder.build(stages, say)
        except (ContractError, StageError) as error:
            if not is_broken and isinstance(error, StageError):
                raise
            issues += [Issue("error", fault) for fault in error.faults if not is_broken]
        issues += check_tables(self.engine, self.parameters, files, checked)
        return built, sorted(issues)


@contextmanager
def open_job(job: Job, study: Study | None) -> Iterator[OpenJob]:
    """The delivery of a job read, and the stages of a study ready to be built.

    Raises:
        ContractError: if the registers cannot be read.
    """
    delivery = load_delivery(job.data)
    with Engine(job.out.work / "spill", job.threads, job.memory_limit) as engine:
        raw = Reader(engine, job.data, job.out, job.say).read_delivery(delivery)
        parameters, lacking = _list_values(raw), list[Fault]()
        if study is not None:
            lacking = check_span(raw, study, delivery)
            parameters |= list_parameters(study)
            parameters |= {"needs_hours": study.needs_hours, "needs_quarters": True}
        builder = Builder(engine, job.out, parameters, raw.fingerprints)
        yield OpenJob(engine, raw, parameters, list_stages(engine), builder, lacking)


def _list_values(raw: RawLayer) -> dict[str, Any]:
    """What a delivery says of itself, as the values that stages and checks name."""
    return {
        "dream_first_week": raw.dream.first_week,
        "dream_last_week": raw.dream.last_week,
        "residence_first_year": raw.dream.first_year,
        "first_week": raw.dream.first_week,
        "last_week": raw.dream.last_week,
        "has_hours": bool(raw.sources["raw.bfl"].files),
        "needs_hours": False,
        "has_register": bool(raw.sources["raw.bef"].files),
        "needs_quarters": False,
        "has_monthly_pay": bool(raw.dream.months),
        "pay_first_month": raw.dream.first_month,
    }
