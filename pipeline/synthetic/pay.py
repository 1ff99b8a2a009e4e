"""Paid hours of a month with some: how they spread around a mean, and what is expected of them."""

from __future__ import annotations

from scipy import stats
from scipy.integrate import quad

FULL_TIME_WEEK, FULL_TIME_MONTH = 37, 160.33
LEAST_HOURS, MOST_HOURS = 1.0, 260.0
# Shapes of the gammas, of mean 1, that a person and each month have.
USUAL_SPREAD, MONTH_SPREAD = 10.0, 60.0
_LUCKIEST = 4.0


def weekly_hours(month_hours: float) -> float:
    """Hours of a week of a month."""
    return month_hours * FULL_TIME_WEEK / FULL_TIME_MONTH


def expect_paid_hours(mean: float) -> float:
    """Expected paid hours of a month that has some: the mean, less what is cut at both ends.

    Exact but for rounding to hundredths of an hour. `mean` is that of the draw before the cut.
    """
    usual = stats.gamma(USUAL_SPREAD, scale=1.0 / USUAL_SPREAD)
    # The part of a gamma's mean below a point is another gamma's distribution function.
    partial_mean = stats.gamma(USUAL_SPREAD + 1.0, scale=1.0 / USUAL_SPREAD).cdf
    luck = stats.gamma(MONTH_SPREAD, scale=1.0 / MONTH_SPREAD)

    def weigh(month: float) -> float:
        low, high = (end / (mean * month) for end in (LEAST_HOURS, MOST_HOURS))
        inside = mean * month * (partial_mean(high) - partial_mean(low))
        cut = LEAST_HOURS * usual.cdf(low) + MOST_HOURS * usual.sf(high)
        return float((cut + inside) * luck.pdf(month))

    expected, _ = quad(weigh, 1.0 / _LUCKIEST, _LUCKIEST, epsabs=1e-9)
    return float(expected)
