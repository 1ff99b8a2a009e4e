"""Where people live: municipalities, their job centres, and moves at new year."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.errors import Fault, UsageError
from pipeline.spec import Study, Weeks

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_POPULATIONS = Path(__file__).parent / "populations.csv"
# The municipalities of the reform; those before it are not in the code list.
FIRST_YEAR = 2007
SWAP_SHARE = 0.02


@dataclass(frozen=True)
class Geography:
    """The municipalities of a span of years, by position.

    Attributes:
        codes: municipality codes.
        unit_of: position of each municipality's job centre in `units`.
        units: names of the job centres, as they are in the last of the years.
        inhabitants: people in each municipality, 2018.
        kin: the same number for job centres that were one in some of the years.
        apart_since: the ISO year in which each came out of a joint one; 0 where none did.
    """

    codes: Ints
    unit_of: Ints
    units: tuple[str, ...]
    inhabitants: Floats
    kin: Ints
    apart_since: Ints

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


def find_geography(study: Study, weeks: Weeks) -> Geography:
    """Where people live in some weeks of a delivery: with the job centres that the study ends with.

    Raises:
        UsageError: if the study's weeks hold years without job centres, or a merger of some.
    """
    begin = max(weeks.first_week, date.fromisocalendar(FIRST_YEAR, 1, 1))
    return read_geography(Weeks(min(begin, study.span[0]), study.span[1]))


def read_geography(weeks: Weeks) -> Geography:
    """The municipalities of some weeks, and the job centres of the last of them.

    A joint job centre that splits within the weeks is there as its parts from the start: nobody
    moves between these, and all of them leave the joint one in the year of the split.

    Raises:
        UsageError: if job centres are not known in these weeks, or were merged within them.
    """
    services = _list_services(weeks)
    with _POPULATIONS.open(encoding="utf-8", newline="") as lines:
        inhabitants = {row["code"]: float(row["inhabitants"]) for row in csv.DictReader(lines)}
    first = [own[0]["jobcentre"] for own in services.values()]
    last = [own[-1]["jobcentre"] for own in services.values()]
    units = tuple(sorted(set(last)))
    if services.keys() != inhabitants.keys() or len({*zip(first, last, strict=True)}) > len(units):
        what = "these weeks hold years without job centres, or in which some were merged"
        raise UsageError(Fault(f"weeks {weeks}", what, f"weeks from {FIRST_YEAR} on"))
    unit_of = np.array([units.index(name) for name in last])
    kin, apart_since = np.empty(len(units), np.int64), np.zeros(len(units), np.int64)
    kin[unit_of] = [first.index(name) for name in first]
    apart_since[unit_of] = [
        int(own[-1]["valid_from_year"]) if len(own) > 1 else 0 for own in services.values()
    ]
    return Geography(
        codes=np.array([int(code) for code in services]),
        unit_of=unit_of,
        units=units,
        inhabitants=np.array([inhabitants[code] for code in services]),
        kin=kin,
        apart_since=apart_since,
    )


def _list_services(weeks: Weeks) -> dict[str, list[dict[str, str]]]:
    """Who served each municipality in these weeks, one after another, if somebody always did."""
    first, last = (week.isocalendar().year for week in (weeks.first_week, weeks.last_week))
    found: dict[str, list[dict[str, str]]] = {}
    for row in read_codes("municipalities"):
        if int(row["valid_from_year"]) <= last and first <= int(row["valid_to_year"] or last):
            found.setdefault(row["code"], []).append(row)
    return {
        code: own
        for code, own in found.items()
        if int(own[0]["valid_from_year"]) <= first and last <= int(own[-1]["valid_to_year"] or last)
    }


def draw_homes(
    geography: Geography,
    weights: Floats,
    shape: tuple[int, int],
    mover_share: float,
    rng: np.random.Generator,
) -> Ints:
    """The municipality (by position) of each person in each year, shape (years, persons).

    Movers go to another job centre, in proportion to `weights`, and never to one that theirs was
    joint with; a few more move to the other municipality of a joint job centre.
    """
    n_years, n_persons = shape
    cumulated = np.cumsum(weights / weights.sum())
    kin_of = geography.kin[geography.unit_of]

    def draw(n: int) -> Ints:
        return np.minimum(np.searchsorted(cumulated, rng.random(n)), len(cumulated) - 1)

    homes = np.empty(shape, dtype=np.int64)
    homes[0] = draw(n_persons)
    for year in range(1, n_years):
        homes[year] = homes[year - 1]
        swap = rng.random(n_persons) < SWAP_SHARE
        homes[year, swap] = geography.partner[homes[year, swap]]
        pending = np.flatnonzero(rng.random(n_persons) < mover_share)
        old_kin = kin_of[homes[year - 1]]
        while pending.size:
            homes[year, pending] = draw(pending.size)
            same = kin_of[homes[year, pending]] == old_kin[pending]
            pending = pending[same]
    return homes
