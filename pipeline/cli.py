"""The commands: parse, call one function of `run`, print, exit."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.console import show_events
from pipeline.errors import ContractError, Fault, IndsatsError, UsageError
from pipeline.layout import OutFolder
from pipeline.spec import Weeks, parse_weeks

if TYPE_CHECKING:
    from pipeline.publish import Published

_UNEXPECTED = 1
_INTERRUPTED = 130

app = typer.Typer(
    name="indsats",
    help="Evaluate labour-market programmes on DREAM and e-income registers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class FileFormat(StrEnum):
    """How simulated registers are written."""

    parquet = "parquet"
    csv = "csv"


StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A shipped study, such as hir, or a study file.")
]
DataOption = Annotated[
    Path, typer.Option("--data", metavar="DELIVERY", help="Folder with a delivery.toml.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder for the results.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads to use; all if not given.")
]
MemoryOption = Annotated[
    str | None,
    typer.Option("--memory-limit", metavar="4GB", help="Memory to use; 80 % if not given."),
]
JsonLogOption = Annotated[
    Path | None, typer.Option("--json-log", metavar="FILE", help="Write one JSON object per event.")
]


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the delivery.")],
    study: Annotated[str, typer.Option("--study", help="Whose effects are planted.")] = "hir",
    persons: Annotated[int, typer.Option("--persons", min=1, help="Persons in DREAM.")] = 60_000,
    weeks: Annotated[
        Weeks, typer.Option("--weeks", metavar="A..B", parser=parse_weeks, help="Weeks of DREAM.")
    ] = "2015-W01..2019-W13",  # type: ignore[assignment]
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="Format of the registers.")
    ] = FileFormat.parquet,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 1,
) -> None:
    """Write a delivery of fake registers with a known truth, and truth.csv beside it."""
    with _answering():
        from pipeline.run import simulate_registers
        from pipeline.synthetic.delivery import Request

        request = Request(persons, weeks, file_format.value, seed)
        simulate_registers(study, folder, request)
        typer.echo(f"delivery: {folder}")
        typer.echo(f"truth: {folder / 'truth.csv'}")


@app.command()
def check(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help="Its folder.")],
    study: Annotated[
        str | None, typer.Option("--study", help="Check the weeks of this study only.")
    ] = None,
) -> None:
    """Test a delivery against its contract; print every issue."""
    with _answering(), show_events(None) as say:
        from pipeline.run import check_registers

        issues = check_registers(delivery, study, say)
        for issue in issues:
            typer.echo(f"{issue.severity}: {issue.fault}")
        errors = sum(issue.severity == "error" for issue in issues)
        typer.echo(f"{errors} errors, {len(issues) - errors} warnings")
        if errors:
            typer.echo("a run would stop; mend the delivery and check it again")
            raise typer.Exit(ContractError.exit_code)
        typer.echo(f"a run can start: indsats run {study or 'STUDY'} --data {delivery} --out OUT")


@app.command()
def run(
    study: StudyArgument,
    data: DataOption,
    out: OutOption,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TABLE", help="Stop after this table.")
    ] = None,
    threads: ThreadsOption = None,
    memory_limit: MemoryOption = None,
    json_log: JsonLogOption = None,
) -> None:
    """Evaluate a study on a delivery: tables, estimates, figures, report."""
    with _answering(), show_events(json_log) as say:
        from pipeline.prepare import Job
        from pipeline.run import run_study

        job = Job(data, OutFolder(out), say, threads, memory_limit)
        _print_published(run_study(study, job, until))


@app.command()
def rerun(
    study: StudyArgument,
    municipality: Annotated[
        str, typer.Option("--municipality", help="Name or code of a municipality or job centre.")
    ],
    data: DataOption,
    out: OutOption,
    threads: ThreadsOption = None,
    memory_limit: MemoryOption = None,
    json_log: JsonLogOption = None,
) -> None:
    """Evaluate one municipality's job centre anew; nobody else's figures are touched."""
    with _answering(), show_events(json_log) as say:
        from pipeline.prepare import Job
        from pipeline.run import rerun_unit

        job = Job(data, OutFolder(out), say, threads, memory_limit)
        _print_published(rerun_unit(study, municipality, job))


@app.command()
def did(
    panel: Annotated[Path, typer.Argument(metavar="PANEL", help="Parquet, CSV, .dta, .sas7bdat.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Column: a number.")],
    unit: Annotated[str, typer.Option("--unit", help="Column: what is treated as a whole.")],
    time: Annotated[str, typer.Option("--time", help="Column: when.")],
    treated: Annotated[str, typer.Option("--treated", help="Column: 1 for a treated unit, or 0.")],
    post: Annotated[str, typer.Option("--post", help="Column: 1 from the start on, 0 before.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.csv", help="For the estimates.")],
    person: Annotated[str | None, typer.Option("--person", help="Column: whose row it is.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column: above 0.")] = None,
    by_unit: Annotated[
        bool, typer.Option("--by-unit", help="Each treated unit besides all together.")
    ] = False,
    inference: Annotated[
        str | None,
        typer.Option(
            "--inference", metavar="A,B", help="Methods; those that suit the case if not given."
        ),
    ] = None,
) -> None:
    """Estimate a difference in differences on a panel of your own, by methods that hold."""
    with _answering():
        from pipeline.models.did.own_effect import OwnQuestion
        from pipeline.run import estimate_panel

        methods = tuple(name.strip() for name in inference.split(",")) if inference else ()
        named = {
            "outcome": outcome,
            "unit": unit,
            "time": time,
            "treated": treated,
            "post": post,
            "person": person,
            "weight": weight,
        }
        columns = {role: name for role, name in named.items() if name is not None}
        question = OwnQuestion(panel.name.split(".")[0], outcome, by_unit, methods)
        answer = estimate_panel(panel, columns, question, out)
        for line in answer.refusals:
            typer.echo(line, err=True)
        typer.echo(answer.effect)
        typer.echo(f"estimates: {out}")


@app.command()
def bench(
    persons: Annotated[int, typer.Option("--persons", min=1, help="Persons in DREAM.")] = 1_000_000,
    weeks: Annotated[
        Weeks, typer.Option("--weeks", metavar="A..B", parser=parse_weeks, help="Weeks of DREAM.")
    ] = "2015-W01..2019-W13",  # type: ignore[assignment]
    memory_limit: Annotated[
        str, typer.Option("--memory-limit", metavar="2GB", help="Of the run that is weighed.")
    ] = "2GB",
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SUBJECT", help="This subject; repeat.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the measures here.")
    ] = None,
) -> None:
    """Measure speed and memory on made-up registers, as ratios beside their goals."""
    with _answering(), show_events(None) as say:
        from pipeline.bench.measure import Trial
        from pipeline.bench.suite import format_measure, write_measures
        from pipeline.run import measure_speed

        measures = []
        for measure in measure_speed(Trial(persons, weeks, memory_limit), only or [], say):
            typer.echo(format_measure(measure))
            measures.append(measure)
        if json_file is not None:
            write_measures(measures, json_file)


@app.command()
def doctor(
    out: Annotated[Path, typer.Option("--out", help="Folder results would go to.")] = Path("."),
) -> None:
    """Say what this machine has and lacks: packages, memory, disk, folders."""
    with _answering():
        from pipeline.run import inspect_machine

        for name, value in inspect_machine(out):
            typer.echo(f"{name:40} {value}")


def main() -> None:
    """The command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that a terminal does not know must not end a run that is done.
            stream.reconfigure(errors="replace")
    app()


@contextmanager
def _answering() -> Iterator[None]:
    """End with a message and the exit code of what went wrong.

    An error that is not ours shows its class and our line but not its message: DuckDB and polars
    quote the offending value, and that may be a person's.
    """
    try:
        yield
    except IndsatsError as error:
        for fault in error.faults:
            typer.echo(f"error: {fault}", err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted; finished tables are kept and not built again", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        fault = Fault(str(error.filename), type(error).__name__, "a path that can be used so")
        typer.echo(f"error: {fault}", err=True)
        raise typer.Exit(UsageError.exit_code) from None
    except Exception as error:
        typer.echo(f"error: {_locate(error)}", err=True)
        raise typer.Exit(_UNEXPECTED) from None


def _locate(error: BaseException) -> str:
    """The class of an error and the last line of ours that it passed."""
    package = Path(__file__).resolve().parent
    ours = [
        f"{Path(frame.filename).relative_to(package.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(package)
    ]
    where = ours[-1] if ours else "outside the package"
    return f"{where}: {type(error).__name__}; the message is withheld, since it may quote a person"


def _print_published(published: Published | None) -> None:
    if published is None:
        return
    for line in published.effects:
        # Not every terminal and pipe can show a true minus sign, and a lost sign is a wrong effect.
        typer.echo(line.replace("\N{MINUS SIGN}", "-"))
    typer.echo(f"report: {published.report}")
