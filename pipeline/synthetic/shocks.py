"""Shocks of job centres: months that differ beyond what is planted, drawn or evenly spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

from pipeline.synthetic.calibration import Shocks
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.kinds import Kinds
from pipeline.synthetic.months import Months, make_months
from pipeline.synthetic.planting import Planted
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Shares of hours among those who ever have any stay below this, whatever the shock.
_MOST_HOURS = 0.95
# So many shocked courses stand for all that could be; a power of two.
_COURSES = 16
# Which job centre lies up and which down is the same for every delivery.
_SEED = 34


@dataclass(frozen=True)
class _Factors:
    """What rates of each month and job centre are multiplied by, shape (months, units) each."""

    restart: Floats
    internship: Floats
    hours: Floats


def shock_course(course: Course, rng: np.random.Generator) -> Course:
    """The course as one draw of its calibration's shocks has it.

    Restart rates, internships per measure week and ordinary hours of each job centre are multiplied
    by factors of each month: log-normal with mean one, and autoregressive from month to month. The
    expected sums of the shocked course are those under the very shocks drawn.
    """
    shocks = course.calibration.shocks
    if not shocks.any:
        return course
    months = make_months(course.chain.calendar.weeks)
    shape = (len(months.firsts), len(course.geography.units))
    factors = [
        draw_factors(size, shocks.correlation, shape, stream)
        for size, stream in zip(_list_sizes(shocks), rng.spawn(3), strict=True)
    ]
    return _multiply_rates(course, months, _Factors(*factors))


def spread_shocks(course: Course) -> Iterator[Course]:
    """A few shocked courses; the mean of a figure over them is its mean over all shocks.

    It is so to second order in the shocks (decision 0034). Without any it is the course itself.
    """
    shocks = course.calibration.shocks
    if not shocks.any:
        yield course
        return
    months = make_months(course.chain.calendar.weeks)
    shape = (len(months.firsts), len(course.geography.units))
    streams = np.random.default_rng(_SEED).spawn(3)
    factors = [
        spread_factors(size, shocks.correlation, shape, stream)
        for size, stream in zip(_list_sizes(shocks), streams, strict=True)
    ]
    for each in zip(*factors, strict=True):
        yield _multiply_rates(course, months, _Factors(*each))


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
    return _find_factors(size, drawn)


def spread_factors(
    size: float, correlation: float, shape: tuple[int, int], rng: np.random.Generator
) -> Floats:
    """Factors as `draw_factors` has them, evenly spread: (courses, months, units).

    Along the principal axes of a job centre's months shocks are independent of each other. In each
    course all of them are one standard deviation up or down: in half of the courses up, and of the
    fifteen longest axes any two on the same side in half of them. So means, variances and
    covariances of these are exact. Which course has which is drawn for each job centre and axis.
    """
    n_months, n_units = shape
    variances, axes = _find_axes(correlation, n_months)
    sides = hadamard(_COURSES)[:, 1:]
    n_rounds = -(-n_months // sides.shape[1])
    kinds = np.tile(np.arange(sides.shape[1]), (n_units, n_rounds, 1))
    kind = rng.permuted(kinds, axis=-1).reshape(n_units, -1)[:, :n_months]
    side = sides[:, kind] * rng.choice((-1.0, 1.0), (n_units, n_months))
    return _find_factors(size, np.einsum("cua,ma->cmu", side * np.sqrt(variances), axes))


def _find_axes(correlation: float, n_months: int) -> tuple[Floats, Floats]:
    """Variances along the principal axes of autoregressive months, and the axes, longest first."""
    months = np.arange(n_months)
    apart = np.abs(months[:, None] - months)
    variances, axes = np.linalg.eigh(correlation**apart)
    # Either end of an axis would do, but on every machine the same.
    axes *= np.where(axes[0] < 0.0, -1.0, 1.0)
    return np.maximum(variances[::-1], 0.0), axes[:, ::-1]


def _find_factors(size: float, deviations: Floats) -> Floats:
    """Log-normal factors with mean one, of deviations in standard deviations of their logarithm."""
    return np.asarray(np.exp(size * deviations - size**2 / 2))


def _list_sizes(shocks: Shocks) -> tuple[float, float, float]:
    return shocks.restart, shocks.internship, shocks.hours


def _multiply_rates(course: Course, months: Months, factors: _Factors) -> Course:
    """The course with some shocks in its rates, and none to come."""
    restart, internship, hours = (
        each[months.of_week] for each in (factors.restart, factors.internship, factors.hours)
    )
    chain = replace(course.chain, restart_factors=restart)
    window = course.study.populations[course.study.headline_population].window
    expectation = Expectation(chain, recipients_in_intervention=window == "intervention")
    return replace(
        course,
        calibration=course.calibration.with_shocks(0.0),
        planted=Planted(chain, expectation),
        kinds=_shock_kinds(course.kinds, internship, months.of_week),
        hours=np.minimum(course.hours * hours, _MOST_HOURS * course.calibration.process.hours_ever),
    )


def _shock_kinds(kinds: Kinds, factors: Floats, month_of_week: Ints) -> Kinds:
    """Kinds with other shares of internships in each month, in segments that no month divides."""
    pairs = np.stack([kinds.segment, month_of_week], axis=1)
    _, first_weeks, segment = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    own = kinds.probabilities[:, kinds.segment[first_weeks]]
    internship = np.minimum(own[..., 0] * factors[first_weeks].T, 1.0)
    others = own[..., 1:] * ((1.0 - internship) / (1.0 - own[..., 0]))[..., None]
    probabilities = np.concatenate([internship[..., None], others], axis=-1)
    return Kinds(segment.ravel(), kinds.names, probabilities)
