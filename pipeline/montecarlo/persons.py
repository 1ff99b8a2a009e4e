"""What each person adds to the sums of a job centre: the rows that both levels have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from scipy import sparse

from pipeline.layout import OutFolder
from pipeline.models.certificate.splits import Splits
from pipeline.models.inference import WEEKS, Law, UnitPanel, find_law
from pipeline.models.inference.panel import BoolArray
from pipeline.models.tally import FloatArray, IntArray, add_up
from pipeline.montecarlo.exits import ExitSums, Stays, add_up_stays, count_stays
from pipeline.montecarlo.trial import PERIODS, Trial
from pipeline.spec import INTERVENTION
from pipeline.synthetic.pay import FULL_TIME_MONTH

N_AMOUNTS = 4
_KEY = ["person_id", "jobcentre"]
_NOUNS = {
    "share": "mean_cells",
    "hours": "mean_cells",
    "duration_between_measures": "duration_spells",
    "duration_to_first_measure": "first_measure_spells",
    "exits": "exit_spells",
}


@dataclass(frozen=True)
class PersonRows:
    """One row per person and job centre; a person who moved counts in each as another one.

    Attributes:
        units: names of the job centres.
        unit: position of each row's job centre, ascending.
        amounts: (rows, outcomes, 4): numerator and denominator before, then during: weeks at risk
            and measure starts, weeks with the outcome or hours and weeks, or for ways out what a
            person adds to the share of the whole country, and weeks of stays.
        stays: those of persons, by outcome that is about ways out.
        line: position of each row's person among these.
    """

    units: tuple[str, ...]
    unit: IntArray
    amounts: FloatArray
    stays: dict[str, Stays]
    line: IntArray

    def sum_outcome(self, trial: Trial, name: str, wanted: tuple[str, ...]) -> Sums | ExitSums:
        """The sums of an outcome in some job centres, without those that nobody is in."""
        if name in self.stays:
            places = [self.units.index(unit) for unit in wanted]
            return add_up_stays(self.stays[name], self._copies[places], wanted)
        place = list(trial.outcomes).index(name)
        return self.sum_up(place, find_law(trial.outcomes[name].kind)).choose(wanted)

    @cached_property
    def _copies(self) -> sparse.csr_array:
        """How often each person with stays is in each job centre, (units, persons)."""
        n_persons = max((len(own.is_there) for own in self.stays.values()), default=0)
        shape = (len(self.units), n_persons)
        return sparse.csr_array((np.ones(len(self.unit)), (self.unit, self.line)), shape)

    def sum_up(self, place: int, law: Law | None) -> Sums:
        """The sums of the share or the weeks at a place."""
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
            law,
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
        law: of the outcome; under that of weeks, weeks at risk are the exposure, else persons.
    """

    units: tuple[str, ...]
    numerator: FloatArray
    denominator: FloatArray
    persons: FloatArray
    moments: FloatArray
    n_persons: FloatArray
    law: Law | None

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
            self.law,
        )

    def build_panel(self, treated: tuple[str, ...], *, is_pooled: bool) -> UnitPanel:
        """The panel that the methods look at, pooled or not."""
        is_treated = np.isin(self.units, treated)
        sums = self.numerator, self.denominator, self.persons
        exposure = self.numerator if self.law is WEEKS else self.persons
        return UnitPanel(self.units, *sums, exposure, is_treated, self.law)

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
            self.law,
        )


def read_person_rows(trial: Trial, out: OutFolder) -> PersonRows:
    """The rows of a simulated delivery, from the analysis tables that the pipeline made of it."""
    parts = {name: _read_parts(trial, out, name) for name in trial.outcomes}
    keys = pl.concat([part.select(_KEY) for part in parts.values()]).unique()
    position = {unit: place for place, unit in enumerate(trial.units)}
    unit = pl.col("jobcentre").replace_strict(position, return_dtype=pl.Int64)
    keys = keys.with_columns(unit=unit).sort("unit", "person_id").with_row_index("row")
    amounts = np.zeros((keys.height, len(trial.outcomes), N_AMOUNTS))
    stays = {}
    for place, (name, own) in enumerate(parts.items()):
        placed = own.join(keys, on=_KEY)
        row = placed["row"].to_numpy().astype(np.int64)
        side = (placed["period"] == INTERVENTION).to_numpy().astype(np.int64)
        one, other = (placed[noun].to_numpy() for noun in ("numerator", "denominator"))
        if trial.outcomes[name].kind == "exits":
            ends = placed["ends"].to_numpy()
            stays[name] = count_stays(2 * row + side, (one, other), ends, keys.height)
            amounts[:, place] = stays[name].list_amounts(trial.exits[name].gains)
        else:
            np.add.at(amounts[:, place], (row, 2 * side), one)
            np.add.at(amounts[:, place], (row, 2 * side + 1), other)
    line = np.arange(keys.height)
    return PersonRows(trial.units, keys["unit"].to_numpy(), amounts, stays, line)


def read_rows(out: OutFolder, kind: str) -> pl.DataFrame:
    """The analysis table behind a kind of outcome."""
    return pl.read_parquet(out.table(f"analysis.{_NOUNS[kind]}"), glob=False)


def _read_parts(trial: Trial, out: OutFolder, name: str) -> pl.DataFrame:
    """What persons add to an outcome: `person_id, jobcentre, period, numerator, denominator`.

    Of ways out, the weeks a stay had lasted when first and last seen, and `ends`.
    """
    outcome = trial.outcomes[name]
    own = pl.col("population") == trial.populations[name]
    rows = read_rows(out, outcome.kind).filter(own, pl.col("period").is_in(PERIODS))
    key = (*_KEY, "period")
    if outcome.is_mean:
        cells = rows.filter(pl.col("outcome") == name, pl.col("denominator") > 0)
        # Those of hours are kept as whole numbers, so many to a week.
        weight = round(100 * FULL_TIME_MONTH) if outcome.kind == "hours" else 1
        return cells.select(*key, pl.col("numerator", "denominator") / weight)
    spells, way = rows.filter(sampling=outcome.sampling), pl.col("way_out")
    if outcome.kind == "exits":
        ends = pl.when(way.is_null()).then(0).when(way.is_in(outcome.any_of)).then(1).otherwise(2)
        return spells.select(
            *key, numerator="entry_weeks", denominator="duration_weeks", ends=ends.cast(pl.Int64)
        )
    return spells.select(
        *key,
        numerator=pl.col("duration_weeks") - pl.col("entry_weeks"),
        denominator=pl.col("has_event").cast(pl.Int32),
    )
