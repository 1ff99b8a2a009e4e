"""Covariates by cell: which combination of them a person has, and what sets it apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.models.tally import FloatArray

BoolArray = npt.NDArray[np.bool_]

# Nobody knows; a category of its own, so that nobody is left out.
UNKNOWN = "unknown"
COMBINATION = "combination"


@dataclass(frozen=True)
class Combinations:
    """The combinations of covariates that there are.

    Attributes:
        values: one row per combination, sorted: a column for each covariate.
        unknown: of each covariate how many persons it is not known of.
        n_persons: how many persons there are.
    """

    values: pl.DataFrame
    unknown: dict[str, int]
    n_persons: int

    def list_lacks(self) -> Iterator[str]:
        """What is not known, in words."""
        for name, n_unknown in self.unknown.items():
            if n_unknown:
                share = f"{n_unknown} of {self.n_persons} persons"
                yield f"{name} is unknown of {share}, who are a category of their own"

    def design(self, amounts: FloatArray) -> FloatArray:
        """An indicator for each value of a covariate but its commonest, combinations x columns.

        A value of nothing counts as the commonest, and a value that the others imply has no
        indicator of its own: there is nothing to tell its part by.

        Args:
            amounts: of each combination how much there is to tell it by, such as its events.
        """
        columns: list[FloatArray] = [np.ones(self.values.height)]
        for name in self.values.columns:
            values = self.values[name]
            sums = {value: float(amounts[(values == value).to_numpy()].sum()) for value in values}
            commonest, *others = sorted(sums, key=lambda value: (-sums[value], value))
            del commonest
            for value in others:
                column = (values == value).to_numpy().astype(np.float64)
                if sums[value] > 0 and _is_new(column, columns, amounts > 0):
                    columns.append(column)
        return np.stack(columns, axis=1)[:, 1:]


def combine_covariates(
    rows: pl.DataFrame, members: pl.DataFrame, names: Sequence[str]
) -> tuple[pl.DataFrame, Combinations]:
    """Rows with the number of their person's combination, and the combinations.

    Args:
        rows: of one population; `person_id` and others, in any order.
        members: of that population: `person_id` and the covariates, one row per person.
        names: of the covariates; none makes one combination of all.

    Returns:
        The rows with `combination`, from 0 on, in the order of the combinations' values.
    """
    known = members.select("person_id", *names)
    persons = rows.select("person_id").unique().join(known, on="person_id", how="left")
    unknown = {name: persons[name].null_count() for name in names}
    persons = persons.with_columns(pl.col(names).fill_null(UNKNOWN))
    if not names:
        alone = pl.DataFrame({"everyone": ["everyone"]})
        return rows.with_columns(pl.lit(0).alias(COMBINATION)), Combinations(alone, {}, 0)
    values = persons.select(names).unique().sort(names)
    numbered = persons.join(values.with_row_index(COMBINATION), on=list(names))
    placed = rows.join(numbered.select("person_id", COMBINATION), on="person_id", how="left")
    return placed, Combinations(values, unknown, persons.height)


def _is_new(column: FloatArray, columns: Sequence[FloatArray], seen: BoolArray) -> bool:
    """Whether a column says something that the others do not, where anything is seen."""
    before = np.stack(columns, axis=1)[seen]
    after = np.column_stack([before, column[seen]])
    return bool(np.linalg.matrix_rank(after) > np.linalg.matrix_rank(before))
