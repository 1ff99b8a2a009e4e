"""The command that scores estimators on simulated registers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pipeline.cli.answering import answering
from pipeline.cli.options import (
    JsonLogOption,
    OutOption,
    PersonsOption,
    PlantOption,
    SeedOption,
    ShockCorrelationOption,
    ShocksOption,
    StudyArgument,
)
from pipeline.console import show_events
from pipeline.layout import OutFolder


class Level(StrEnum):
    """What is drawn in each repetition."""

    cell = "cell"
    person = "person"


def montecarlo(
    study: StudyArgument,
    reps: Annotated[int, typer.Option("--reps", min=1, help="How many repetitions.")],
    out: OutOption,
    level: Annotated[
        Level, typer.Option("--level", help="Draw sums of job centres, or whole registers.")
    ] = Level.cell,
    persons: PersonsOption = 60_000,
    plant: PlantOption = None,
    shocks: ShocksOption = None,
    shock_correlation: ShockCorrelationOption = None,
    seed: SeedOption = 1,
    json_log: JsonLogOption = None,
) -> None:
    """Score every method on registers with a known truth: bias, size, power, coverage, length."""
    with answering(), show_events(json_log) as say:
        from pipeline.montecarlo.trial import Options
        from pipeline.run import score_estimators

        options = Options(level.value, persons, seed, plant, shocks, shock_correlation)
        sheet = score_estimators(study, options, reps, OutFolder(out), say)
        for line in sheet.lines:
            typer.echo(line)
        typer.echo(f"scores: {sheet.scores}")
