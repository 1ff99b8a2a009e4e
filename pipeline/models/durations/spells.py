"""Spells collapsed to how many there are of each kind: the same likelihood on far fewer rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.models.tally import FloatArray, IntArray

# What a spell is but for the cell it lies in.
KIND = ("entry", "duration", "has_event")


@dataclass(frozen=True)
class Spells:
    """Spells by cell and kind; durations may be in any unit, weeks in a study.

    Attributes:
        cells: one row per cell, sorted: the columns it was collapsed by, and `n_spells, n_events,
            last` (the longest duration), of spells that weigh something.
        cell: of each kind the number of its cell.
        entry: of each kind the duration at which it was first followed, 0 or more.
        duration: of each kind the duration at its end, above entry.
        event: of each kind 1 if it ended with the event, 0 if it was censored.
        weight: of each kind the sum of its spells' weights.
        row_kind: of each spell that was given the number of its kind.
        row_weight: of each spell its weight.
    """

    cells: pl.DataFrame
    cell: IntArray
    entry: FloatArray
    duration: FloatArray
    event: FloatArray
    weight: FloatArray
    row_kind: IntArray
    row_weight: FloatArray

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return self.cells.height

    @property
    def cell_events(self) -> FloatArray:
        """The weight of the events in each cell."""
        return self.sum_by_cell(self.weight * self.event)

    def sum_by_cell(self, values: FloatArray) -> FloatArray:
        """The sum over the kinds of each cell."""
        return np.bincount(self.cell, values, self.n_cells).astype(np.float64)

    def pick(self, cell: int) -> Spells:
        """One cell by itself, without the rows behind it."""
        chosen = self.cell == cell
        parts = (self.entry, self.duration, self.event, self.weight)
        number, nothing = np.zeros(int(chosen.sum()), np.int64), np.zeros(0, np.int64)
        entry, duration, event, weight = (part[chosen] for part in parts)
        row = self.cells[cell]
        return Spells(row, number, entry, duration, event, weight, nothing, np.zeros(0))


def collapse_spells(spells: pl.DataFrame, by: Sequence[str]) -> Spells:
    """Spells by cell and kind, in an order that leaves no trace of the order of the rows.

    Args:
        spells: one row per spell: the columns `by`, `duration, has_event`, and where it has them
            `entry` (0 if not) and `weight` (1 if not); complete, with `0 <= entry < duration` and
            no negative weight, as `check_spells` holds it to.
        by: the columns whose values make a cell.
    """
    defaults = {"entry": pl.lit(0.0), "weight": pl.lit(1.0)}
    missing = {name: value for name, value in defaults.items() if name not in spells.columns}
    rows = spells.with_columns(**missing).select(
        *by, pl.col("entry", "duration", "weight").cast(pl.Float64), "has_event"
    )
    counted = pl.col("weight") > 0
    kinds = (
        rows.group_by(*by, *KIND)
        # Summed in order of size, since a sum of floats depends on its order.
        .agg(pl.col("weight").sort().sum(), n_spells=counted.sum())
        .sort(*by, *KIND)
        .with_row_index("kind")
    )
    cells = _describe_cells(kinds, by)
    places = kinds.join(cells.select(*by).with_row_index("cell"), on=list(by), how="left")
    row_kinds = rows.join(kinds, on=[*by, *KIND], how="left", maintain_order="left")
    return Spells(
        cells,
        places.sort("kind")["cell"].cast(pl.Int64).to_numpy(),
        kinds["entry"].to_numpy(),
        kinds["duration"].to_numpy(),
        kinds["has_event"].cast(pl.Float64).to_numpy(),
        kinds["weight"].to_numpy(),
        row_kinds["kind"].cast(pl.Int64).to_numpy(),
        rows["weight"].to_numpy(),
    )


def _describe_cells(kinds: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    counted = pl.col("n_spells") > 0
    return (
        kinds.group_by(*by)
        .agg(
            pl.col("n_spells").cast(pl.Int64).sum(),
            n_events=pl.col("n_spells").filter("has_event").cast(pl.Int64).sum(),
            last=pl.col("duration").filter(counted).max(),
        )
        .sort(*by)
    )
