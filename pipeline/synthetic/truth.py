"""A study's course with its figures planted: what draws and truth have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.spec import ORDINARY_HOURS, Outcome, Population, Study, Weeks
from pipeline.synthetic.atlas import read_introduction
from pipeline.synthetic.calibration import Calibration, load_calibration
from pipeline.synthetic.chain import Chain, make_calendar
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.followed import follow_waits
from pipeline.synthetic.geography import Geography
from pipeline.synthetic.kinds import Kinds, make_kinds, true_share
from pipeline.synthetic.pay import Pay, weekly_hours
from pipeline.synthetic.planted_hours import plant_hours
from pipeline.synthetic.planting import Planted, Planter, empty_rates
from pipeline.synthetic.staff import Staff
from pipeline.synthetic.targets import make_targets

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """A study's course, planted: everything that draws and truth have in common.

    Attributes:
        municipality_weights: shares of new citizens by municipality, summing to one.
        hours: share of the weeks with ordinary hours, shape (weeks, units).
        pay: how many these are in a month with some, likewise.
        staff: caseworkers, where job centres are monitored.
    """

    study: Study
    calibration: Calibration
    geography: Geography
    municipality_weights: Floats
    planted: Planted
    kinds: Kinds
    hours: Floats
    pay: Pay
    staff: Staff | None = None

    @property
    def chain(self) -> Chain:
        """The weekly chain."""
        return self.planted.chain


def plant_course(
    study: Study, geography: Geography, weeks: Weeks, calibration: Calibration | None = None
) -> Course:
    """The course of a study with a calibration's figures planted: its own if none is given.

    Raises:
        StudyError: if the calibration is wrong or the study's benefit has no measures.
    """
    calibration = calibration or load_calibration(study)
    targets = make_targets(calibration, geography.units)
    benefit = study.populations[study.headline_population].benefit
    weights = geography.inhabitants * targets.weights[geography.unit_of]
    chain = Chain(
        calibration.process,
        geography.unit_weights(weights),
        make_calendar(study, weeks, read_introduction(benefit)),
        empty_rates(len(geography.units)),
        geography.kin,
        geography.apart_since,
    )
    planted = Planter(study, chain, targets, calibration.rest_of_country).solve()
    hours = plant_hours(study, calibration, targets, planted.expectation)
    kinds = make_kinds(study, calibration, targets, planted.expectation, hours.share)
    shares = weights / weights.sum()
    return Course(study, calibration, geography, shares, planted, kinds, hours.share, hours.pay)


def expect_members(course: Course, population: Population) -> Expectation:
    """The expected values of one of the study's populations."""
    headline = course.study.populations[course.study.headline_population]
    if population.window == headline.window:
        return course.planted.expectation
    return Expectation(course.chain, recipients_in_intervention=population.window == "intervention")


def expect_sums(course: Course, name: str, window: str) -> tuple[Floats, Floats]:
    """Numerator and denominator of a share, of hours or of weeks in a window, by unit.

    Weeks are those at risk and the measure starts of spells that begin in the window.
    """
    study, outcome = course.study, course.study.outcomes[name]
    span = course.chain.calendar.span(study.windows[window])
    expectation = expect_members(course, study.populations[study.population_of(name)])
    if outcome.kind == "duration_between_measures":
        gaps = expectation.gaps(span)
        return gaps.exposure, gaps.events
    if outcome.kind == "duration_to_first_measure":
        waits = follow_waits(expectation, span, span.start)
        return waits.at_risk.sum(0), waits.events.sum(0)
    return expect_weeks(course, outcome, expectation, span)


def expect_weeks(
    course: Course, outcome: Outcome, expectation: Expectation, span: range
) -> tuple[Floats, Floats]:
    """Weeks with any of what a share names, or hours, and weeks on the benefit, by unit."""
    any_of = (ORDINARY_HOURS,) if outcome.kind == "hours" else outcome.any_of
    named, benefit = true_share(any_of, course.kinds, expectation, course.hours)
    rows = slice(span.start, span.stop)
    if outcome.kind == "hours":
        # Whether there are hours says nothing of how many.
        named = named * weekly_hours(course.pay.expected)
    return named[rows].sum(0), benefit[rows].sum(0)
