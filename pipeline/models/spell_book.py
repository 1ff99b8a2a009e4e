"""The spells of any group of job centres in any period, collapsed to kinds, with their clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.models.covariates import COMBINATION
from pipeline.models.incidence import Spells
from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER
from pipeline.models.tally import FloatArray, Influence, IntArray, add_up

_KIND = ("entry_weeks", "duration_weeks", "cause", COMBINATION)


@dataclass(frozen=True)
class SpellGroup:
    """The spells of one group in one period.

    Attributes:
        spells: each kind of spell once, with how many there are of it.
        combination: of each kind the covariates of its persons, by number; 0 where not told apart.
        kinds: the kind of each spell, as its place among `spells`.
        clusters: by method of inference, the numbers of the clusters, ascending, each once; and
            the cluster of each spell, as its place among them.
    """

    spells: Spells
    combination: IntArray
    kinds: IntArray
    clusters: Mapping[str, tuple[IntArray, IntArray]]

    @property
    def persons(self) -> IntArray:
        """The persons' numbers, each once."""
        return self.clusters[PERSON_CLUSTER][0]

    def influences(self, values: FloatArray) -> dict[str, Influence]:
        """The influence of each kind of spell, summed by cluster under each method."""
        by_spell = values[self.kinds]
        return {
            method: Influence(numbers, add_up(places, by_spell, numbers.size))
            for method, (numbers, places) in self.clusters.items()
        }


class SpellBook:
    """The spells of one outcome, population and sampling; each group is collapsed once.

    Attributes:
        numbers: the number of each job centre that has spells, as the clusters carry it.

    Clusters are numbered in the order of their names, so the order of the rows, and persons in
    job centres that are not asked for, leave no trace in a sum of floats.
    """

    def __init__(self, spells: pl.DataFrame) -> None:
        """Takes `period, jobcentre, person_id, entry_weeks, duration_weeks, cause`, in any order.

        `cause` numbers the events from 0 and is -1 where a spell is censored. Spells that differ by
        `combination` are kinds of their own, where there is such a column.
        """
        if COMBINATION not in spells.columns:
            spells = spells.with_columns(pl.lit(0).alias(COMBINATION))
        numbered = spells.select(
            "period",
            "jobcentre",
            pl.col("person_id").rank("dense").cast(pl.Int64).alias(PERSON_CLUSTER),
            pl.col("jobcentre").rank("dense").cast(pl.Int64).alias(JOBCENTRE_CLUSTER),
            pl.col(_KIND).cast(pl.Int64),
        ).sort(PERSON_CLUSTER, JOBCENTRE_CLUSTER, *_KIND)
        self.numbers: dict[str, int] = dict(
            numbered.select("jobcentre", JOBCENTRE_CLUSTER).unique().iter_rows()
        )
        counts = numbered.group_by("jobcentre", "period").agg(pl.col(PERSON_CLUSTER).n_unique())
        self._persons: dict[tuple[str, str], int] = {
            (unit, period): n for unit, period, n in counts.iter_rows()
        }
        self._periods = {str(key[0]): part for key, part in numbered.group_by("period")}
        self._empty = numbered.clear()
        self._groups: dict[tuple[frozenset[str], str], SpellGroup] = {}

    def count_persons(self, jobcentre: str, period: str) -> int:
        """Distinct persons with a spell in a job centre and period."""
        return self._persons.get((jobcentre, period), 0)

    def group(self, jobcentres: frozenset[str], period: str) -> SpellGroup:
        """The spells of a group of job centres in a period."""
        key = (jobcentres, period)
        if key not in self._groups:
            self._groups[key] = self._collapse(*key)
        return self._groups[key]

    def _collapse(self, jobcentres: frozenset[str], period: str) -> SpellGroup:
        rows = self._periods.get(period, self._empty).filter(
            pl.col("jobcentre").is_in(sorted(jobcentres))
        )
        kinds = rows.group_by(_KIND).agg(weight=pl.len().cast(pl.Int64)).sort(_KIND)
        numbered = kinds.select(*_KIND, kind=pl.int_range(pl.len(), dtype=pl.Int64))
        placed = rows.join(numbered, on=_KIND, how="left", maintain_order="left")
        columns = ("entry_weeks", "duration_weeks", "cause", "weight")
        return SpellGroup(
            Spells(*(kinds[name].to_numpy() for name in columns)),
            kinds[COMBINATION].to_numpy(),
            placed["kind"].to_numpy(),
            {method: _number(rows[method]) for method in (PERSON_CLUSTER, JOBCENTRE_CLUSTER)},
        )


def _number(clusters: pl.Series) -> tuple[IntArray, IntArray]:
    numbers, places = np.unique(clusters.to_numpy(), return_inverse=True)
    return numbers, places.astype(np.int64)
