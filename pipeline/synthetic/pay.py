"""Paid hours of a month with some: how they spread around a mean, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc
from scipy.stats import gamma

Floats = NDArray[np.float64]

FULL_TIME_WEEK, FULL_TIME_MONTH = 37, 160.33
LEAST_HOURS, MOST_HOURS = 1.0, 260.0
# Shapes of the gammas, of mean 1, that a person and each month have.
USUAL_SPREAD, MONTH_SPREAD = 10.0, 60.0
# Expected hours of a month that can be asked for: nearer to the ends the cuts would shape them.
FEWEST_EXPECTED, MOST_EXPECTED = 2.0, 200.0
# Within these lie all but one in a million million of the months' gammas.
_UNLUCKIEST, _LUCKIEST = 0.25, 4.0
_NODES = 120
_HALVINGS = 60


@dataclass(frozen=True)
class Pay:
    """Paid hours of a month with some.

    Attributes:
        drawn: mean of what is drawn, before it is cut at both ends.
        expected: of what is paid.
    """

    drawn: Floats
    expected: Floats


def weekly_hours(month_hours: Floats) -> Floats:
    """Hours of a week of a month."""
    return month_hours * FULL_TIME_WEEK / FULL_TIME_MONTH


def monthly_hours(week_hours: Floats) -> Floats:
    """Hours of a month with so many a week."""
    return week_hours * FULL_TIME_MONTH / FULL_TIME_WEEK


def expect_paid_hours(drawn: Floats) -> Floats:
    """Expected paid hours of a month that has some: the mean, less what is cut at both ends.

    Exact but for rounding to hundredths of an hour. `drawn` is the mean of the draw before the cut.
    """
    values, place = np.unique(drawn, return_inverse=True)
    month, weight = _weigh_months()
    mean = values[:, None] * month
    low, high = USUAL_SPREAD * LEAST_HOURS / mean, USUAL_SPREAD * MOST_HOURS / mean
    # The part of a gamma's mean below a point is another gamma's distribution function.
    inside = gammainc(USUAL_SPREAD + 1.0, high) - gammainc(USUAL_SPREAD + 1.0, low)
    cut = LEAST_HOURS * gammainc(USUAL_SPREAD, low) + MOST_HOURS * gammaincc(USUAL_SPREAD, high)
    expected = (cut + mean * inside) @ weight
    return np.asarray(expected[place.reshape(np.shape(drawn))])


@cache
def _weigh_months() -> tuple[Floats, Floats]:
    """Points of the months' gamma, and weights with which its means are sums over these."""
    at, width = np.polynomial.legendre.leggauss(_NODES)
    half = (_LUCKIEST - _UNLUCKIEST) / 2.0
    month = _UNLUCKIEST + half * (at + 1.0)
    return month, half * width * gamma(MONTH_SPREAD, scale=1.0 / MONTH_SPREAD).pdf(month)


def find_pay(expected: Floats) -> Pay:
    """The pay of which so many hours are expected, between the fewest and the most there can be."""
    values, place = np.unique(expected, return_inverse=True)
    low, high = np.full(len(values), LEAST_HOURS / 2.0), np.full(len(values), 2.0 * MOST_HOURS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        is_short = expect_paid_hours(middle) < values
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    return Pay(high[place.reshape(np.shape(expected))], expected)
