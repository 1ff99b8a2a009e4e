"""Ways out of job centres from the stays of persons: a share that is no ratio of sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipeline.models.certificate.exit_curves import fit_curve
from pipeline.models.certificate.exit_splits import ExitSplits, list_values, turn_influences
from pipeline.models.exits import HORIZON
from pipeline.models.inference import UnitPanel
from pipeline.models.tally import FloatArray, IntArray
from pipeline.synthetic.stays import Exits

# At risk, left by a way that counts, left in any way.
N_COUNTS = 3


@dataclass(frozen=True)
class Stays:
    """The stays of some persons, each in one job centre.

    Attributes:
        counts: (persons, 2, 3, 52): before and during, of each week of a stay.
        is_there: whether a person has a stay before and during, (persons, 2).
    """

    counts: NDArray[np.uint8]
    is_there: NDArray[np.bool_]

    @cached_property
    def flat(self) -> FloatArray:
        """The counts as numbers, (persons, 2 * 3 * 52)."""
        return self.counts.reshape(len(self.counts), -1).astype(np.float64)

    def thin(self, step: int) -> Stays:
        """Those of every so many persons."""
        return Stays(self.counts[::step], self.is_there[::step])

    def list_amounts(self, gains: FloatArray) -> FloatArray:
        """As those of `ExpectedExits`, of each person, (persons, 4)."""
        weeks = self.counts[:, :, 0].sum(axis=-1, dtype=np.float64)
        return np.stack([self.find_influences(gains), weeks], axis=-1).reshape(-1, 4)

    def find_influences(self, gains: FloatArray) -> FloatArray:
        """What each person adds to a group's shares before and during, (persons, 2).

        Args:
            gains: of the group, (2, 3, 52).
        """
        by_side = self.flat.reshape(len(self.flat), 2, -1)
        added = [by_side[:, side] @ gains[side].ravel() for side in range(2)]
        return np.stack(added, axis=-1)


@dataclass(frozen=True)
class ExpectedExits:
    """What is expected of ways out, per citizen of the generator.

    Attributes:
        counts: (units, 2, 3, 52).
    """

    counts: FloatArray

    @cached_property
    def gains(self) -> FloatArray:
        """What one more of each count does to the shares of the whole country, (2, 3, 52)."""
        return fit_curve(self.counts.sum(axis=0)).gains

    @cached_property
    def amounts(self) -> FloatArray:
        """What job centres add to these shares, and weeks of stays, before and during: (units, 4).

        To first order a job centre's own shares follow from the two.
        """
        added = (self.counts * self.gains).sum(axis=(-2, -1))
        return np.stack([added, self.counts[:, :, 0].sum(axis=-1)], axis=-1).reshape(-1, 4)


@dataclass(frozen=True)
class ExitSums:
    """Ways out of job centres; names and shapes are those of `Sums`.

    Attributes:
        units: names of the job centres.
        counts: (units, 2, 3, 52).
        persons: with a stay, (units, 2).
        moments: of persons' pseudo-values and presence, from the curve of all these job centres.
        n_persons: in either period, (units,).
    """

    units: tuple[str, ...]
    counts: FloatArray
    persons: FloatArray
    moments: FloatArray
    n_persons: FloatArray

    def build_panel(self, treated: tuple[str, ...], *, is_pooled: bool) -> UnitPanel:
        """The panel that the methods look at: pseudo-values, as those of a study's estimates.

        Those that took part have their own shares, or if pooled what each adds to their common one.
        """
        is_treated = np.isin(self.units, treated)
        own = list_values(self.counts, self.persons, is_treated)
        if not is_pooled:
            own = fit_curve(self.counts).share * self.persons
        rest = list_values(self.counts, self.persons, ~is_treated)
        numerator = np.where(is_treated[:, None], own, rest)
        known = np.isfinite(numerator)
        persons = np.where(known, self.persons, 0.0)
        numerator = np.where(known, numerator, 0.0)
        return UnitPanel(self.units, numerator, persons, self.persons, self.persons, is_treated)

    def split_once(self) -> ExitSplits:
        """As the size certificate takes them, with one start week."""
        return ExitSplits(
            self.units,
            np.zeros(1, dtype=np.int64),
            self.counts[None],
            self.persons[None],
            self.moments[None],
            self.n_persons,
        )


def add_up_stays(stays: Stays, copies: sparse.csr_array, units: tuple[str, ...]) -> ExitSums:
    """The sums of job centres, without those that nobody is in.

    Args:
        stays: of persons.
        copies: how often each of them is in a job centre, (units, persons).
        units: names of these.
    """
    is_there = stays.is_there.astype(np.float64)
    n_persons: FloatArray = copies @ is_there.max(axis=1)
    kept = np.flatnonzero(n_persons > 0)
    copies = copies[kept]
    persons: FloatArray = copies @ is_there
    counts: FloatArray = (copies @ stays.flat).reshape(-1, 2, N_COUNTS, HORIZON)
    everyone = fit_curve(counts.sum(axis=0))
    added = np.stack([stays.find_influences(everyone.gains), is_there], axis=-1).reshape(-1, 4)
    products = (added[:, :, None] * added[:, None, :]).reshape(-1, 16)
    turn = turn_influences(everyone.share[None], persons.sum(axis=0)[None])[0]
    moments: FloatArray = turn @ (copies @ products).reshape(-1, 4, 4) @ turn.T
    names = tuple(units[place] for place in kept)
    return ExitSums(names, counts, persons, moments, n_persons[kept])


def count_stays(place: IntArray, weeks: tuple[IntArray, IntArray], ends: IntArray, n: int) -> Stays:
    """The stays of `n` persons, from parts of stays.

    Args:
        place: twice the position of the person, plus 1 during the intervention.
        weeks: that the stay had lasted when it came under observation, and when it was left.
        ends: 0 where that is censored, 1 for a way out that counts, 2 for another one.
        n: how many persons.
    """
    entry, leave = (np.minimum(part, HORIZON) for part in weeks)
    counts = np.zeros((2 * n, N_COUNTS, HORIZON + 1), dtype=np.int16)
    np.add.at(counts[:, 0], (place, entry), 1)
    np.add.at(counts[:, 0], (place, leave), -1)
    counts[:, 0] = counts[:, 0].cumsum(axis=-1)
    for kind, has_ended in ((1, ends == 1), (2, ends > 0)):
        seen = has_ended & (weeks[1] <= HORIZON)
        np.add.at(counts[:, kind], (place[seen], leave[seen] - 1), 1)
    is_there = np.bincount(place, minlength=2 * n) > 0
    shape = (n, 2, N_COUNTS, HORIZON)
    return Stays(counts[..., :HORIZON].astype(np.uint8).reshape(shape), is_there.reshape(n, 2))


def gather_counts(exits: Exits, counted: list[int]) -> FloatArray:
    """Expected counts of a window by unit, (units, 3, 52)."""
    parts = exits.at_risk, exits.events[counted].sum(axis=0), exits.events.sum(axis=0)
    return np.moveaxis(np.stack(parts), -1, 0)
