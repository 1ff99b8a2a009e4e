"""Groups of job centres before and during, and the effect that their levels make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pipeline.models.inference import (
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    Inference,
    Refusal,
    infer_effect,
    sum_by_cluster,
)
from pipeline.models.tally import Influence, IntArray

# How rarely each of two ends may be wrong, for both to hold as often as one end of an interval.
RARE_END = 1 / 80
_CLUSTERS = {PERSON_CLUSTER: "persons", JOBCENTRE_CLUSTER: "job centres"}


@dataclass(frozen=True)
class Cell:
    """One group of job centres in one period.

    Attributes:
        mean: the fitted mean; None where unknown.
        influences: what each cluster adds to the mean's error, by method of inference.
        persons: the persons' numbers, as in the tallies, each once.
        n_events: measure starts, or weeks with the outcome.
        lack: why the mean is unknown; None where it is known.
        least: of an unknown mean what it exceeds, but in one case of 80; None where nobody knows.
    """

    mean: float | None
    influences: Mapping[str, Influence]
    persons: IntArray
    n_events: int
    lack: str | None = None
    least: float | None = None


@dataclass(frozen=True)
class Change:
    """A group of job centres before and during."""

    before: Cell
    during: Cell

    @property
    def difference(self) -> float | None:
        """During minus before; None where either is unknown."""
        return _subtract(self.during.mean, self.before.mean)

    @property
    def n_persons(self) -> int:
        """Distinct persons, both periods together."""
        return int(np.union1d(self.before.persons, self.during.persons).size)


@dataclass(frozen=True)
class Contrast:
    """The change of a unit beside the change of the rest.

    Attributes:
        unit: the unit before and during.
        rest: the rest before and during.
        expected: the unit during without the programme, where that is not its level before and
            the rest's change added to it.
        is_logarithm: whether levels are logarithms, of which a change is no share.
    """

    unit: Change
    rest: Change
    expected: Cell | None = None
    is_logarithm: bool = False

    @property
    def effect(self) -> float | None:
        """The unit during minus what is expected of it; None where either is unknown.

        By itself that is the unit's difference minus the rest's.
        """
        if self.expected is not None:
            return _subtract(self.unit.during.mean, self.expected.mean)
        return _subtract(self.unit.difference, self.rest.difference)

    def infer(self, method: str) -> Inference | Refusal:
        """Inference by a clustered method.

        A cell with one cluster fits it perfectly: its residual is zero, and the standard error
        would leave out that cell's own noise. There is none then.
        """
        refusal = Refusal(f"too few {_CLUSTERS[method]} or no variation between them")
        effect, parts = self.effect, self._list_parts()
        if effect is None or any(cell.influences[method].clusters.size <= 1 for _, cell in parts):
            return refusal
        sums = sum_by_cluster((sign, cell.influences[method]) for sign, cell in parts)
        return infer_effect(effect, sums, method) or refusal

    def bound(self) -> dict[str, float]:
        """The one end of the effect's interval where a level has a least value alone.

        A unit without an event during has an effect above something, one without an event before
        an effect below something. It holds but in one case of 40: the level's own end and that of
        everything else each hold but in one of 80 (Bonferroni). Clustered on persons.

        Returns:
            `ci_low` or `ci_high`; nothing where the effect is known, or no end is.
        """
        before, during, change = self.unit.before, self.unit.during, self.rest.difference
        is_during = during.mean is None
        silent, other = (during, before) if is_during else (before, during)
        if silent.mean is not None or silent.least is None or other.mean is None or change is None:
            return {}
        sign = 1 if is_during else -1
        parts = [(1, other), (sign, self.rest.during), (-sign, self.rest.before)]
        influences = [(factor, cell.influences[PERSON_CLUSTER]) for factor, cell in parts]
        level = other.mean + sign * change
        found = infer_effect(level, sum_by_cluster(influences), PERSON_CLUSTER)
        is_sound = all(influence.clusters.size > 1 for _, influence in influences)
        if found is None or found.std_error is None or not is_sound:
            return {}
        beyond = level + float(stats.norm.isf(RARE_END)) * found.std_error - silent.least
        return {"ci_low": -beyond} if is_during else {"ci_high": beyond}

    def _list_parts(self) -> list[tuple[int, Cell]]:
        """The cells that the effect is made of, with their signs."""
        if self.expected is not None:
            return [(1, self.unit.during), (-1, self.expected)]
        unit, rest = self.unit, self.rest
        return [(1, unit.during), (-1, unit.before), (-1, rest.during), (1, rest.before)]


def _subtract(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left - right
