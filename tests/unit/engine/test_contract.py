"""Each promise that a table breaks is told with a count, and never with a value."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contract import Contract, load_contract
from pipeline.engine import Engine
from pipeline.layout import DATA_SCHEMAS

TABLES = sorted(f"{path.parent.name}.{path.stem}" for path in DATA_SCHEMAS.glob("*/*.toml"))


def promise(**column: Any) -> Contract:
    """A table of a key and one column."""
    text = {"type": "VARCHAR", "about": "a person"}
    return Contract.model_validate(
        {
            "about": "One row is one thing.",
            "level": "person",
            "source": "drawn",
            "key": ["person_id"],
            "columns": {"person_id": text, "value": {"about": "a value", **column}},
        }
    )


def check(engine: Engine, contract: Contract, folder: Path, **columns: list[Any]) -> list[str]:
    path = folder / "drawn.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return [str(fault) for fault in engine.check_contract("core.drawn", contract, path)]


KEYS = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("column", "values", "fault"),
    [
        (
            {"type": "DOUBLE"},
            [1.0, None, None, 2.0],
            "core.drawn.value: 2 are null; every row needs a value that can be read",
        ),
        (
            {"type": "DOUBLE", "minimum": 0},
            [-1.0, 0.0, 1.0, -0.5],
            "core.drawn.value: 2 are too small; at least 0",
        ),
        (
            {"type": "BIGINT", "maximum": 52},
            [52, 53, 0, 1],
            "core.drawn.value: 1 are too large; at most 52",
        ),
        (
            {"type": "VARCHAR", "values": ["flow", "stock"]},
            ["flow", "flew", "Flow", "stock"],
            "core.drawn.value: 2 are not an allowed value; one of flow, stock",
        ),
    ],
)
def test_each_broken_promise_is_counted(
    engine: Engine, tmp_path: Path, column: dict[str, Any], values: list[Any], fault: str
) -> None:
    found = check(engine, promise(**column), tmp_path, person_id=KEYS, value=values)
    assert found == [fault]


@pytest.mark.parametrize("keys", [["a", "a", "a", "b"], ["a", "b", "a", "a"], ["b", "a", "a", "a"]])
def test_repeated_keys_are_counted_in_any_order(
    engine: Engine, tmp_path: Path, keys: list[str]
) -> None:
    found = check(engine, promise(type="BIGINT"), tmp_path, person_id=keys, value=[1, 2, 3, 4])
    assert found == ["core.drawn.person_id: 2 rows repeat a key; each key once"]


def test_keys_that_differ_keep_the_promise_in_any_order(engine: Engine, tmp_path: Path) -> None:
    contract = promise(type="BIGINT")
    assert check(engine, contract, tmp_path, person_id=["b", "d", "a", "c"], value=[1] * 4) == []


def test_a_value_that_is_in_no_code_list_is_counted(engine: Engine, tmp_path: Path) -> None:
    engine.add_codes("codes.support_codes", DATA_SCHEMAS / "codes" / "support_codes.csv")
    contract = promise(type="VARCHAR", null=True, codes="codes.support_codes.support")
    values = ["ordinary", None, "Ordinary", "gift"]
    assert check(engine, contract, tmp_path, person_id=KEYS, value=values) == [
        "core.drawn.value: 2 are in no code list; a support of data_schemas/codes/support_codes.csv"
    ]


def test_weeks_that_end_before_they_start_are_counted(engine: Engine, tmp_path: Path) -> None:
    """A half-open pair may not even be equal."""
    weeks = [date(2018, 1, 1), date(2018, 1, 8)]
    names = ["start_week", "end_week", "first_week", "last_week"]
    columns = {name: {"type": "DATE", "about": "a Monday"} for name in names}
    contract = promise(type="BIGINT").model_copy(update={"key": ()})
    contract = Contract.model_validate({**contract.model_dump(), "columns": columns})
    values = {name: [weeks[0], weeks[1], weeks[0]] for name in names}
    values["end_week"] = values["last_week"] = [weeks[1], weeks[0], weeks[0]]
    assert check(engine, contract, tmp_path, **values) == [
        "core.drawn.end_week: 2 are not after start_week; a Monday after start_week",
        "core.drawn.last_week: 1 are before first_week; first_week or later",
    ]


def test_null_is_allowed_where_it_is_promised(engine: Engine, tmp_path: Path) -> None:
    contract = promise(type="DOUBLE", null=True, minimum=0, maximum=1)
    values = [None, 0.0, 1.0, None]
    assert check(engine, contract, tmp_path, person_id=KEYS, value=values) == []


def test_an_empty_table_keeps_every_promise(engine: Engine, tmp_path: Path) -> None:
    contract = promise(type="DOUBLE", minimum=0)
    empty = pl.Series([], dtype=pl.Float64)
    text = pl.Series([], dtype=pl.String)
    assert check(engine, contract, tmp_path, person_id=text, value=empty) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"person_id": KEYS, "value": [1, 2, 3, 4]},
        {"person_id": KEYS},
        {"person_id": KEYS, "value": [1.0] * 4, "more": KEYS},
        {"person_id": KEYS, "Value": [1.0] * 4},
    ],
    ids=["type", "lacking", "more", "name"],
)
def test_other_columns_or_types_are_told(
    engine: Engine, tmp_path: Path, columns: dict[str, list[Any]]
) -> None:
    found = check(engine, promise(type="DOUBLE"), tmp_path, **columns)
    assert len(found) == 1
    assert found[0].startswith("core.drawn: columns or types differ from the contract; ")
    assert "'value': 'DOUBLE'" in found[0]


def test_every_broken_promise_is_told_at_once(engine: Engine, tmp_path: Path) -> None:
    contract = promise(type="DOUBLE", minimum=0, maximum=1)
    found = check(
        engine, contract, tmp_path, person_id=["a", "a", None, "b"], value=[None, -1.0, 2.0, 1.0]
    )
    kinds = ["are null", "are null", "are too large", "are too small", "repeat a key"]
    assert (
        sorted(fault.split(";")[0].split("1 ")[1].removeprefix("rows ") for fault in found) == kinds
    )


@pytest.mark.parametrize("table", TABLES)
def test_every_promise_can_be_read_and_names_its_own_key(table: str) -> None:
    contract = load_contract(table)
    assert set(contract.key) <= set(contract.columns)
    assert all(column.about for column in contract.columns.values())


@pytest.mark.parametrize("table", TABLES)
def test_every_code_list_that_a_promise_names_is_there(engine: Engine, table: str) -> None:
    for column in load_contract(table).columns.values():
        if column.codes is not None:
            noun, listed = column.codes.split(".")[1:]
            engine.add_codes(f"codes.{noun}", DATA_SCHEMAS / "codes" / f"{noun}.csv")
            found = engine.read(f"select count({listed}) as n from codes.{noun}", {})
            assert found["n"][0] > 5


@pytest.mark.parametrize("table", [name for name in TABLES if name.startswith("raw.")])
def test_every_delivered_column_says_how_it_may_come(table: str) -> None:
    assert all(column.delivered for column in load_contract(table).columns.values())
