"""Shocks of job centres: months that differ beyond what is planted, and whose mean is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.kinds import Kinds
from pipeline.synthetic.months import make_months
from pipeline.synthetic.planting import Planted
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Shares of hours among those who ever have any stay below this, whatever the shock.
_MOST_HOURS = 0.95


def shock_course(course: Course, rng: np.random.Generator) -> Course:
    """The course as one draw of its calibration's shocks has it.

    Restart rates, internships per measure week and ordinary hours of each job centre are multiplied
    by factors of each month: log-normal with mean one, and autoregressive from month to month. So
    the truth, which is that of the course without shocks, is the mean over draws to first order;
    the expected sums of the shocked course are those under the very shocks drawn.
    """
    shocks = course.calibration.shocks
    if not shocks.any:
        return course
    months = make_months(course.chain.calendar.weeks)
    shape = (len(months.firsts), len(course.geography.units))
    restart, internship, hours = (
        draw_factors(size, shocks.correlation, shape, stream)[months.of_week]
        for size, stream in zip(
            (shocks.restart, shocks.internship, shocks.hours), rng.spawn(3), strict=True
        )
    )
    chain = replace(course.chain, restart_factors=restart)
    window = course.study.populations[course.study.headline_population].window
    expectation = Expectation(chain, recipients_in_intervention=window == "intervention")
    return replace(
        course,
        planted=Planted(chain, expectation),
        kinds=_shock_kinds(course.kinds, internship, months.of_week),
        hours=np.minimum(course.hours * hours, _MOST_HOURS * course.calibration.process.hours_ever),
    )


def draw_factors(
    size: float, correlation: float, shape: tuple[int, int], rng: np.random.Generator
) -> Floats:
    """Factors with mean one, shape (months, units).

    `size` is the standard deviation of their logarithms, `correlation` that of one month's and the
    next one's.
    """
    drawn = rng.standard_normal(shape)
    for month in range(1, shape[0]):
        drawn[month] *= np.sqrt(1.0 - correlation**2)
        drawn[month] += correlation * drawn[month - 1]
    return np.exp(size * drawn - size**2 / 2)


def _shock_kinds(kinds: Kinds, factors: Floats, month_of_week: Ints) -> Kinds:
    """Kinds with other shares of internships in each month, in segments that no month divides."""
    pairs = np.stack([kinds.segment, month_of_week], axis=1)
    _, first_weeks, segment = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    own = kinds.probabilities[:, kinds.segment[first_weeks]]
    internship = np.minimum(own[..., 0] * factors[first_weeks].T, 1.0)
    others = own[..., 1:] * ((1.0 - internship) / (1.0 - own[..., 0]))[..., None]
    probabilities = np.concatenate([internship[..., None], others], axis=-1)
    return Kinds(segment.ravel(), kinds.names, probabilities)
