"""The command that scores estimators on simulated registers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.answering import answering
from pipeline.console import show_events
from pipeline.layout import OutFolder


class Level(StrEnum):
    """What is drawn in each repetition."""

    cell = "cell"
    person = "person"


def montecarlo(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A shipped study, such as hir, or a study file.")
    ],
    reps: Annotated[int, typer.Option("--reps", min=1, help="How many repetitions.")],
    out: Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder for the results.")],
    level: Annotated[
        Level, typer.Option("--level", help="Draw sums of job centres, or whole registers.")
    ] = Level.cell,
    persons: Annotated[int, typer.Option("--persons", min=1, help="Persons in DREAM.")] = 60_000,
    plant: Annotated[
        Path | None,
        typer.Option("--plant", metavar="FILE", help="What is planted; the study's if not given."),
    ] = None,
    shocks: Annotated[
        float | None,
        typer.Option("--shocks", min=0.0, max=1.0, help="Size of shocks by job centre and month."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 1,
    json_log: Annotated[
        Path | None,
        typer.Option("--json-log", metavar="FILE", help="Write one JSON object per event."),
    ] = None,
) -> None:
    """Score every method on registers with a known truth: bias, size, power, coverage, length."""
    with answering(), show_events(json_log) as say:
        from pipeline.montecarlo.trial import Options
        from pipeline.run import score_estimators

        options = Options(level.value, persons, seed, plant, shocks)
        sheet = score_estimators(study, options, reps, OutFolder(out), say)
        for line in sheet.lines:
            typer.echo(line)
        typer.echo(f"scores: {sheet.scores}")
