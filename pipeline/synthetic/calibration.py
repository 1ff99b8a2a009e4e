"""What is planted: the true figures of each job centre, and how the course works for everybody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from pipeline.codes import list_jobcentres, list_measures
from pipeline.errors import StudyError, nearest
from pipeline.layout import STUDIES
from pipeline.spec import Study, parse_file
from pipeline.spec.frozen import Frozen
from pipeline.synthetic.pay import FEWEST_EXPECTED, MOST_EXPECTED
from pipeline.synthetic.quantities import (
    WIDEST_SPREAD,
    PlantedHours,
    PlantedShare,
    PlantedWeeks,
    PlantedWithHours,
    Positive,
    Share,
    SomeShare,
    find_phase_misfits,
    find_unasked,
)
from pipeline.synthetic.survey import Survey, find_survey_misfits

CALIBRATION = STUDIES / "calibration"
DEFAULT = "default"
INTERNSHIP = "company_internship"


class Pattern(Frozen):
    """The job centres that are not named: pooled figures, and how far single ones lie apart.

    Attributes:
        hours: the process's in each of them if None; likewise `with_hours`.
        weeks_spread: standard deviation between job centres, relative to the pooled weeks.
        share_spread: standard deviation between job centres, as a share.
    """

    weeks: PlantedWeeks
    share: PlantedShare
    hours: PlantedHours | None = None
    with_hours: PlantedWithHours | None = None
    weeks_spread: float = Field(default=0.0, ge=0.0, le=0.3)
    share_spread: float = Field(default=0.0, ge=0.0, le=0.1)


class Unit(Frozen):
    """One job centre.

    Attributes:
        hours: mean ordinary hours a week; what the process gives if None.
        with_hours: share of the weeks with ordinary hours; the process's if None.
        weight: its citizens per inhabitant, relative to the country's.
        cases: per full-time caseworker, in each period of monitoring; none if it is not monitored.
    """

    weeks: PlantedWeeks
    share: PlantedShare
    hours: PlantedHours | None = None
    with_hours: PlantedWithHours | None = None
    weight: Positive = 1.0
    cases: tuple[Positive, ...] = ()


class MeasureShares(Frozen):
    """Share of the benefit weeks in a measure of any kind, in named and in other job centres.

    A job centre whose planted share of internships needs more measures than this gets more.
    """

    named_units: PlantedShare
    rest_of_country: PlantedShare


class Process(Frozen):
    """How the course works for everybody; rates are probabilities per week.

    Attributes:
        rare_share: share of persons who seldom start again once a measure ends.
        rare_log_odds: how much their log odds of a parked gap exceed the others'.
        parked_share: probability that a gap is parked where it takes 40 weeks on average.
        parked_exponent: how that probability grows with a job centre's planted weeks.
        parked_restart: restart rate of a parked gap.
        parked_at_award: probability that the first weeks without a measure are parked.
        measure_at_award: probability that the benefit begins with a measure.
        exit_passive: rate of leaving for good from a week without a measure.
        exit_measure: rate of leaving for good from a measure.
        exit_off: rate of never coming back for those temporarily off.
        interruption: rate of going off temporarily.
        resumption: rate of coming back.
        mover_share: probability of another job centre's municipality at new year.
        kind_renewal: rate at which the kind of a measure is drawn anew.
        hours_ever: share of persons who ever have ordinary hours.
        hours_month: share of their months with ordinary hours.
        hours_stay: probability that a month with hours is followed by another.
        hours_paid: mean of the hours in such a month.
        kinds: the kinds of measures other than internship, as weights.
    """

    rare_share: Share = 0.5
    rare_log_odds: float = Field(default=1.6, ge=-20.0, le=20.0)
    parked_share: Share = 0.59
    parked_exponent: float = Field(default=0.5, ge=-10.0, le=10.0)
    parked_restart: Share = 0.004
    parked_at_award: Share = 0.1
    measure_at_award: Share = 0.3
    exit_passive: SomeShare = 0.0055
    exit_measure: SomeShare = 0.006
    exit_off: SomeShare = 0.01
    interruption: SomeShare = 0.0015
    resumption: SomeShare = 0.04
    mover_share: Share = 0.03
    kind_renewal: SomeShare = 0.125
    hours_ever: Share = 0.06
    hours_month: float = Field(default=0.2, ge=0.0, lt=1.0)
    hours_stay: Share = 0.8
    hours_paid: float = Field(default=30.0, ge=FEWEST_EXPECTED, le=MOST_EXPECTED)
    kinds: dict[str, Annotated[float, Field(ge=0.0)]] = {
        "guidance_and_upskilling": 0.94,
        "ordinary_education": 0.035,
        "wage_subsidy": 0.02,
        "utility_job": 0.005,
    }


class Period(Frozen):
    """Days of monitoring, both ends included; a week belongs to the day of its Thursday."""

    start: date
    end: date


class Caseload(Frozen):
    """What job centres report of their caseworkers, and what it does to their citizens.

    Attributes:
        periods: of monitoring.
        share_per_case: what each case of a citizen's caseworker, full-time, beyond the job centre's
            mean adds to the citizen's share of weeks with internship or ordinary hours.
        spread: standard deviation of caseworkers' cases, relative to their job centre's mean.
    """

    periods: tuple[Period, ...] = Field(min_length=1)
    share_per_case: float = Field(default=0.0, ge=-0.02, le=0.02)
    spread: float = Field(default=0.2, ge=0.0, le=0.3)


class Shocks(Frozen):
    """How months of a job centre differ beyond what is planted, each on its own.

    Sizes are standard deviations of logarithms: 0.1 makes a usual month a tenth more or less.

    Attributes:
        restart: of the rate at which gaps end in a measure.
        internship: of the share of internships among measure weeks.
        hours: of the share of weeks with ordinary hours.
        correlation: of one month with the next.
    """

    restart: float = Field(default=0.0, ge=0.0, le=1.0)
    internship: float = Field(default=0.0, ge=0.0, le=1.0)
    hours: float = Field(default=0.0, ge=0.0, le=1.0)
    correlation: float = Field(default=0.8, ge=0.0, lt=1.0)

    @property
    def any(self) -> bool:
        """Whether there are any shocks at all."""
        return max(self.restart, self.internship, self.hours) > 0.0


class Calibration(Frozen):
    """All that is planted for one study.

    Attributes:
        participating: what job centres that take part have, where `units` does not name them.
    """

    rest_of_country: Pattern
    measure_share: MeasureShares
    participating: Unit | None = None
    units: dict[str, Unit] = {}
    process: Process = Process()
    shocks: Shocks = Shocks()
    caseload: Caseload | None = None
    survey: Survey | None = None

    def with_shocks(self, size: float | None, correlation: float | None = None) -> Calibration:
        """The same with shocks of another size, or another correlation; None leaves them."""
        changes = {} if size is None else dict.fromkeys(("restart", "internship", "hours"), size)
        if correlation is not None:
            changes["correlation"] = correlation
        return self.model_copy(update={"shocks": self.shocks.model_copy(update=changes)})


def load_calibration(study: Study, plant: Path | None = None) -> Calibration:
    """What a file plants, or else the calibration of a study; without any, the one without effects.

    Raises:
        StudyError: with every fault at once: no such file, not TOML, unknown or missing keys,
            impossible values, job centres, phases or measures that do not exist.
    """
    own = CALIBRATION / f"{study.name}.toml"
    path = plant or (own if own.is_file() else CALIBRATION / f"{DEFAULT}.toml")
    parsed = parse_file(Calibration, path, StudyError, partial(_find_misfits, study))
    if parsed.participating is None:
        return parsed
    units = dict.fromkeys(study.participating, parsed.participating) | parsed.units
    return parsed.model_copy(update={"participating": None, "units": units})


def _find_misfits(study: Study, calibration: Calibration) -> Iterator[tuple[str, str]]:
    """Names that do not exist, phases that cannot all be planted, and hours nobody asks for."""
    jobcentres = list_jobcentres(*study.span)
    for name in sorted(calibration.units.keys() - jobcentres):
        yield f"there is no job centre '{name}'", nearest(name, jobcentres)
    yield from _find_unmonitored(calibration)
    if calibration.survey is not None:
        yield from find_survey_misfits(calibration.survey)
    measures = set(list_measures()) - {INTERNSHIP}
    for name in sorted(calibration.process.kinds.keys() - measures):
        yield f"process.kinds: there is no measure '{name}' to plant", nearest(name, measures)
    yield from _find_overspread(calibration.rest_of_country)
    places: dict[str, Pattern | Unit] = {"rest_of_country": calibration.rest_of_country}
    for place, planted in (places | _list_units(calibration)).items():
        yield from find_phase_misfits(study, place, planted.share)
        for noun in ("hours", "with_hours"):
            own = getattr(planted, noun)
            if own is not None:
                yield from find_unasked(study, f"{place}.{noun}", noun)
                yield from find_phase_misfits(study, f"{place}.{noun}", own)


def _find_overspread(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """A spread that would leave some job centres with fewer than none or more than all."""
    shares = (pattern.share.before, pattern.share.during, *pattern.share.phases.values())
    room = min(*shares, 1.0 - max(shares)) / WIDEST_SPREAD
    if pattern.share_spread > room:
        spread = f"rest_of_country.share_spread = {pattern.share_spread:g}"
        yield (
            f"{spread} leaves shares below 0 or above 1",
            f"at most {room:.2g} goes with the planted shares",
        )


def _list_units(calibration: Calibration) -> dict[str, Unit]:
    """The job centres that are named, and what stands for those that take part, by place."""
    units = {f"units.{name}": unit for name, unit in calibration.units.items()}
    own = calibration.participating
    return units if own is None else {"participating": own, **units}


def _find_unmonitored(calibration: Calibration) -> Iterator[tuple[str, str]]:
    """Periods out of order, and cases that belong to none."""
    periods = calibration.caseload.periods if calibration.caseload else ()
    for place, unit in _list_units(calibration).items():
        if unit.cases and len(unit.cases) != len(periods):
            what = f"{place}: {len(unit.cases)} cases in {len(periods)} periods of caseload"
            yield what, "give the cases of each period, or none"
    days = [day for period in periods for day in (period.start, period.end)]
    if any(later < earlier for earlier, later in itertools.pairwise(days)):
        yield "caseload.periods overlap or are not in order", "write them as they follow each other"
