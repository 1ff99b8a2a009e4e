"""Spells collapsed to how many there are of each kind: the same likelihood on far fewer rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.models.tally import FloatArray, IntArray

# What a spell is but for the cell it lies in.
KIND = ("entry", "duration", "has_event")
# With a space, so that no column of a register has the name.
_CELL_NUMBER, _KIND_NUMBER, _N_SPELLS = "cell number", "kind number", "n spells"


@dataclass(frozen=True)
class Spells:
    """Spells by cell and kind; durations may be in any unit, weeks in a study.

    Attributes:
        cells: one row per cell, sorted: the columns it was collapsed by.
        n_spells: of each cell the number of its spells that weigh something.
        n_events: of each cell how many of them ended with the event.
        last: of each cell the longest duration of them; NaN without any.
        cell: of each kind the number of its cell.
        entry: of each kind the duration at which it was first followed, 0 or more.
        duration: of each kind the duration at its end, above entry.
        event: of each kind 1 if it ended with the event, 0 if it was censored.
        weight: of each kind the sum of its spells' weights.
        row_kind: of each spell that was given the number of its kind.
        row_weight: of each spell its weight.
    """

    cells: pl.DataFrame
    n_spells: IntArray
    n_events: IntArray
    last: FloatArray
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
        return replace(
            self,
            cells=self.cells[cell],
            n_spells=self.n_spells[[cell]],
            n_events=self.n_events[[cell]],
            last=self.last[[cell]],
            cell=np.zeros(int(chosen.sum()), np.int64),
            entry=self.entry[chosen],
            duration=self.duration[chosen],
            event=self.event[chosen],
            weight=self.weight[chosen],
            row_kind=np.zeros(0, np.int64),
            row_weight=np.zeros(0),
        )


def collapse_spells(spells: pl.DataFrame, by: Sequence[str]) -> Spells:
    """Spells by cell and kind, in an order that leaves no trace of the order of the rows.

    Args:
        spells: one row per spell: the columns `by`, `duration, has_event`, and where it has them
            `entry` (0 if not) and `weight` (1 if not); complete, with `0 <= entry < duration` and
            no negative weight.
        by: the columns whose values make a cell.
    """
    defaults = {"entry": pl.lit(0.0), "weight": pl.lit(1.0)}
    missing = {name: value for name, value in defaults.items() if name not in spells.columns}
    rows = spells.with_columns(**missing).select(
        *by, pl.col("entry", "duration", "weight").cast(pl.Float64), "has_event"
    )
    kinds = (
        rows.group_by(*by, *KIND)
        .agg(
            # Summed in order of size, since a sum of floats depends on its order.
            pl.col("weight").sort().sum(),
            (pl.col("weight") > 0).sum().alias(_N_SPELLS),
        )
        .sort(*by, *KIND)
        .with_row_index(_KIND_NUMBER)
    )
    cells = kinds.select(*by).unique(maintain_order=True).with_row_index(_CELL_NUMBER)
    places = kinds.join(cells, on=list(by), how="left", maintain_order="left")
    row_kinds = rows.join(kinds, on=[*by, *KIND], how="left", maintain_order="left")
    cell = places[_CELL_NUMBER].cast(pl.Int64).to_numpy()
    event, n_spells = (kinds[name].cast(pl.Int64).to_numpy() for name in ("has_event", _N_SPELLS))
    entry, duration, weight = (kinds[name].to_numpy() for name in ("entry", "duration", "weight"))
    return Spells(
        cells.drop(_CELL_NUMBER),
        _count(cell, n_spells),
        _count(cell, n_spells * event),
        _find_last(cell, np.where(n_spells > 0, duration, np.nan)),
        cell,
        entry,
        duration,
        event.astype(np.float64),
        weight,
        row_kinds[_KIND_NUMBER].cast(pl.Int64).to_numpy(),
        rows["weight"].to_numpy(),
    )


def _count(cell: IntArray, n_spells: IntArray) -> IntArray:
    return np.bincount(cell, n_spells).astype(np.int64)


def _find_last(cell: IntArray, duration: FloatArray) -> FloatArray:
    last = np.full(int(cell.max(initial=-1)) + 1, np.nan)
    np.fmax.at(last, cell, duration)
    return last
