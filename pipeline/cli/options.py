"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A shipped study, such as hir, or a study file.")
]
DataOption = Annotated[
    Path, typer.Option("--data", metavar="DELIVERY", help="Folder with a delivery.toml.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder for the results.")]
PersonsOption = Annotated[int, typer.Option("--persons", min=1, help="Persons in DREAM.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")]
PlantOption = Annotated[
    Path | None,
    typer.Option(
        "--plant",
        metavar="FILE",
        help="Weeks, shares and hours to plant, as in docs/benchmark.md; the study's if not given.",
    ),
]
ShocksOption = Annotated[
    float | None,
    typer.Option("--shocks", min=0.0, max=1.0, help="Size of shocks by job centre and month."),
]
ShockCorrelationOption = Annotated[
    float | None,
    typer.Option("--shock-correlation", min=0.0, max=0.99, help="Of one month with the next."),
]
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
