"""Finds the rates under which every job centre has exactly its planted weeks and measures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from pipeline.errors import Fault, StudyError
from pipeline.spec import Study
from pipeline.synthetic.calibration import Pattern, Process
from pipeline.synthetic.chain import Chain, Rates
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.targets import Targets

Floats = NDArray[np.float64]

_TOLERANCE = 1e-12
_MAX_STEPS = 20
_ALLOWED_MISS = 1e-6
_LARGEST_STEP = 1.0
_JACOBIAN_STEPS = (0, 1, 2)
_NUDGE = 1e-5
# Log odds: a restart or a measure's end has 0.1 % to 95 % a week.
_LOWEST, _HIGHEST = -6.9, 3.0
# The share parked is defined at this many weeks between measures.
_USUAL_WEEKS = 40.0


@dataclass(frozen=True)
class Planted:
    """A chain that meets its targets, and its expected values."""

    chain: Chain
    expectation: Expectation


@dataclass(frozen=True)
class _Fit:
    """What a trial gives: how far logs and log odds miss, and the factor the pattern needs."""

    expectation: Expectation
    residuals: Floats
    scale: Floats


class Planter:
    """Solves for two rates of each job centre in each period, all job centres at once."""

    def __init__(self, study: Study, chain: Chain, targets: Targets, pattern: Pattern) -> None:
        self._chain = replace(
            chain, rates=replace(chain.rates, parked=parked_shares(chain.process, targets))
        )
        self._targets = targets
        self._pooled_weeks = np.array([pattern.weeks.before, pattern.weeks.during])
        self._windows = (study.periods.before, study.periods.intervention)
        window = study.populations[study.headline_population].window
        self._recipients_in_intervention = window == "intervention"

    def solve(self) -> Planted:
        """The chain with the rates that meet the targets.

        Newton steps with a Jacobian per job centre: people who move tie the job centres
        together so weakly that one Jacobian serves several steps. Where a measure share is out
        of reach the rate stays at its bound; the weeks do not give way for it.

        Raises:
            StudyError: if the weeks themselves are out of reach somewhere.
        """
        logits = np.tile([-2.6, -3.4, -2.6, -3.4], (len(self._targets.weeks), 1))
        scale = np.ones(2)
        inverse: Floats = np.zeros((len(logits), 4, 4))
        for step in range(_MAX_STEPS):
            fit = self._fit(logits, scale)
            if np.abs(fit.residuals).max() < _TOLERANCE and step > 0:
                break
            if step in _JACOBIAN_STEPS:
                inverse = np.asarray(np.linalg.pinv(self._jacobian(logits, scale, fit.residuals)))
            change = -(inverse @ fit.residuals[..., None])[..., 0]
            logits = logits + np.clip(change, -_LARGEST_STEP, _LARGEST_STEP)
            logits = np.clip(logits, _LOWEST, _HIGHEST)
            scale = fit.scale
        self._require_reached(fit.residuals)
        return Planted(self._trial(logits), fit.expectation)

    def _require_reached(self, residuals: Floats) -> None:
        missed = np.abs(residuals[:, [0, 2]]).max(axis=1) > _ALLOWED_MISS
        names = [name for name, miss in zip(self._targets.units, missed, strict=True) if miss]
        if names:
            what = "no restart rate gives the planted weeks"
            remedy = "plant weeks nearer 40, or another parked_share or parked_exponent"
            raise StudyError([Fault(f"calibration of {name}", what, remedy) for name in names])

    def _trial(self, logits: Floats) -> Chain:
        rates = replace(
            self._chain.rates, restart=expit(logits[:, [0, 2]]), end=expit(logits[:, [1, 3]])
        )
        return replace(self._chain, rates=rates)

    def _fit(self, logits: Floats, scale: Floats) -> _Fit:
        chain, targets = self._trial(logits), self._targets
        expectation = Expectation(
            chain, recipients_in_intervention=self._recipients_in_intervention
        )
        residuals, needed = np.empty_like(logits), np.ones(2)
        for period, window in enumerate(self._windows):
            span = chain.calendar.span(window)
            gaps = expectation.gaps(span)
            weeks, rows = targets.weeks[:, period], slice(span.start, span.stop)
            aim = weeks * np.where(targets.unnamed, scale[period], 1.0)
            residuals[:, 2 * period] = np.log(gaps.exposure / gaps.events / aim)
            measure = expectation.measure[rows].sum(0) / expectation.benefit[rows].sum(0)
            residuals[:, 2 * period + 1] = logit(measure) - logit(targets.measure[:, period])
            exposure = gaps.exposure[targets.unnamed]
            if exposure.size:
                events = (exposure / weeks[targets.unnamed]).sum()
                needed[period] = self._pooled_weeks[period] * events / exposure.sum()
        return _Fit(expectation, residuals, needed)

    def _jacobian(self, logits: Floats, scale: Floats, residuals: Floats) -> Floats:
        columns = []
        for position in range(logits.shape[1]):
            nudged = logits.copy()
            nudged[:, position] += _NUDGE
            columns.append((self._fit(nudged, scale).residuals - residuals) / _NUDGE)
        return np.stack(columns, axis=-1)


def parked_shares(process: Process, targets: Targets) -> Floats:
    """Probability that a gap is parked, shape (classes, units, 2).

    It grows with the planted weeks: without that, short expectations would be out of reach.
    """
    level = process.parked_share * (targets.weeks / _USUAL_WEEKS) ** process.parked_exponent
    odds = logit(np.clip(level, 0.02, 0.9))
    half = process.rare_log_odds / 2
    return np.asarray(expit(np.stack([odds - half, odds + half])))


def empty_rates(n_units: int) -> Rates:
    """Rates to start from; only their shape matters."""
    return Rates(np.zeros((n_units, 2)), np.zeros((n_units, 2)), np.zeros((2, n_units, 2)))
