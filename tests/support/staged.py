"""The SQL stages run on registers made in tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipeline.engine import Engine
from pipeline.layout import OutFolder
from pipeline.spec import Bef, Study, list_parameters
from pipeline.stages import Builder, choose_stages, list_stages
from pipeline.weeks import parse_week_column

NO_JOBS = {
    "pnr": pl.String,
    "ajo_job_start_dato": pl.Date,
    "ajo_job_slut_dato": pl.Date,
    "ajo_loentimer": pl.Float64,
    "stoette_besk_kode": pl.Int64,
}


def hush(_: object) -> None:
    """Say nothing."""


def build_tables(
    registers: dict[str, pl.DataFrame], study: Study, wanted: Iterable[str], folder: Path
) -> dict[str, pl.DataFrame]:
    """The wanted tables of a study, from `raw.dream` and `raw.bfl` as frames."""
    dream = registers["raw.dream"]
    weeks = [parse_week_column(name) for name in dream.columns if name.startswith("y_")]
    years = [int(name[5:]) for name in dream.columns if name.startswith("nykom")]
    parameters = {
        "dream_first_week": min(weeks),
        "dream_last_week": max(weeks),
        "residence_first_year": min(years),
        "has_hours": True,
        "has_register": False,
        **list_parameters(study),
    }
    for column in {"kon", "alder9131"} - set(dream.columns):
        dream = dream.with_columns(pl.lit(None, pl.Int64).alias(column))
    registers = registers | {"raw.dream": dream}
    out = OutFolder(folder)
    with Engine(folder / "spill", threads=1) as engine:
        for table, frame in registers.items():
            frame.write_parquet(folder / f"{table}.parquet")
            engine.add_table(table, folder / f"{table}.parquet")
        engine.add_empty_table("raw.bef", Bef().documented.values())
        builder = Builder(engine, out, parameters, dict.fromkeys([*registers, "raw.bef"], "drawn"))
        stages = choose_stages(list_stages(engine), wanted)
        builder.build(stages, hush)
    return {table: pl.read_parquet(out.table(table)) for table in wanted}
