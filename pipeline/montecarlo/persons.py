"""What each person adds to the sums of a job centre: the rows that both levels have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.layout import OutFolder
from pipeline.models.certificate.splits import Splits
from pipeline.models.inference import UnitPanel
from pipeline.models.inference.panel import BoolArray
from pipeline.models.tally import FloatArray, IntArray, add_up
from pipeline.montecarlo.trial import PERIODS, Trial

N_AMOUNTS = 4
_KEY = ["person_id", "jobcentre"]


@dataclass(frozen=True)
class PersonRows:
    """One row per person and job centre; a person who moved counts in each as another one.

    Attributes:
        units: names of the job centres.
        unit: position of each row's job centre, ascending.
        amounts: (rows, outcomes, 4): numerator and denominator before, then during: weeks at risk
            and measure starts, or weeks with the outcome and weeks.
    """

    units: tuple[str, ...]
    unit: IntArray
    amounts: FloatArray

    def sum_up(self, place: int, *, is_duration: bool) -> Sums:
        """The sums of the outcome at a place."""
        own, size = self.amounts[:, place], len(self.units)
        columns = [add_up(self.unit, own[:, k], size) for k in range(N_AMOUNTS)]
        totals = np.stack(columns, axis=-1).reshape(size, 2, 2)
        products = [
            [add_up(self.unit, own[:, k] * own[:, m], size) for m in range(N_AMOUNTS)]
            for k in range(N_AMOUNTS)
        ]
        is_there: BoolArray = np.asarray((own.reshape(-1, 2, 2) > 0).any(axis=-1))
        persons = [add_up(self.unit, is_there[:, k].astype(float), size) for k in range(2)]
        return Sums(
            self.units,
            totals[..., 0],
            totals[..., 1],
            np.stack(persons, axis=-1),
            np.moveaxis(np.array(products), -1, 0),
            add_up(self.unit, is_there.any(axis=-1).astype(float), size),
            is_duration,
        )


@dataclass(frozen=True)
class Sums:
    """One outcome of job centres, and what their persons add to its error.

    Attributes:
        units: names of the job centres.
        numerator: (units, 2); the last axis is before, during.
        denominator: the same shape.
        persons: with any row, the same shape.
        moments: sums over persons of products of their sums, (units, 4, 4).
        n_persons: in either period, (units,).
        is_duration: whether weeks at risk are the exposure, or persons.
    """

    units: tuple[str, ...]
    numerator: FloatArray
    denominator: FloatArray
    persons: FloatArray
    moments: FloatArray
    n_persons: FloatArray
    is_duration: bool

    def choose(self, wanted: tuple[str, ...]) -> Sums:
        """Some job centres in the order asked for, without those that nobody is in."""
        places = [self.units.index(unit) for unit in wanted]
        kept = np.array([place for place in places if self.n_persons[place] > 0], dtype=np.int64)
        return Sums(
            tuple(self.units[place] for place in kept),
            self.numerator[kept],
            self.denominator[kept],
            self.persons[kept],
            self.moments[kept],
            self.n_persons[kept],
            self.is_duration,
        )

    def build_panel(self, treated: tuple[str, ...]) -> UnitPanel:
        """The panel that the methods look at."""
        is_treated = np.isin(self.units, treated)
        exposure = self.numerator if self.is_duration else self.persons
        return UnitPanel(
            self.units, self.numerator, self.denominator, self.persons, exposure, is_treated
        )

    def split_once(self) -> Splits:
        """As the size certificate takes them, with one start week."""
        return Splits(
            self.units,
            np.zeros(1, dtype=np.int64),
            self.numerator[None],
            self.denominator[None],
            self.persons[None],
            self.moments[None],
            self.n_persons,
            self.is_duration,
        )


def read_person_rows(trial: Trial, out: OutFolder) -> PersonRows:
    """The rows of a simulated delivery, from the analysis tables that the pipeline made of it."""
    columns: list[pl.DataFrame] = []
    for name, outcome in trial.outcomes.items():
        parts = _read_spells(trial, out) if outcome.is_duration else _read_shares(trial, out, name)
        for period in PERIODS:
            own = (
                parts.filter(period=period)
                .group_by(_KEY)
                .agg(pl.col("numerator", "denominator").sum())
            )
            columns.append(own)
    wide = columns[0].select(_KEY)
    wide = pl.concat([part.select(_KEY) for part in columns]).unique()
    for place, part in enumerate(columns):
        named = part.rename({noun: f"{noun}_{place}" for noun in ("numerator", "denominator")})
        wide = wide.join(named, on=_KEY, how="left")
    position = {unit: place for place, unit in enumerate(trial.units)}
    wide = wide.with_columns(
        pl.col("jobcentre").replace_strict(position, return_dtype=pl.Int64)
    ).sort("jobcentre", "person_id")
    amounts = wide.drop(_KEY).fill_null(0).to_numpy().astype(np.float64)
    shape = (wide.height, len(trial.outcomes), N_AMOUNTS)
    return PersonRows(trial.units, wide["jobcentre"].to_numpy(), amounts.reshape(shape))


def _read_shares(trial: Trial, out: OutFolder, outcome: str) -> pl.DataFrame:
    cells = pl.read_parquet(out.table("analysis.share_cells"), glob=False)
    headline = pl.col("population") == trial.study.headline_population
    return cells.filter(headline, pl.col("outcome") == outcome, pl.col("n_weeks") > 0).select(
        *_KEY, "period", numerator="n_outcome_weeks", denominator="n_weeks"
    )


def _read_spells(trial: Trial, out: OutFolder) -> pl.DataFrame:
    spells = pl.read_parquet(out.table("analysis.duration_spells"), glob=False)
    headline = pl.col("population") == trial.study.headline_population
    return spells.filter(headline, pl.col("sampling") == "flow").select(
        *_KEY,
        "period",
        numerator=pl.col("duration_weeks") - pl.col("entry_weeks"),
        denominator=pl.col("has_event").cast(pl.Int32),
    )
