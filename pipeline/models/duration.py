"""Expected weeks between measures: exponential durations and the effect on their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from lifelines import ExponentialFitter
from lifelines.exceptions import ConvergenceError

from pipeline.models.comparison import Comparison
from pipeline.models.effect import Cell, Change, Contrast, Question, fit_effects
from pipeline.models.estimate import Estimates, combine_estimates
from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER, UnitPanel
from pipeline.models.tally import TallyBook
from pipeline.models.unit_sums import build_panel
from pipeline.spec import BEFORE, Study

MODEL_NAMES = {"flow": "exponential", "stock_and_flow": "exponential_stock_and_flow"}
_GAP = ("entry_weeks", "duration_weeks", "has_event")
# Of the mean; the optimiser's own stopping rule is three orders of magnitude looser.
_TOLERANCE = 1e-9


def fit_durations(
    study: Study,
    spells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    kind: str = "duration_between_measures",
) -> Estimates:
    """Expected weeks of one kind of duration, by unit and phase, from flow and with stock.

    Args:
        study: names the phases, populations and outcomes.
        spells: one row per gap and window: `population, sampling, period, person_id, jobcentre,
            entry_weeks, duration_weeks, has_event`; any order.
        comparisons: who is compared with whom.
        kind: of the outcomes that these spells are of.
    """
    outcomes = [name for name, outcome in study.outcomes.items() if outcome.kind == kind]
    parts = []
    for population in study.populations if outcomes else ():
        for sampling, name in MODEL_NAMES.items():
            model = ExponentialModel(
                spells.filter(pl.col("population") == population, pl.col("sampling") == sampling)
            )
            parts += [
                fit_effects(Question(study, population, outcome, name), model, comparisons)
                for outcome in outcomes
            ]
    return combine_estimates(parts)


def fit_exponential_mean(gaps: pl.DataFrame) -> float | None:
    """The mean of an exponential duration, from gaps collapsed to `n_gaps` of a kind.

    Late entry and censoring are part of the likelihood; the estimate is weeks at risk over
    events. The optimiser begins there, for from its default point it stops some 5e-7 short.

    Args:
        gaps: `entry_weeks, duration_weeks, has_event, n_gaps`, with at least one event.

    Returns:
        Weeks; None if the fitted mean is not the maximum of the likelihood.
    """
    # lifelines fails on a single row; a copy that weighs nothing leaves the likelihood alone.
    gaps = pl.concat([gaps, gaps.head(1).with_columns(pl.col("n_gaps") * 0)])
    entry, duration, event, weight = (gaps[name].to_numpy() for name in (*_GAP, "n_gaps"))
    expected = float(weight @ (duration - entry) / weight[event].sum())
    # Its first, simplex stage stops at absolute distances: in a unit of time this long it has
    # nothing to search for, which saves two thirds of the time.
    time_unit = 1000 * expected
    try:
        fit = ExponentialFitter().fit(
            duration / time_unit,
            event,
            timeline=[1.0],  # the fitted curve is not looked at
            entry=entry / time_unit,
            weights=weight,
            initial_point=np.array([expected / time_unit]),
        )
    except ConvergenceError:
        return None
    mean = float(fit.lambda_) * time_unit
    return mean if abs(mean / expected - 1) <= _TOLERANCE else None


class ExponentialModel:
    """Exponential durations of one population and sampling; each group is fitted once."""

    def __init__(self, spells: pl.DataFrame) -> None:
        """Takes the gaps of one population and sampling, in any order."""
        gaps = spells.with_columns(pl.col("entry_weeks", "duration_weeks").cast(pl.Int64))
        self._kinds = gaps.group_by("jobcentre", "period", *_GAP).agg(n_gaps=pl.len())
        self._book = TallyBook(
            gaps.with_columns(
                numerator=pl.col("duration_weeks") - pl.col("entry_weeks"),
                denominator="has_event",
            )
        )
        self._cells: dict[tuple[frozenset[str], str], Cell] = {}

    def fit_contrast(self, comparison: Comparison, phase: str) -> Contrast:
        """A unit against the rest, the year before against a phase."""
        return Contrast(
            self.fit_change(comparison.treated, phase), self.fit_change(comparison.rest, phase)
        )

    def fit_change(self, jobcentres: frozenset[str], phase: str) -> Change:
        """A group of job centres by itself, the year before against a phase."""
        return Change(self._fit(jobcentres, BEFORE), self._fit(jobcentres, phase))

    def build_panel(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel:
        """The sums of each job centre: weeks at risk, measure starts, persons; pooled or not."""
        del is_pooled  # sums add up whoever looks at them
        panel = build_panel(self._book, treated, rest, phase)
        return replace(panel, exposure=panel.numerator)

    def _fit(self, jobcentres: frozenset[str], period: str) -> Cell:
        key = (jobcentres, period)
        if key not in self._cells:
            self._cells[key] = self._fit_cell(jobcentres, period)
        return self._cells[key]

    def _fit_cell(self, jobcentres: frozenset[str], period: str) -> Cell:
        """The mean and its influence: of a cluster, (its weeks - mean x its events) / events."""
        persons = self._book.tally(jobcentres, period, "person")
        units = self._book.tally(jobcentres, period, "jobcentre")
        n_events = int(persons.denominator.sum())
        if n_events == 0:
            return Cell(None, {}, persons.clusters, 0, "no measure start; expected weeks unknown")
        mean = fit_exponential_mean(self._collapse(jobcentres, period))
        if mean is None:
            lack = "the exponential model did not converge; expected weeks unknown"
            return Cell(None, {}, persons.clusters, n_events, lack)
        influences = {
            PERSON_CLUSTER: persons.influence(mean),
            JOBCENTRE_CLUSTER: units.influence(mean),
        }
        return Cell(mean, influences, persons.clusters, n_events)

    def _collapse(self, jobcentres: frozenset[str], period: str) -> pl.DataFrame:
        """How many gaps there are of each kind: the same likelihood as one row per gap."""
        chosen = pl.col("jobcentre").is_in(sorted(jobcentres)) & (pl.col("period") == period)
        kinds = self._kinds.filter(chosen).group_by(_GAP).agg(pl.col("n_gaps").cast(pl.Int64).sum())
        return kinds.sort(_GAP)
