"""What is simulated again and again, and under what truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from pipeline.codes import list_ways_out
from pipeline.errors import Fault, StudyError, UsageError
from pipeline.manifest import list_versions
from pipeline.models.certificate.certificate import QUARTERS
from pipeline.models.tally import FloatArray
from pipeline.montecarlo.exits import ExpectedExits, gather_counts
from pipeline.spec import BEFORE, INTERVENTION, Outcome, Study, Weeks
from pipeline.synthetic.all_weeks import counts_all_weeks
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.figures import is_known, planted_figures, true_figures
from pipeline.synthetic.geography import find_geography
from pipeline.synthetic.stays import follow_stays
from pipeline.synthetic.truth import Course, expect_members, expect_sums, plant_course
from pipeline.synthetic.ways_out import WaysOut, draw_ways_out
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
        study: with outcomes that have a truth alone, as `narrow_study` gives it.
        options: how it is simulated.
    """

    study: Study
    options: Options

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Those with a truth."""
        return self.study.outcomes

    @property
    def populations(self) -> dict[str, str]:
        """The population of each outcome."""
        return {name: self.study.population_of(name) for name in self.outcomes}

    @property
    def weeks(self) -> Weeks:
        """Those of the simulated registers."""
        first, last = self.study.span
        return Weeks(first - _LEAD_WEEKS * WEEK, last)

    @cached_property
    def course(self) -> Course:
        """The generator with the study's figures planted, before any shocks.

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
        """The true figures by outcome, phase and unit: the means over shocks."""
        return true_figures(self.course)

    @cached_property
    def planted(self) -> pl.DataFrame:
        """The same without shocks, which give effects that nobody planted some hundredths."""
        return planted_figures(self.course)

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

    def expect(self, course: Course) -> FloatArray:
        """Expected sums per citizen of the generator, (units, outcomes, 4), as persons have them.

        Shocks reach ways out only through who is in a measure, by some thousandths; here these
        are those of the trial's own course.

        Args:
            course: the trial's own, or the same as one repetition's chance has it.
        """
        parts = [
            self.exits[name].amounts
            if outcome.kind == "exits"
            else np.stack(
                [part for period in PERIODS for part in expect_sums(course, name, period)], axis=-1
            )
            for name, outcome in self.outcomes.items()
        ]
        return np.stack(parts, axis=1)

    @cached_property
    def exits(self) -> dict[str, ExpectedExits]:
        """What is expected of the outcomes that are about ways out, by name."""
        names = [name for name, outcome in self.outcomes.items() if outcome.kind == "exits"]
        ways = draw_ways_out(self.course) if names else None
        return {name: self._expect_exits(name, ways) for name in names if ways is not None}

    def _expect_exits(self, name: str, ways: WaysOut) -> ExpectedExits:
        study, course, outcome = self.study, self.course, self.outcomes[name]
        expectation = expect_members(course, study.populations[self.populations[name]])
        counted = [list_ways_out().index(way) for way in outcome.any_of]
        spans = [course.chain.calendar.span(study.windows[period]) for period in PERIODS]
        since = [span.start if outcome.sampling == "flow" else 1 for span in spans]
        found = [
            follow_stays(expectation, ways, span, start)
            for span, start in zip(spans, since, strict=True)
        ]
        return ExpectedExits(np.stack([gather_counts(each, counted) for each in found], axis=1))


def narrow_study(study: Study) -> Study:
    """The study with the outcomes that have a truth, each of its own population.

    Durations are of spells that begin inside a window, whose mean is weeks at risk over starts.

    Raises:
        StudyError: if no outcome has a truth.
    """
    plain = {"model": "exponential", "summary": "mean", "sampling": "flow"}
    # Effects with covariates are not scored.
    bare: dict[str, Any] = {"covariates": ()}
    outcomes = {
        name: outcome.model_copy(update=bare | plain if outcome.is_duration else bare)
        for name, outcome in study.outcomes.items()
        if is_known(study, name) and not counts_all_weeks(study, name)
    }
    if not outcomes:
        what = "no outcome has a truth"
        remedy = "ask for one of the first population's benefit, and for exits in each period"
        raise StudyError(Fault(f"study {study.name}", what, remedy))
    asked = {study.headline_population, *map(study.population_of, outcomes)}
    parts = {
        "outcomes": outcomes,
        "populations": {name: own for name, own in study.populations.items() if name in asked},
        "variants": {},
        "tables": (),
        "figures": (),
    }
    return study.model_copy(update=parts)
