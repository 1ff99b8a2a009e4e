"""What each table promises: columns, types, units, keys and ranges, read from data_schemas/."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.layout import DATA_SCHEMAS


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Frozen):
    """One column's promise.

    Attributes:
        type: DuckDB's name of the type; of a delivered column, the type its values are read as.
        about: what a value means.
        unit: the unit of a value, where it has one.
        null: whether a value may be missing, which is then explained in `about`.
        minimum: the smallest value allowed.
        maximum: the largest value allowed.
        values: every value allowed, for columns of few.
        codes: the code list that holds every value allowed, such as ``codes.benefit_codes.code``.
        delivered: how a delivered column may come; a table that is built has `type` alone.
        pattern: what the names of a set of delivered columns match, one for each week, say. Their
            values are held to the code list where they have become spells.
        optional: whether a delivery may lack the column.
    """

    type: str
    about: str
    unit: str | None = None
    null: bool = False
    minimum: float | date | None = None
    maximum: float | date | None = None
    values: tuple[str, ...] = ()
    codes: str | None = Field(default=None, pattern=r"^codes\.\w+\.\w+$")
    delivered: tuple[Literal["text", "number", "date"], ...] = ()
    pattern: str | None = None
    optional: bool = False


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

    def find_column(self, name: str) -> Column | None:
        """The promise of a column by its name or the pattern of its set, or None."""
        patterns = (c for c in self.columns.values() if c.pattern and re.match(c.pattern, name))
        return self.columns.get(name) or next(patterns, None)


@cache
def load_contract(table: str) -> Contract:
    """The promise of a table such as ``core.benefit_spells``."""
    layer, noun = table.split(".")
    text = (DATA_SCHEMAS / layer / f"{noun}.toml").read_text(encoding="utf-8")
    return Contract.model_validate(tomllib.loads(text))
