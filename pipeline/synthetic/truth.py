"""The true figures of a delivery, from the generator's own probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.spec import BEFORE, PARTICIPATING, REST_OF_COUNTRY, Outcome, Study, Weeks
from pipeline.synthetic.calibration import Calibration, load_calibration
from pipeline.synthetic.chain import Chain, make_calendar
from pipeline.synthetic.geography import Geography
from pipeline.synthetic.kinds import Kinds, make_kinds, true_share
from pipeline.synthetic.planting import Planted, Planter, empty_rates
from pipeline.synthetic.targets import hours_share, make_targets

Floats = NDArray[np.float64]

# What is not planted on purpose has no truth to be held against.
PLANTED_KINDS = ("duration_between_measures", "share")

TRUTH_SCHEMA = {
    "outcome": pl.String,
    "phase": pl.String,
    "unit": pl.String,
    "before": pl.Float64,
    "during": pl.Float64,
    "effect": pl.Float64,
}


@dataclass(frozen=True)
class Course:
    """A study's course, planted: everything that draws and truth have in common.

    Attributes:
        municipality_weights: shares of new citizens by municipality, summing to one.
        hours: share of the weeks with ordinary hours, shape (weeks, units).
    """

    study: Study
    calibration: Calibration
    geography: Geography
    municipality_weights: Floats
    planted: Planted
    kinds: Kinds
    hours: Floats

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
    weights = geography.inhabitants * targets.weights[geography.unit_of]
    chain = Chain(
        calibration.process,
        geography.unit_weights(weights),
        make_calendar(study, weeks),
        empty_rates(len(geography.units)),
    )
    planted = Planter(study, chain, targets, calibration.rest_of_country).solve()
    kinds = make_kinds(study, calibration, targets, planted)
    hours = np.full((chain.n_weeks, len(geography.units)), hours_share(calibration))
    shares = weights / weights.sum()
    return Course(study, calibration, geography, shares, planted, kinds, hours)


def true_figures(course: Course) -> pl.DataFrame:
    """The truth of what is planted: outcome, phase and unit, by the study's own definitions.

    Durations are exposure over events of the gaps that begin in a window, in weeks; shares are
    of person-weeks, 0 to 1. Pooled units are sums over sums. The effect is the change beyond
    the rest of the country's, which itself has none.
    """
    rows = [
        row
        for name, outcome in course.study.outcomes.items()
        if outcome.kind in PLANTED_KINDS
        for row in _outcome_rows(course, name, outcome)
    ]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


def _outcome_rows(course: Course, name: str, outcome: Outcome) -> Iterator[tuple[object, ...]]:
    study, units = course.study, course.geography.units
    rest = [unit for unit in units if unit not in {*study.participating, *study.excluded}]
    groups = {
        **{unit: [unit] for unit in study.participating},
        PARTICIPATING: list(study.participating),
        REST_OF_COUNTRY: rest,
    }
    figures = {
        window: _pool(expect_sums(course, outcome, window), units, groups)
        for window in study.windows
    }
    before = figures.pop(BEFORE)
    for phase, during in figures.items():
        common = during[REST_OF_COUNTRY] - before[REST_OF_COUNTRY]
        for unit in groups:
            effect = None if unit == REST_OF_COUNTRY else during[unit] - before[unit] - common
            yield name, phase, unit, before[unit], during[unit], effect


def expect_sums(course: Course, outcome: Outcome, window: str) -> tuple[Floats, Floats]:
    """Numerator and denominator of an outcome in a window, by unit."""
    span = course.chain.calendar.span(course.study.windows[window])
    expectation = course.planted.expectation
    if outcome.kind == "duration_between_measures":
        gaps = expectation.gaps(span)
        return gaps.exposure, gaps.events
    named, benefit = true_share(outcome.any_of, course.kinds, expectation, course.hours)
    rows = slice(span.start, span.stop)
    return named[rows].sum(0), benefit[rows].sum(0)


def _pool(
    parts: tuple[Floats, Floats], units: tuple[str, ...], groups: dict[str, list[str]]
) -> dict[str, float]:
    numerator, denominator = (dict(zip(units, part.tolist(), strict=True)) for part in parts)

    def total(values: dict[str, float], members: Sequence[str]) -> float:
        return sum(values[unit] for unit in members)

    return {
        group: total(numerator, members) / total(denominator, members)
        for group, members in groups.items()
    }
