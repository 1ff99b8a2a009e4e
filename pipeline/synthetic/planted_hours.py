"""Ordinary hours of each job centre: which share of weeks has some and how many, as planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import Fault, StudyError
from pipeline.spec import BEFORE, INTERVENTION, Study
from pipeline.synthetic.calibration import Calibration
from pipeline.synthetic.chain import Calendar
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.months import make_months
from pipeline.synthetic.pay import (
    FEWEST_EXPECTED,
    MOST_EXPECTED,
    Pay,
    expect_paid_hours,
    find_pay,
    monthly_hours,
)
from pipeline.synthetic.targets import Aim, Targets, hours_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Of those who ever have hours so many may have some in a month: shocks are to have room above.
_MOST_OF_EVER = 0.8
_ALLOWED_MISS = 1e-9
# The place of the whole intervention among the windows; the year before is the first.
_DURING = 1


@dataclass(frozen=True)
class OrdinaryHours:
    """Ordinary hours of those on the course, constant within each month.

    Attributes:
        share: of the weeks with some, shape (weeks, units).
        pay: how many a month with some has, likewise.
    """

    share: Floats
    pay: Pay


def plant_hours(
    study: Study, calibration: Calibration, targets: Targets, expectation: Expectation
) -> OrdinaryHours:
    """The hours under which each job centre has its planted share with some, and its mean hours.

    A mean is met by how many hours the months with some have: planted alone it moves no share.

    Raises:
        StudyError: if what is planted is out of reach somewhere.
    """
    process = calibration.process
    share = _solve(study, targets, "with_hours", expectation)
    _require_between(
        targets,
        share,
        (0.0, _MOST_OF_EVER * process.hours_ever),
        "the planted with_hours need a month in which a share of {0:.4g} has hours, "
        "of at most {2:.4g}; no month is without",
        "plant shares in between, phases nearer the whole period's, or another process.hours_ever",
    )
    share = np.where(np.isnan(share), hours_share(calibration), share)
    with np.errstate(divide="ignore"):  # who never has hours would need months without end
        wanted = monthly_hours(_solve(study, targets, "hours", expectation)) / share
    _require_between(
        targets,
        wanted,
        (FEWEST_EXPECTED, MOST_EXPECTED),
        "the planted hours need {0:.4g} hours in a month with some, of {1:g} to {2:g}",
        "plant other hours, or with_hours that go with them",
    )
    drawn = np.full(share.shape, process.hours_paid)
    expected, is_planted = expect_paid_hours(drawn), ~np.isnan(wanted)
    pay = find_pay(wanted[is_planted])
    drawn[is_planted], expected[is_planted] = pay.drawn, pay.expected
    return OrdinaryHours(share, Pay(drawn, expected))


def _require_between(
    targets: Targets, found: Floats, ends: tuple[float, float], what: str, remedy: str
) -> None:
    low, high = ends
    faults = []
    for name, own in zip(targets.units, found.T, strict=True):
        worst = own[(own <= low) | (own > high)]
        if worst.size:
            why = what.format(worst[0], low, high)
            faults.append(Fault(f"calibration of {name}", why, remedy))
    if faults:
        raise StudyError(faults)


def _solve(study: Study, targets: Targets, noun: str, expectation: Expectation) -> Floats:
    """A quantity by week, constant in each month, whose means in all windows are the planted ones.

    A month belongs to the window that most of its weeks are in; weeks of it that are in another
    are made up for there.

    Returns:
        Shape (weeks, units); NaN where nothing is planted.
    """
    aim: Aim = getattr(targets, noun)
    wanted = np.column_stack([aim.levels, *aim.phases.values()])
    spans = [
        expectation.chain.calendar.span(study.windows[name])
        for name in (BEFORE, INTERVENTION, *aim.phases)
    ]
    group = _group_weeks(expectation.chain.calendar, spans)
    found = np.full(expectation.benefit.shape, np.nan)
    faults = []
    for unit in np.flatnonzero(~np.isnan(wanted[:, 0])):
        planted = np.flatnonzero(~np.isnan(wanted[unit]))
        # A phase that is not planted is part of the whole.
        own = np.where(np.isin(group, planted), group, _DURING)
        benefit = expectation.benefit[:, unit]
        parts = np.array(
            [
                np.bincount(own[span], benefit[span], minlength=len(spans)) / benefit[span].sum()
                for span in (slice(spans[window].start, spans[window].stop) for window in planted)
            ]
        )
        levels, *_ = np.linalg.lstsq(parts, wanted[unit, planted])
        found[:, unit] = levels[own]
        if np.abs(parts @ levels - wanted[unit, planted]).max() > _ALLOWED_MISS:
            what = f"no {noun} that change by the month alone have all the planted means"
            remedy = "plant no phases of a few weeks, and phases that fit the whole period's"
            faults.append(Fault(f"calibration of {targets.units[unit]}", what, remedy))
    if faults:
        raise StudyError(faults)
    return found


def _group_weeks(calendar: Calendar, spans: list[range]) -> Ints:
    """The window, by its place among the spans, that each week's month is counted to."""
    own = np.zeros(len(calendar.weeks), dtype=np.int64)
    own[calendar.start :] = _DURING
    for place, span in enumerate(spans[_DURING + 1 :], _DURING + 1):
        own[span.start : span.stop] = place
    month_of_week = make_months(calendar.weeks).of_week
    counts = np.zeros((month_of_week[-1] + 1, len(spans)))
    np.add.at(counts, (month_of_week, own), 1)
    return np.asarray(counts.argmax(axis=1)[month_of_week])
