"""The sums of job centres as the panel that few-treated methods look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipeline.models.inference import UnitPanel
from pipeline.models.tally import FloatArray
from pipeline.spec import BEFORE


class Sums(Protocol):
    """What adds up job centres."""

    def tabulate(self, jobcentres: Sequence[str], period: str) -> FloatArray:
        """Numerator, denominator and distinct persons of each, one row per job centre."""


def build_panel(book: Sums, treated: Sequence[str], rest: frozenset[str], phase: str) -> UnitPanel:
    """Job centres in the year before and in a phase; the rest without those that have no rows.

    The exposure is the persons, as it is for a share.

    Args:
        book: of one outcome and population.
        treated: job centres that took part; they come first, in this order.
        rest: job centres to compare with.
        phase: the window set against the year before.
    """
    units = (*treated, *sorted(rest))
    sums = np.stack([book.tabulate(units, period) for period in (BEFORE, phase)], axis=1)
    is_treated = np.arange(len(units)) < len(treated)
    kept = is_treated | (sums.sum((1, 2)) > 0)
    numerator, denominator, persons = np.moveaxis(sums[kept], 2, 0)
    names = tuple(unit for unit, is_kept in zip(units, kept, strict=True) if is_kept)
    return UnitPanel(names, numerator, denominator, persons, persons, is_treated[kept])
