"""The commands on a user's own table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.answering import answering


def durations(
    spells: Annotated[
        Path, typer.Argument(metavar="SPELLS", help="Parquet, CSV, .dta, .sas7bdat.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="A,B", help="Columns that make a cell.")],
    duration: Annotated[str, typer.Option("--duration", help="Column: a number above 0.")],
    event: Annotated[str, typer.Option("--event", help="Column: 1 for an event, 0 for none yet.")],
    model: Annotated[
        str, typer.Option("--model", help="exponential, weibull, kaplan_meier, cox, …")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.csv", help="For the estimates.")],
    entry: Annotated[
        str | None, typer.Option("--entry", help="Column: the duration when first seen.")
    ] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Column: whose spell.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Column: 0 or more.")] = None,
    horizon: Annotated[float, typer.Option("--horizon", help="Of the restricted mean.")] = 52.0,
    survival_at: Annotated[
        str | None, typer.Option("--survival-at", metavar="13,26", help="Shares that last longer.")
    ] = None,
    own_shape: Annotated[
        bool, typer.Option("--own-shape", help="A shape for each cell, not one for all.")
    ] = False,
) -> None:
    """Estimate durations of spells of your own, with cluster-robust errors."""
    with answering():
        from pipeline.own_spells import SpellColumns, ask_spells
        from pipeline.run import estimate_durations

        optional = {"entry": entry, "cluster": cluster, "weight": weight}
        roles = {"duration": duration, "event": event}
        roles |= {role: name for role, name in optional.items() if name is not None}
        names = tuple(name.strip() for name in by.split(",") if name.strip())
        question = ask_spells(model, horizon, survival_at, own_shape)
        report = estimate_durations(spells, SpellColumns(names, roles), question, out)
        for line in report.lines:
            typer.echo(line)
        for file in report.files:
            typer.echo(f"written: {file}")


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
    with answering():
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
