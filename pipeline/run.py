"""One function for each command; each reads like a paragraph."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.checks import Issue
from pipeline.codes import find_jobcentre, list_jobcentres, read_codes
from pipeline.engine import Engine
from pipeline.errors import Fault, UsageError, nearest
from pipeline.events import Say
from pipeline.layout import OutFolder
from pipeline.manifest import list_versions, read_manifest
from pipeline.prepare import Job, find_issues, hold_folder, prepare_tables
from pipeline.spec import Study, load_study

if TYPE_CHECKING:
    from pipeline.bench.measure import Measure, Trial
    from pipeline.models.did.own_effect import OwnQuestion
    from pipeline.models.durations.own_spells import SpellQuestion
    from pipeline.models.tally import FloatArray
    from pipeline.montecarlo.sheet import Sheet
    from pipeline.montecarlo.trial import Options
    from pipeline.own_panel import Answer
    from pipeline.own_spells import SpellColumns, SpellReport
    from pipeline.publish import Published
    from pipeline.synthetic.delivery import Request


def simulate_registers(study: str, folder: Path, request: Request, say: Say) -> None:
    """Write a delivery with a known truth.

    Raises:
        StudyError: if the study is wrong or the weeks asked for do not hold its windows.
    """
    from pipeline.synthetic.delivery import simulate_delivery  # noqa: PLC0415

    simulate_delivery(load_study(study), folder, request, say, _summarise)


def check_registers(
    data: Path,
    study: str | None,
    say: Say,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> list[Issue]:
    """Every issue of a delivery, errors first; nothing is kept of it.

    Args:
        data: folder of the delivery.
        study: whose weeks are checked; all if None.
        say: told of every step.
        threads: how many to use; all of the machine's if None.
        memory_limit: such as ``4GB``; 80 % of the machine's memory if None.

    Raises:
        ContractError: if the delivery cannot be read at all.
    """
    asked = None if study is None else load_study(study)
    with tempfile.TemporaryDirectory(prefix="indsats-") as folder:
        return find_issues(asked, Job(data, OutFolder(Path(folder)), say, threads, memory_limit))


def run_study(study_name: str, job: Job, until: str | None = None) -> Published | None:
    """Everything: tables, estimates, figures, report.

    Args:
        study_name: a shipped study, or the path of a study file.
        job: where the delivery lies and the results go.
        until: stop after this table; go on to the report if None.

    Raises:
        IndsatsError: the kind and its exit code say what went wrong.
    """
    study = load_study(study_name)
    with hold_folder(job.out):
        prepared = prepare_tables(study, job, until)
        if until is not None:
            return None
        # The models take seconds to import, which checks and simulations need not wait for.
        from pipeline.publish import publish_study  # noqa: PLC0415

        return publish_study(study, job, prepared)


def rerun_unit(study_name: str, municipality: str, job: Job) -> Published:
    """One job centre against the rest of the country; everyone else's figures stay as they are.

    Args:
        study_name: a shipped study, or the path of a study file.
        municipality: name or code of a municipality, or name of a job centre.
        job: where the delivery lies and the results go.

    Raises:
        UsageError: if nothing has that name, or the folder holds a run on another delivery.
        IndsatsError: the kind and its exit code say what else went wrong.
    """
    study = load_study(study_name)
    unit = _require_jobcentre(municipality, study)
    with hold_folder(job.out):
        prepared = prepare_tables(study, job, same_as=_read_earlier(job.out))
        from pipeline.publish import publish_unit  # noqa: PLC0415

        return publish_unit(study, job, prepared, unit)


def measure_speed(trial: Trial, only: Sequence[str], say: Say) -> Iterator[Measure]:
    """Measures of speed and memory, each as soon as it is known.

    Args:
        trial: how large the bench is; what is made on the way lies in a folder within its own.
        only: subjects; all if empty.
        say: told of every subject.

    Raises:
        UsageError: if there is no such subject.
    """
    from pipeline.bench.suite import run_subjects  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="indsats-", dir=trial.folder) as folder:
        yield from run_subjects(replace(trial, folder=Path(folder)), only, say)


def estimate_panel(
    table: Path, columns: Mapping[str, str], question: OwnQuestion, out: Path
) -> Answer:
    """Difference in differences on a user's own panel; the rows go to a CSV file.

    Raises:
        IndsatsError: the kind and its exit code say what went wrong.
    """
    from pipeline.own_panel import estimate_own_panel  # noqa: PLC0415

    return estimate_own_panel(table, columns, question, out)


def estimate_durations(
    table: Path, columns: SpellColumns, question: SpellQuestion, out: Path
) -> SpellReport:
    """Durations of a user's own spells; the rows go to a CSV file.

    Raises:
        IndsatsError: the kind and its exit code say what went wrong.
    """
    from pipeline.own_spells import estimate_own_spells  # noqa: PLC0415

    return estimate_own_spells(table, columns, question, out)


def score_estimators(
    study_name: str, options: Options, n_repetitions: int, out: OutFolder, say: Say
) -> Sheet:
    """Simulate registers with a known truth again and again; score every method on them.

    Args:
        study_name: a shipped study, or the path of a study file.
        options: how registers are simulated.
        n_repetitions: how many; those that the folder already holds are kept.
        out: where the score sheet goes.
        say: told of progress.

    Raises:
        StudyError: if the study is wrong, or nothing of it has a planted truth.
        UsageError: if the folder holds another trial.
    """
    from pipeline.montecarlo.sheet import write_sheet  # noqa: PLC0415
    from pipeline.montecarlo.trial import Trial, narrow_study  # noqa: PLC0415

    trial = Trial(narrow_study(load_study(study_name)), options)
    with hold_folder(out):
        return write_sheet(trial, n_repetitions, out, say)


def inspect_machine(folder: Path) -> list[tuple[str, str]]:
    """What this machine has: versions, memory, processors, disk and whether a folder is writable.

    Args:
        folder: where results would go.
    """
    folder = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    is_writable = folder.is_dir() and os.access(folder, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="indsats-") as spill, Engine(Path(spill)) as engine:
        machine = engine.describe_machine()
    return [
        *list_versions().items(),
        *machine.items(),
        (f"free disk at {folder}", f"{free / 2**30:.1f} GiB"),
        (f"{folder} can be written", "yes" if is_writable else "no"),
    ]


def _summarise(model: str, summary: str, at_risk: FloatArray, events: FloatArray) -> float | None:
    """The weeks of a duration model of expected spells, for a truth that asks for one."""
    from pipeline.models.expected_durations import summarise_expected  # noqa: PLC0415

    return summarise_expected(model, summary, at_risk, events)


def _read_earlier(out: OutFolder) -> dict[str, Any] | None:
    """The manifest of the run whose figures a folder holds, or None for a folder without any."""
    earlier = read_manifest(out.manifest)
    if earlier is None and out.estimates.is_file():
        what = "this folder holds estimates of a run that did not end"
        remedy = "run the whole study anew, or give another folder to --out"
        raise UsageError(Fault(out.root.as_posix(), what, remedy))
    return earlier


def _require_jobcentre(municipality: str, study: Study) -> str:
    unit = find_jobcentre(municipality, *study.span)
    if unit is None and find_jobcentre(municipality, study.span[1], study.span[1]) is not None:
        what = "its job centre merged or split within the study's weeks"
        raise UsageError(Fault(municipality, what, "a job centre that is there in all of them"))
    if unit is None:
        names = {row["name"] for row in read_codes("municipalities")}
        names |= list_jobcentres(*study.span)
        what = "no municipality or job centre has this name or code"
        raise UsageError(Fault(municipality, what, nearest(municipality, names)))
    return unit
