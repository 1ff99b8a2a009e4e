"""A user's own panel: checked, and added up to the sums that every method works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.errors import ContractError, Fault, ModelError
from pipeline.models.inference import UnitPanel
from pipeline.models.tally import FloatArray


@dataclass(frozen=True)
class OwnTable:
    """The rows of a user's panel.

    Attributes:
        rows: `outcome` and `weight` (numbers), `unit`, `time` and, where there are persons,
            `person` (text), `treated` and `post` (booleans), nothing missing. Several rows of a
            unit and time are observations of the same cell.
        name: of the file, for messages.
        columns: how the user calls each of them.
    """

    rows: pl.DataFrame
    name: str
    columns: Mapping[str, str]

    def fault(self, column: str, what: str, remedy: str) -> Fault:
        """What is wrong with a column."""
        return Fault(f"{self.name}: {self.columns.get(column, column)}", what, remedy)


@dataclass(frozen=True)
class OwnPanel:
    """A user's panel, added up by unit, before and during.

    Attributes:
        units: the sums of every unit, in the order of the units' names.
        events: units × 2: rows with the outcome; None for an outcome that is not 0 or 1
            throughout.
        persons: `person, unit, is_during, numerator, denominator`, one row for each of these;
            None where the table has no persons.
    """

    units: UnitPanel
    events: FloatArray | None
    persons: pl.DataFrame | None


def add_up_panel(table: OwnTable) -> OwnPanel:
    """Check a user's panel and add it up.

    Raises:
        ContractError: if a weight is not above 0, or `treated`, `post` and the times do not fit
            together. A message holds counts and never a value.
        ModelError: if nobody is treated, untreated, before or during, or the outcome is constant.
    """
    faults = [*_check_rows(table)]
    if faults:
        raise ContractError(faults)
    lacks = [*_check_groups(table)]
    if lacks:
        raise ModelError(lacks)
    rows = table.rows.rename({"post": "is_during"})
    sums = {
        "numerator": (pl.col("outcome") * pl.col("weight")).sum(),
        "denominator": pl.col("weight").sum(),
    }
    has_persons = "person" in rows.columns
    size = pl.col("person").n_unique() if has_persons else pl.len()
    cells = rows.group_by("unit", "is_during").agg(
        **sums, size=size, events=(pl.col("outcome") != 0).sum()
    )
    units = rows.group_by("unit").agg(pl.col("treated").first()).sort("unit")
    numerator, denominator, persons, events = (
        _spread(cells, units, name) for name in ("numerator", "denominator", "size", "events")
    )
    is_treated = units["treated"].to_numpy()
    panel = UnitPanel(tuple(units["unit"]), numerator, denominator, persons, persons, is_treated)
    is_binary = rows["outcome"].is_in([0.0, 1.0]).all()
    keys = ("person", "unit", "is_during")
    return OwnPanel(
        panel,
        events if is_binary else None,
        rows.group_by(keys).agg(**sums).sort(keys) if has_persons else None,
    )


def _spread(cells: pl.DataFrame, units: pl.DataFrame, name: str) -> FloatArray:
    """A figure of each unit, before and during; 0 where the unit has no row."""
    parts = (
        cells.filter(pl.col("is_during") == is_during).select("unit", name)
        for is_during in (False, True)
    )
    found = [units.join(part, on="unit", how="left", maintain_order="left")[name] for part in parts]
    return np.column_stack([column.fill_null(0).cast(pl.Float64).to_numpy() for column in found])


def _check_rows(table: OwnTable) -> Iterator[Fault]:
    rows = table.rows
    if rows.is_empty():
        yield Fault(table.name, "there is no row", "rows for each unit and time")
        return
    n_weightless = int((rows["weight"] <= 0).sum())
    if n_weightless:
        what = f"{n_weightless} of {rows.height} weights are not above 0"
        yield table.fault("weight", what, "leave those rows out")
    for column, key in (("treated", "unit"), ("post", "time")):
        kinds = rows.group_by(key).agg(pl.col(column).n_unique())
        n_mixed = int((kinds[column] > 1).sum())
        if n_mixed:
            what = f"it is both 0 and 1 in {n_mixed} of {kinds.height} values of {key}"
            yield table.fault(column, what, f"one value for each {key}")
    if not _is_sorted(rows):
        what = "it is 1 at a time before one at which it is 0"
        yield table.fault("post", what, "0 up to the start and 1 from then on")
    treated = rows.filter("treated").group_by("unit").agg(pl.col("post").n_unique())
    n_lacking = int((treated["post"] < 2).sum())
    if n_lacking and rows["post"].n_unique() == 2:
        what = f"{n_lacking} of {treated.height} treated units have no row before or none during"
        yield table.fault("unit", what, "rows in both periods for every treated unit")
    if "person" in rows.columns:
        n_repeated = int(rows.select("person", "time").is_duplicated().sum())
        if n_repeated:
            what = f"{n_repeated} rows share their person and time with another row"
            yield table.fault("person", what, "one row for each person and time")


def _is_sorted(rows: pl.DataFrame) -> bool:
    """Whether no time before the start lies after one that does not; numbers sort as such."""
    times = rows.select("time", "post").unique()
    numbers = times["time"].cast(pl.Float64, strict=False)
    if numbers.null_count() == 0:
        times = times.with_columns(time=numbers)
    before, during = (times.filter(pl.col("post") == side)["time"] for side in (False, True))
    if before.is_empty() or during.is_empty():
        return True
    return bool(before.max() < during.min())  # type: ignore[operator]


def _check_groups(table: OwnTable) -> Iterator[Fault]:
    """Whether there are treated and untreated rows, before and during each, that differ at all."""
    if table.rows["outcome"].n_unique() == 1:
        yield table.fault("outcome", "it is the same in every row", "an outcome that varies")
    for is_treated, group in ((False, "untreated"), (True, "treated")):
        for is_during, period in ((False, "before"), (True, "during")):
            of_both = (pl.col("treated") == is_treated) & (pl.col("post") == is_during)
            if table.rows.filter(of_both).is_empty():
                names = [table.columns[name] for name in ("treated", "post")]
                what = f"no row is {group} and {period}"
                yield Fault(f"{table.name}: {', '.join(names)}", what, "0 and 1 in both columns")
