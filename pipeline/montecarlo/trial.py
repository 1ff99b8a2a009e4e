"""What is simulated again and again, and under what truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from pipeline.errors import Fault, StudyError, UsageError
from pipeline.manifest import list_versions
from pipeline.models.certificate.certificate import QUARTERS
from pipeline.spec import BEFORE, INTERVENTION, Outcome, Study, Weeks
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.figures import true_figures
from pipeline.synthetic.geography import find_geography
from pipeline.synthetic.truth import (
    PLANTED_KINDS,
    Course,
    expect_sums,
    plant_course,
)
from pipeline.weeks import WEEK

PERIODS = (BEFORE, INTERVENTION)
# So long before the study the registers begin: for HIR those of the demo.
_LEAD_WEEKS = 114


@dataclass(frozen=True)
class Options:
    """How a trial is simulated.

    Attributes:
        level: whether sums of job centres are drawn, or whole registers.
        persons: in each simulated DREAM.
        seed: same seed, same bytes, whatever the number of repetitions.
        plant: a file with what is planted; the study's own calibration if None.
        shocks: size of job centres' shocks; the calibration's if None.
        shock_correlation: of one month's shocks and the next's; the calibration's if None.
        library_persons: in the one DREAM from which the cell level learns how persons differ.
    """

    level: Literal["cell", "person"] = "cell"
    persons: int = 60_000
    seed: int = 1
    plant: Path | None = None
    shocks: float | None = None
    shock_correlation: float | None = None
    library_persons: int = 60_000


@dataclass(frozen=True)
class Trial:
    """One question to the estimators; every repetition has the same truth and its own chance.

    Attributes:
        study: with planted outcomes alone, as `narrow_study` gives it.
        options: how it is simulated.
    """

    study: Study
    options: Options

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Those with a planted truth."""
        return self.study.outcomes

    @property
    def weeks(self) -> Weeks:
        """Those of the simulated registers."""
        first, last = self.study.span
        return Weeks(first - _LEAD_WEEKS * WEEK, last)

    @cached_property
    def course(self) -> Course:
        """The generator with the study's figures planted, without shocks.

        Raises:
            UsageError: if a job centre splits within the study's weeks: the repetitions add up by
                the job centres that it ends with.
        """
        calibration = load_calibration(self.study, self.options.plant).with_shocks(
            self.options.shocks, self.options.shock_correlation
        )
        geography = find_geography(self.study, self.weeks)
        split = geography.apart_since > self.study.span[0].isocalendar().year
        if split.any():
            year = geography.apart_since[split].max()
            what = f"a joint job centre splits in {year}, within the study's weeks"
            raise UsageError(Fault(f"study {self.study.name}", what, "weeks of one side of it"))
        return plant_course(self.study, geography, self.weeks, calibration)

    @cached_property
    def truth(self) -> pl.DataFrame:
        """The true figures: outcome, phase and unit."""
        return true_figures(self.course)

    @property
    def units(self) -> tuple[str, ...]:
        """Every job centre, in the order of all arrays."""
        return self.course.geography.units

    @property
    def rest(self) -> tuple[str, ...]:
        """Job centres that took no part."""
        out = {*self.study.participating, *self.study.excluded}
        return tuple(unit for unit in self.units if unit not in out)

    @cached_property
    def quarters(self) -> dict[str, str]:
        """The quarter of unit size of each job centre, by its expected weeks on the benefit."""
        spans = [self.course.chain.calendar.span(self.study.windows[name]) for name in PERIODS]
        benefit = self.course.planted.expectation.benefit
        weeks = sum(benefit[span.start : span.stop].sum(axis=0) for span in spans)
        sized = dict(zip(self.units, np.asarray(weeks), strict=True))
        order = sorted((*self.study.participating, *self.rest), key=lambda unit: sized[unit])
        parts = zip(QUARTERS, np.array_split(np.array(order), len(QUARTERS)), strict=True)
        return {str(unit): quarter for quarter, units in parts for unit in units}

    def identify(self) -> dict[str, Any]:
        """All that a repetition depends on beside its number."""
        options = self.options
        return {
            "study": self.study.model_dump(mode="json"),
            "calibration": self.course.calibration.model_dump(mode="json"),
            "level": options.level,
            "persons": options.persons,
            "seed": options.seed,
            "library_persons": options.library_persons if options.level == "cell" else None,
            "versions": list_versions(),
        }

    def expect(self, course: Course) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Expected sums per citizen of the generator, (units, outcomes, 4), as persons have them.

        Args:
            course: the trial's own, or the same as one repetition's chance has it.
        """
        parts = [
            [part for period in PERIODS for part in expect_sums(course, outcome, period)]
            for outcome in self.outcomes.values()
        ]
        return np.moveaxis(np.array(parts), -1, 0)


def narrow_study(study: Study) -> Study:
    """The study with the outcomes that have a planted truth, under the definitions of the truth.

    That is the headline population; for durations the gaps that begin inside a window, whose mean
    is weeks at risk over starts.

    Raises:
        StudyError: if no outcome has a planted truth.
    """
    headline = study.headline_population
    plain = {"model": "exponential", "summary": "mean", "sampling": "flow"}
    outcomes = {
        name: outcome.model_copy(update=plain if outcome.is_duration else {})
        for name, outcome in study.outcomes.items()
        if outcome.kind in PLANTED_KINDS and study.population_of(name) == headline
    }
    if not outcomes:
        what = f"no outcome of the population {headline} has a planted truth"
        remedy = f"ask for one of the kinds {', '.join(PLANTED_KINDS)}"
        raise StudyError(Fault(f"study {study.name}", what, remedy))
    parts = {
        "outcomes": outcomes,
        "populations": {headline: study.populations[headline]},
        "variants": {},
        "tables": (),
        "figures": (),
    }
    return study.model_copy(update=parts)
