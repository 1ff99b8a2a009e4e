"""The months of a delivery; a week belongs to that of its Thursday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Months:
    """The months of a delivery, by position.

    Attributes:
        firsts: first day of each month.
        of_week: month of each week: that of its Thursday.
    """

    firsts: tuple[date, ...]
    of_week: Ints

    @property
    def middles(self) -> Ints:
        """Position of a week in the middle of each month."""
        weeks = [self.weeks(month) for month in range(len(self.firsts))]
        return np.array([own[len(own) // 2] for own in weeks])

    def weeks(self, month: int) -> Ints:
        """Positions of a month's weeks."""
        return np.flatnonzero(self.of_week == month)


def make_months(mondays: tuple[date, ...]) -> Months:
    """The months of a span of weeks."""
    thursdays = [monday + timedelta(days=3) for monday in mondays]
    firsts = sorted({day.replace(day=1) for day in thursdays})
    position = {first: month for month, first in enumerate(firsts)}
    return Months(tuple(firsts), np.array([position[day.replace(day=1)] for day in thursdays]))
