"""Ordinary hours of citizens on the course: few ever have any, and then in runs of months."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.calibration import Process
from pipeline.synthetic.months import Months
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def draw_hours(course: Course, months: Months, units: Ints, rng: np.random.Generator) -> Bools:
    """Months with ordinary hours, whether on the course or not, shape (months, citizens).

    They know nothing of measures, and every month has exactly the course's share of its job centre.
    `units` are the citizens' job centres by year, shape (years, citizens).
    """
    process, calendar = course.calibration.process, course.chain.calendar
    first_weeks = np.array([months.weeks(month)[0] for month in range(len(months.firsts))])
    years = calendar.years[first_weeks] - calendar.years[0]
    shares = course.hours[first_weeks] / process.hours_ever
    n_citizens = int(units.shape[1])
    ever = rng.random(n_citizens) < process.hours_ever
    on = np.empty((len(first_weeks), n_citizens), dtype=np.bool_)
    before = shares[0, units[0]]
    on[0] = ever & (rng.random(n_citizens) < before)
    for month, share in enumerate(shares[1:], 1):
        now = share[units[years[month]]]
        stay, begin = _find_chances(process, before, now)
        on[month] = ever & (rng.random(n_citizens) < np.where(on[month - 1], stay, begin))
        before = now
    return on


def _find_chances(process: Process, before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """Chances to go on and to begin, under which one month's share follows upon the other's."""
    stay = np.minimum(process.hours_stay, now / before)
    return stay, (now - before * stay) / (1.0 - before)
