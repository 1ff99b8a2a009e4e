"""Where people live: municipalities, their job centres, and moves at new year."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.errors import Fault, UsageError
from pipeline.spec import Weeks

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_POPULATIONS = Path(__file__).parent / "populations.csv"
SWAP_SHARE = 0.02


@dataclass(frozen=True)
class Geography:
    """The municipalities of a span of years, by position.

    Attributes:
        codes: municipality codes.
        unit_of: position of each municipality's job centre in `units`.
        units: names of the job centres.
        inhabitants: people in each municipality, 2018.
    """

    codes: Ints
    unit_of: Ints
    units: tuple[str, ...]
    inhabitants: Floats

    @cached_property
    def partner(self) -> Ints:
        """Another municipality of the same job centre, or the municipality itself."""
        found = np.arange(len(self.codes))
        for unit in range(len(self.units)):
            members = np.flatnonzero(self.unit_of == unit)
            found[members] = np.roll(members, 1)
        return found

    def unit_weights(self, weights: Floats) -> Floats:
        """Weights of the job centres, summing to one, from weights of municipalities."""
        summed = np.bincount(self.unit_of, weights, minlength=len(self.units))
        return np.asarray(summed / summed.sum())


def read_geography(weeks: Weeks) -> Geography:
    """The municipalities and job centres of a study's weeks, which serve for all others.

    Raises:
        UsageError: if job centres were merged or split within the span, since a person would
            then change job centre without moving.
    """
    first, last = (week.isocalendar().year for week in (weeks.first_week, weeks.last_week))
    rows = [
        row
        for row in read_codes("municipalities")
        if int(row["valid_from_year"]) <= first and last <= int(row["valid_to_year"] or last)
    ]
    with _POPULATIONS.open(encoding="utf-8", newline="") as lines:
        inhabitants = {row["code"]: float(row["inhabitants"]) for row in csv.DictReader(lines)}
    if {row["code"] for row in rows} != inhabitants.keys():
        what = "job centres change between these years"
        raise UsageError(Fault(f"periods {weeks}", what, "a study within 2013 to 2021"))
    units = tuple(sorted({row["jobcentre"] for row in rows}))
    return Geography(
        codes=np.array([int(row["code"]) for row in rows]),
        unit_of=np.array([units.index(row["jobcentre"]) for row in rows]),
        units=units,
        inhabitants=np.array([inhabitants[row["code"]] for row in rows]),
    )


def draw_homes(
    geography: Geography,
    weights: Floats,
    shape: tuple[int, int],
    mover_share: float,
    rng: np.random.Generator,
) -> Ints:
    """The municipality (by position) of each person in each year, shape (years, persons).

    Movers go to another job centre, in proportion to `weights`; a few more move to the other
    municipality of a joint job centre.
    """
    n_years, n_persons = shape
    cumulated = np.cumsum(weights / weights.sum())

    def draw(n: int) -> Ints:
        return np.minimum(np.searchsorted(cumulated, rng.random(n)), len(cumulated) - 1)

    homes = np.empty(shape, dtype=np.int64)
    homes[0] = draw(n_persons)
    for year in range(1, n_years):
        homes[year] = homes[year - 1]
        swap = rng.random(n_persons) < SWAP_SHARE
        homes[year, swap] = geography.partner[homes[year, swap]]
        pending = np.flatnonzero(rng.random(n_persons) < mover_share)
        old_unit = geography.unit_of[homes[year - 1]]
        while pending.size:
            homes[year, pending] = draw(pending.size)
            same = geography.unit_of[homes[year, pending]] == old_unit[pending]
            pending = pending[same]
    return homes
