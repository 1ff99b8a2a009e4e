"""The sums of each unit before and during: the one input of every method that looks at units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.models.inference.laws import Law
from pipeline.models.inference.ratios import difference, divide
from pipeline.models.tally import FloatArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class UnitPanel:
    """Units before and during, as sums of which a unit's mean is the ratio.

    Every array may have leading axes, such as start weeks, over which all methods work at once.
    The last axis of the sums has two places: before, during.

    Attributes:
        units: the units' names.
        numerator: of the mean, `(..., units, 2)`: weeks with the outcome, hours, weeks at risk, or
            the weighted sum of any outcome.
        denominator: of the mean: weeks, measure starts, or the sum of the weights.
        persons: distinct persons; without persons, the number of rows.
        exposure: what the sampling variance of a unit's mean is inverse to: its persons for a
            mean, its weeks at risk for a duration. Only its proportions matter.
        is_treated: `(..., units)`.
        law: how chance grows with a unit's mean; None where that is not known.
    """

    units: tuple[str, ...]
    numerator: FloatArray
    denominator: FloatArray
    persons: FloatArray
    exposure: FloatArray
    is_treated: BoolArray
    law: Law | None = None

    def treat(self, is_treated: BoolArray) -> UnitPanel:
        """The same sums under another assignment, for a placebo programme."""
        return replace(self, is_treated=is_treated)

    @cached_property
    def changes(self) -> FloatArray:
        """During minus before of each unit, `(..., units)`; NaN where a period has no mean."""
        return difference(divide(self.numerator, self.denominator))

    @cached_property
    def variance(self) -> FloatArray:
        """The sampling variance of each unit's change under the null, up to a common factor.

        With the pooled mean at the unit's exposure it is `M^3 (1/x_b + 1/x_d)` for weeks at risk
        x, and for persons n `p (1 - p) (1/n_b + 1/n_d)` of a share, `v (1/n_b + 1/n_d)` of another
        mean, with v the pooled variance between persons. The factor in front is the same for all
        units, and every method that uses the variance estimates a factor of its own.
        """
        return _sum_inverse(self.exposure)

    @cached_property
    def person_variance(self) -> FloatArray:
        """`1/persons` before plus during: the sampling variance if only persons mattered."""
        return _sum_inverse(self.persons)

    @cached_property
    def is_known(self) -> BoolArray:
        """Whether a unit has a change and a sampling variance."""
        return np.isfinite(self.changes) & np.isfinite(self.variance)

    def pool(self, members: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Numerators and denominators of some units together, `(..., 2)` each."""
        return _add_members(members, self.numerator), _add_members(members, self.denominator)

    @cached_property
    def effect(self) -> FloatArray:
        """The change of the treated units pooled minus that of the others pooled, `(...)`."""
        groups = (self.is_treated, ~self.is_treated)
        treated, others = (difference(divide(*self.pool(group))) for group in groups)
        return treated - others


def _add_members(members: BoolArray, sums: FloatArray) -> FloatArray:
    chosen = members.astype(np.float64)
    total: FloatArray = (
        chosen @ sums if sums.ndim == 2 else (chosen[..., None, :] @ sums)[..., 0, :]
    )
    return total


def _sum_inverse(sizes: FloatArray) -> FloatArray:
    total: FloatArray = divide(np.ones_like(sizes), sizes).sum(-1)
    return total
