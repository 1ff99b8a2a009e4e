"""The commands: parse, call one function of `run`, print, exit."""

from __future__ import annotations

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.answering import answering
from pipeline.cli.montecarlo import montecarlo
from pipeline.cli.options import (
    DataOption,
    JsonLogOption,
    MemoryOption,
    OutOption,
    PersonsOption,
    PlantOption,
    SeedOption,
    ShockCorrelationOption,
    ShocksOption,
    StudyArgument,
    ThreadsOption,
)
from pipeline.cli.own_tables import did, durations
from pipeline.console import show_events
from pipeline.errors import ContractError
from pipeline.layout import OutFolder
from pipeline.spec import Weeks, parse_weeks

if TYPE_CHECKING:
    from pipeline.publish import Published

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


class Extra(StrEnum):
    """What simulated registers can have beyond the usual."""

    bef = "bef"
    pay = "pay"


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the delivery.")],
    study: Annotated[str, typer.Option("--study", help="Whose effects are planted.")] = "hir",
    persons: PersonsOption = 60_000,
    weeks: Annotated[
        Weeks, typer.Option("--weeks", metavar="A..B", parser=parse_weeks, help="Weeks of DREAM.")
    ] = "2015-W01..2019-W13",  # type: ignore[assignment]
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="Format of the registers.")
    ] = FileFormat.parquet,
    seed: SeedOption = 1,
    plant: PlantOption = None,
    shocks: ShocksOption = None,
    shock_correlation: ShockCorrelationOption = None,
    extras: Annotated[
        list[Extra] | None,
        typer.Option("--with", help="Add bef, or pay by month in DREAM."),
    ] = None,
    dirt: Annotated[
        bool, typer.Option("--dirt", help="Make it as untidy as real ones; dirt.csv counts how.")
    ] = False,
    threads: ThreadsOption = None,
    json_log: JsonLogOption = None,
) -> None:
    """Write a delivery of fake registers with a known truth, and truth.csv beside it."""
    with answering(), show_events(json_log) as say:
        from pipeline.run import simulate_registers
        from pipeline.synthetic.delivery import Request
        from pipeline.synthetic.dirt import SEEN

        request = Request(
            persons=persons,
            weeks=weeks,
            file_format=file_format.value,
            seed=seed,
            plant=plant,
            shocks=shocks,
            shock_correlation=shock_correlation,
            extras=frozenset(extra.value for extra in extras or ()),
            dirt=frozenset(SEEN if dirt else ()),
            threads=threads,
        )
        simulate_registers(study, folder, request, say)
        typer.echo(f"delivery: {folder}")
        typer.echo(f"truth: {folder / 'truth.csv'}")


@app.command()
def check(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help="Its folder.")],
    study: Annotated[
        str | None, typer.Option("--study", help="Check the weeks of this study only.")
    ] = None,
    threads: ThreadsOption = None,
    memory_limit: MemoryOption = None,
    json_log: JsonLogOption = None,
) -> None:
    """Test a delivery against its contract; print every issue."""
    with answering(), show_events(json_log) as say:
        from pipeline.run import check_registers

        issues = check_registers(delivery, study, say, threads, memory_limit)
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
    with answering(), show_events(json_log) as say:
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
    with answering(), show_events(json_log) as say:
        from pipeline.prepare import Job
        from pipeline.run import rerun_unit

        job = Job(data, OutFolder(out), say, threads, memory_limit)
        _print_published(rerun_unit(study, municipality, job))


app.command()(durations)
app.command()(did)
app.command()(montecarlo)


@app.command()
def bench(
    persons: PersonsOption = 1_000_000,
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
    with answering(), show_events(None) as say:
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
    with answering():
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


def _print_published(published: Published | None) -> None:
    if published is None:
        return
    for line in published.effects:
        # Not every terminal and pipe can show a true minus sign, and a lost sign is a wrong effect.
        typer.echo(line.replace("\N{MINUS SIGN}", "-"))
    typer.echo(f"report: {published.report}")
