"""What each table promises: columns, types, units, keys and ranges, read from data_schemas/."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipeline.layout import DATA_SCHEMAS


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Frozen):
    """One column's promise.

    Attributes:
        type: DuckDB's name of the type.
        about: what a value means.
        unit: the unit of a value, where it has one.
        null: whether a value may be missing, which is then explained in `about`.
        minimum: the smallest value allowed.
        maximum: the largest value allowed.
        values: every value allowed, for columns of few.
    """

    type: str
    about: str
    unit: str | None = None
    null: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()


class Contract(_Frozen):
    """One table's promise.

    Attributes:
        about: what one row is.
        level: ``person`` tables never leave the server, ``aggregate`` ones may after disclosure
            control, ``code`` lists are public.
        source: where the facts come from.
        key: columns that no two rows share.
        columns: by name, in the order of the table.
    """

    about: str
    level: Literal["person", "aggregate", "code"]
    source: str
    key: tuple[str, ...] = ()
    columns: dict[str, Column]


@cache
def load_contract(table: str) -> Contract:
    """The promise of a table such as ``core.benefit_spells``."""
    layer, noun = table.split(".")
    text = (DATA_SCHEMAS / layer / f"{noun}.toml").read_text(encoding="utf-8")
    return Contract.model_validate(tomllib.loads(text))
