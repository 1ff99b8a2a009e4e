"""Kinds of measures: how likely each is in a measure week, so that shares come out as planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.errors import Fault, StudyError
from pipeline.spec import BEFORE, INTERVENTION, ORDINARY_HOURS, Study
from pipeline.synthetic.calibration import INTERNSHIP, Calibration
from pipeline.synthetic.chain import Calendar
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.targets import Targets

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_MEASURE = "none"
_MOST = 0.9


@dataclass(frozen=True)
class BenefitCodes:
    """The codes of one benefit: the passive one, and those of each measure."""

    passive: int
    measures: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Kinds:
    """Probabilities of the kinds of measures, constant within segments of the calendar.

    Attributes:
        segment: position of each week's segment.
        names: measures, the internship first.
        probabilities: shape (units, segments, names), summing to one over the names.
    """

    segment: Ints
    names: tuple[str, ...]
    probabilities: Floats

    def probability(self, any_of: tuple[str, ...]) -> Floats:
        """Probability that a measure week is of one of these kinds, shape (weeks, units)."""
        wanted = [name in any_of for name in self.names]
        return np.asarray(self.probabilities[..., wanted].sum(-1).T[self.segment])


def read_benefit_codes(benefit: str) -> BenefitCodes:
    """The codes of a benefit, by its English name.

    Raises:
        StudyError: if the benefit has no passive code or no internships, so that nothing of
            what a calibration plants could happen on it.
    """
    groups = {row["benefit_group"]: row["benefit"] for row in read_codes("benefit_groups")}
    measures = {row["measure_group"]: row for row in read_codes("measure_groups")}
    codes: dict[str, list[int]] = {}
    for row in read_codes("benefit_codes"):
        if groups[row["benefit_group"]] == benefit:
            codes.setdefault(measures[row["measure_group"]]["measure"], []).append(int(row["code"]))
    if NO_MEASURE not in codes or INTERNSHIP not in codes:
        what = f"the benefit {benefit} has no codes for weeks with and without a measure"
        raise StudyError(Fault("populations", what, "choose a benefit with internships"))
    active = {row["measure"] for row in measures.values() if row["is_measure"] == "true"}
    return BenefitCodes(
        codes[NO_MEASURE][0], {name: tuple(codes[name]) for name in codes if name in active}
    )


def make_kinds(
    study: Study, calibration: Calibration, targets: Targets, weeks: Expectation, hours: Floats
) -> Kinds:
    """The kinds under which every job centre has its planted shares of internship or hours.

    Planted phases get theirs, and the rest of the intervention what is left of the whole.
    `hours` is the share of the weeks with ordinary hours, shape (weeks, units).
    """
    internships = _Internships(study, targets, weeks, hours)
    internship = internships.solve()
    benefit = study.populations[study.headline_population].benefit
    others = {
        name: weight
        for name, weight in calibration.process.kinds.items()
        if name in read_benefit_codes(benefit).measures and name != INTERNSHIP
    }
    total = sum(others.values())
    if not total > 0.0:
        what = "no measure of the benefit but the internship has a weight"
        raise StudyError(Fault("process.kinds", what, "give one of them a weight above 0"))
    mix = np.array(list(others.values())) / total
    probabilities = np.concatenate(
        [internship[..., None], (1.0 - internship[..., None]) * mix], axis=-1
    )
    return Kinds(internships.segment, (INTERNSHIP, *others), probabilities)


def true_share(
    any_of: tuple[str, ...], kinds: Kinds, expectation: Expectation, hours: Floats
) -> tuple[Floats, Floats]:
    """Expected person-weeks with any of the named things, and on the benefit, (weeks, units).

    `hours` is the share of the weeks with ordinary hours, likewise.
    """
    hours = hours if ORDINARY_HOURS in any_of else np.zeros(())
    named = expectation.measure * kinds.probability(any_of)
    return named * (1.0 - hours) + expectation.benefit * hours, expectation.benefit


def _segments(study: Study, calendar: Calendar) -> Ints:
    """The segment of each week: cut wherever one of the study's windows begins or has ended."""
    spans = [calendar.span(window) for window in study.windows.values()]
    cuts = sorted({edge for span in spans for edge in (span.start, span.stop)} - {0})
    return np.searchsorted(cuts, np.arange(len(calendar.weeks)), side="right")


class _Internships:
    """Solves for the probability that a measure week is an internship, by unit and segment."""

    def __init__(self, study: Study, targets: Targets, weeks: Expectation, hours: Floats) -> None:
        self._calendar = weeks.chain.calendar
        self.segment = _segments(study, self._calendar)
        self._study, self._targets, self._hours = study, targets, hours
        self._weeks = weeks

    def solve(self) -> Floats:
        """Probabilities, shape (units, segments).

        Raises:
            StudyError: if planted shares are out of reach somewhere.
        """
        measure, wanted = self._planted(BEFORE, self._targets.share[:, 0])
        solved = np.tile((wanted / measure)[:, None], (1, self.segment.max() + 1))
        measure, wanted = self._planted(INTERVENTION, self._targets.share[:, 1])
        solved[:, self.segment[self._calendar.start] :] = (wanted / measure)[:, None]
        phases = {name: self._planted(name, aim) for name, aim in self._targets.phases.items()}
        left = measure - sum(np.where(np.isnan(n), 0.0, m) for m, n in phases.values())
        missing = wanted - sum(np.nan_to_num(n) for _, n in phases.values())
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = np.where(left > 1e-9 * measure, missing / left, np.nan)
        self._put(solved, INTERVENTION, rest)
        for name, (measure, wanted) in phases.items():
            self._put(solved, name, wanted / measure)
        self._require_possible(solved)
        return solved

    def _require_possible(self, solved: Floats) -> None:
        possible = (solved >= 0.0) & (solved <= _MOST)
        wrong = np.flatnonzero((~possible).any(axis=1))
        names = [self._targets.units[unit] for unit in wrong]
        if names:
            what = f"the planted shares need under 0 or over {_MOST} internships per measure week"
            remedy = "plant shares of the phases nearer the whole period's, and above with_hours"
            raise StudyError([Fault(f"calibration of {name}", what, remedy) for name in names])

    def _rows(self, name: str) -> slice:
        span = self._calendar.span(self._study.windows[name])
        return slice(span.start, span.stop)

    def _planted(self, name: str, share: Floats) -> tuple[Floats, Floats]:
        """Expected measure weeks without hours, and how many of them are to be internships.

        The pattern's units are moved together: weighted by person-weeks they have its share.
        """
        rows = self._rows(name)
        hours, benefit = self._hours[rows], self._weeks.benefit[rows]
        total = benefit.sum(0)
        unnamed, shift = self._targets.unnamed, self._targets.share_shift
        if unnamed.any():
            excess = (total * shift)[unnamed].sum() / total[unnamed].sum()
            share = share - np.where(unnamed, excess, 0.0)
        measure = (self._weeks.measure[rows] * (1.0 - hours)).sum(0)
        return measure, total * share - (benefit * hours).sum(0)

    def _put(self, solved: Floats, name: str, values: Floats) -> None:
        """Sets a window's segments to `values`, where there are any."""
        within = np.unique(self.segment[self._rows(name)])
        kept = solved[:, within]
        solved[:, within] = np.where(np.isnan(values)[:, None], kept, values[:, None])
