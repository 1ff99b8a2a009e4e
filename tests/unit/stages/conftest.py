"""A toy project: three stages over one raw table and one code list, in folders of its own.

staging.pens   reads raw.animals and codes.kinds, names $kind
core.zoos      reads staging.pens, names $floor
analysis.a     reads core.zoos and staging.pens, names nothing
analysis.b     reads codes.kinds only
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import contract, stages
from pipeline.engine import Engine
from pipeline.layout import OutFolder
from pipeline.stages import Builder, Built, choose_stages, list_stages
from tests.support.staged import hush

SELECTS = {
    "staging.pens": """
        select person_id, weight from raw.animals
        where kind in (select kind from codes.kinds) and kind != $kind
        order by person_id
    """,
    "core.zoos": "select person_id, weight from staging.pens where weight > $floor",
    "analysis.a": "select zoos.* from core.zoos inner join staging.pens using (person_id)",
    "analysis.b": "select kind as person_id, 1::double as weight from codes.kinds",
}
PROMISE = """
about = "One row is one animal."
level = "person"
source = "drawn"
key = ["person_id"]
[columns.person_id]
type = "VARCHAR"
about = "whose it is"
[columns.weight]
type = "DOUBLE"
about = "what it weighs"
unit = "kg"
minimum = 0
"""
VALUES: dict[str, Any] = {"kind": "cat", "floor": 1.0, "unnamed": 0}


class Toy:
    """The project, its data and what is built of it."""

    def __init__(self, folder: Path) -> None:
        self.sql, self.schemas = folder / "sql", folder / "schemas"
        self.out = OutFolder(folder / "out")
        self.animals = folder / "animals.parquet"
        for table, select in SELECTS.items():
            self.write(table, select)
        self.write_codes("cat", "dog", "elk")
        self.write_animals(["ann", "bob"], [2.0, 3.0])

    def write(self, table: str, select: str, promise: str = PROMISE) -> None:
        layer, noun = table.split(".")
        for folder, suffix, text in ((self.sql, "sql", select), (self.schemas, "toml", promise)):
            path = folder / layer / f"{noun}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def write_codes(self, *kinds: str) -> None:
        (self.schemas / "codes").mkdir(parents=True, exist_ok=True)
        (self.schemas / "codes" / "kinds.csv").write_text("\n".join(["kind", *kinds]) + "\n")

    def write_animals(self, persons: list[str], weights: list[float | None]) -> None:
        types = {"person_id": pl.String, "weight": pl.Float64, "kind": pl.String}
        rows = [(person, weight, "dog") for person, weight in zip(persons, weights, strict=True)]
        pl.DataFrame(rows, schema=types, orient="row").write_parquet(self.animals)

    def build(
        self, wanted: Iterable[str] | None = None, source: str = "one", say=hush, **changed: Any
    ) -> list[Built]:
        contract.load_contract.cache_clear()
        with Engine(self.out.work / "spill", threads=1) as engine:
            engine.add_table("raw.animals", self.animals)
            found = list_stages(engine)
            chosen = found if wanted is None else choose_stages(found, wanted)
            builder = Builder(engine, self.out, VALUES | changed, {"raw.animals": source})
            return builder.build(chosen, say)

    def list_stale(self, **changed: Any) -> set[str]:
        """The tables that a run builds."""
        return {built.table for built in self.build(**changed) if built.was_stale}

    def list_files(self) -> set[str]:
        """Everything that lies in the out folder, hidden files too."""
        paths = self.out.work.rglob("*")
        return {path.relative_to(self.out.work).as_posix() for path in paths if path.is_file()}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    toy = Toy(tmp_path)
    monkeypatch.setattr(stages, "SQL", toy.sql)
    monkeypatch.setattr(stages, "DATA_SCHEMAS", toy.schemas)
    monkeypatch.setattr(contract, "DATA_SCHEMAS", toy.schemas)
    yield toy
    contract.load_contract.cache_clear()
