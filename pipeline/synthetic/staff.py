"""Caseworkers: whose they are, for how long, and what two registers say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.synthetic.calibration import Period

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOBODY = -1
_SUNDAY = timedelta(days=6)


@dataclass(frozen=True)
class Staff:
    """The caseworkers of all job centres that are monitored, by position.

    Attributes:
        jobcentres: positions of these job centres in the geography.
        place: position of each caseworker's job centre among these, ascending.
        hours: weekly hours of each.
        periods: of monitoring.
        cases: of each, shape (periods, caseworkers); 0 in periods in which they are not there.
        stints: period of each stint, a time in which no citizen changes caseworker.
        stint: of each week; -1 in weeks that are not monitored.
        shift: what each adds to the probability of an internship per measure week, shape (weeks,
            caseworkers + 1); the last is of those who have none.
    """

    jobcentres: Ints
    place: Ints
    hours: Floats
    periods: tuple[Period, ...]
    cases: Floats
    stints: Ints
    stint: Ints
    shift: Floats

    @property
    def first_weeks(self) -> Ints:
        """Position of the first week of each stint."""
        return np.array([np.argmax(self.stint == stint) for stint in range(len(self.stints))])


def draw_caseworkers(staff: Staff, units: Ints, rng: np.random.Generator) -> Ints:
    """The caseworker each citizen would have in each stint, -1 for none, shape (stints, citizens).

    Citizens are anybody's in proportion to the cases that each caseworker has, and stay with theirs
    as long as these proportions let them. `units` are the citizens' job centres, likewise.
    """
    ranks = np.full(1 + max(units.max(), staff.jobcentres.max()), NOBODY)
    ranks[staff.jobcentres] = np.arange(len(staff.jobcentres))
    own = np.full(units.shape, NOBODY)
    chance = np.zeros(len(staff.place))
    for stint, period in enumerate(staff.stints):
        before, chance = chance, _share_out(staff, staff.cases[period])
        places = ranks[units[stint]]
        own[stint] = _pick(chance, places, rng)
        if stint == 0:
            continue
        stays = (places >= 0) & (units[stint] == units[stint - 1])
        last = own[stint - 1]
        ratio = np.divide(chance, before, out=np.zeros_like(chance), where=before > 0.0)
        leaves = rng.random(len(last)) >= ratio[last]
        gained = np.maximum(chance - before, 0.0)
        has_gained = np.bincount(staff.place, gained) > 0.0
        gained = _share_out(staff, np.where(has_gained[staff.place], gained, chance))
        own[stint] = np.where(stays, np.where(leaves, _pick(gained, places, rng), last), own[stint])
    return own


def _share_out(staff: Staff, weights: Floats) -> Floats:
    """Weights that sum to one in each job centre."""
    return np.asarray(weights / np.bincount(staff.place, weights)[staff.place])


def _pick(chance: Floats, places: Ints, rng: np.random.Generator) -> Ints:
    """A caseworker of the job centre at each place, with its chances; -1 where the place is."""
    drawn = np.searchsorted(np.cumsum(chance), places + rng.random(len(places)), side="right")
    return np.where(places < 0, NOBODY, np.minimum(drawn, len(chance) - 1))


def list_caseload(staff: Staff, names: tuple[str, ...]) -> pl.DataFrame:
    """The register of caseworkers' cases by period; `names` are those of all job centres."""
    period, worker = np.nonzero(staff.cases)
    jobcentres = np.array(names)[staff.jobcentres[staff.place[worker]]]
    return pl.DataFrame(
        {
            "jobcentre": jobcentres,
            "period_start": [staff.periods[p].start for p in period],
            "period_end": [staff.periods[p].end for p in period],
            "caseworker_id": _name(worker),
            "cases": staff.cases[period, worker],
            "weekly_hours": staff.hours[worker],
        }
    ).sort("jobcentre", "period_start", "caseworker_id")


def list_links(
    staff: Staff, on_benefit: NDArray[np.bool_], caseworkers: Ints, mondays: tuple[date, ...]
) -> pl.DataFrame:
    """The register of whose caseworker was whose, with `citizen` by position.

    One row is an unbroken run of weeks on the benefit with one caseworker; it has no end if it
    reaches the last week that is monitored. `on_benefit` has shape (weeks, citizens).
    """
    watched = np.flatnonzero(staff.stint >= 0)
    own = np.where(on_benefit[watched], caseworkers[staff.stint[watched]], NOBODY)
    edge = np.full((1, own.shape[1]), NOBODY)
    before, after = np.concatenate([edge, own[:-1]]), np.concatenate([own[1:], edge])
    # Citizen by citizen, so that beginnings and ends come in the same order.
    citizen, first = np.nonzero(((own != before) & (own >= 0)).T)
    _, last = np.nonzero(((own != after) & (own >= 0)).T)
    days = np.array(mondays, dtype="datetime64[D]")[watched]
    ends = pl.Series(days[last] + np.timedelta64(_SUNDAY.days)).cast(pl.Date)
    return pl.DataFrame(
        {
            "citizen": citizen,
            "caseworker_id": _name(own[first, citizen]),
            "start_date": pl.Series(days[first]).cast(pl.Date),
            "end_date": ends.set(pl.Series(last == len(watched) - 1), None),
        }
    )


def _name(workers: Ints) -> pl.Series:
    return "k" + pl.Series(workers + 1).cast(pl.String).str.zfill(5)
