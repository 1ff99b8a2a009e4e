"""Tables drawn in tests, and stages run on them.

A drawn table has a head and rows, with `|` between the values: ISO weeks become Mondays, `true`
and `false` booleans, digits numbers, `-` null, and the rest stays text; where a contract promises a
list, commas part its values and `-` is one without any.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.contract import Contract, load_contract
from pipeline.engine import Engine
from pipeline.layout import DATA_SCHEMAS, SQL
from pipeline.weeks import parse_iso_week

_POLARS_TYPES = {
    "VARCHAR": pl.String,
    "SMALLINT": pl.Int16,
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "DATE": pl.Date,
    "BOOLEAN": pl.Boolean,
    "DOUBLE": pl.Float64,
    "DECIMAL(9,2)": pl.Decimal(9, 2),
    "DECIMAL(12,2)": pl.Decimal(12, 2),
    "DECIMAL(12,6)": pl.Decimal(12, 6),
    "VARCHAR[]": pl.List(pl.String),
    "INTEGER[]": pl.List(pl.Int32),
    "BIGINT[]": pl.List(pl.Int64),
}


def draw(text: str) -> list[dict[str, Any]]:
    """The rows of a drawn table."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    head, *rows = [[part.strip() for part in line.split("|")] for line in lines]
    return [dict(zip(head, map(_read_value, row), strict=True)) for row in rows]


def run_stage(table: str, inputs: dict[str, str], **parameters: object) -> list[dict[str, Any]]:
    """The rows of a stage run on drawn inputs, after its contract was found kept."""
    with tempfile.TemporaryDirectory() as name, _engine_with(inputs, Path(name)) as engine:
        result = Path(name) / "result.parquet"
        layer, noun = table.split(".")
        sql = (SQL / layer / f"{noun}.sql").read_text(encoding="utf-8")
        engine.write_parquet(table, sql, parameters, result, "")
        faults = engine.check_contract(table, load_contract(table), result)
        assert not faults, faults
        return pl.read_parquet(result).to_dicts()


def run_check(check: str, inputs: dict[str, str], **parameters: object) -> list[dict[str, Any]]:
    """The issues that a check finds in drawn inputs."""
    with tempfile.TemporaryDirectory() as name, _engine_with(inputs, Path(name)) as engine:
        sql = (SQL / "checks" / f"{check}.sql").read_text(encoding="utf-8")
        return engine.read(sql, parameters).to_dicts()


def _engine_with(inputs: dict[str, str], folder: Path) -> Engine:
    engine = Engine(folder / "spill")
    for file in (DATA_SCHEMAS / "codes").glob("*.csv"):
        engine.add_codes(f"codes.{file.stem}", file)
    for table, text in inputs.items():
        path = folder / f"{table}.parquet"
        _to_frame(table, text).write_parquet(path)
        engine.add_table(table, path)
    return engine


def _to_frame(table: str, text: str) -> pl.DataFrame:
    """A drawn table with the types its contract promises; raw tables have what is drawn."""
    head = [part.strip() for part in text.strip().splitlines()[0].split("|")]
    rows = draw(text)
    if table.startswith("raw."):
        return pl.DataFrame(rows, schema=head, infer_schema_length=None)
    schema = _polars_schema(load_contract(table), head)
    lists = {name: kind.inner for name, kind in schema.items() if isinstance(kind, pl.List)}
    for row in rows:
        row.update({name: _read_list(row[name], inner) for name, inner in lists.items()})
    return pl.DataFrame(rows, schema=schema)


def _polars_schema(contract: Contract, head: list[str]) -> dict[str, Any]:
    return {name: _POLARS_TYPES[contract.columns[name].type] for name in head}


def _read_list(value: object, inner: object) -> list[Any]:
    parts = [] if value is None else str(value).split(", ")
    return parts if inner == pl.String else [int(part) for part in parts]


def _read_value(text: str) -> object:
    if text in ("-", ""):
        return None
    if text in ("true", "false"):
        return text == "true"
    for read in (parse_iso_week, int, float, date.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text.strip("'")
