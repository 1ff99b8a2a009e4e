"""Means over person-weeks, shares and hours: the saturated difference in differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from linearmodels.iv.model import IV2SLS

from pipeline.models.adjusted_mean import AdjustedMeans
from pipeline.models.comparison import Comparison
from pipeline.models.contrast import Cell, Change, Contrast
from pipeline.models.covariates import combine_covariates
from pipeline.models.effect import Question, fit_effects
from pipeline.models.estimate import Estimates, combine_estimates
from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER, Law, UnitPanel, find_law
from pipeline.models.tally import Tally, TallyBook
from pipeline.models.unit_sums import build_panel
from pipeline.spec import ADJUSTED, BEFORE, Study, name_variant

MODEL_NAME = "difference_in_differences"


def fit_means(
    study: Study,
    cells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    members: pl.DataFrame | None = None,
) -> Estimates:
    """Shares of person-weeks with an outcome, and mean hours a week, by unit and phase.

    Where an outcome names covariates the same stand once more as if every group held the same mix
    of them.

    Args:
        study: names the phases, populations and outcomes.
        cells: one row per person, job centre and window: `population, outcome, period,
            jobcentre, person_id, numerator, denominator, n_events`; any order.
        comparisons: who is compared with whom.
        members: `population, person_id` and the covariates; None where no outcome names any.
    """
    parts = []
    for outcome in (name for name, outcome in study.outcomes.items() if outcome.is_mean):
        law = find_law(study.outcomes[outcome].kind)
        for population in study.populations:
            chosen = cells.filter(
                pl.col("population") == population,
                pl.col("outcome") == outcome,
                pl.col("denominator") > 0,
            )
            question = Question(study, population, outcome, MODEL_NAME)
            parts.append(fit_effects(question, MeanModel(chosen, law), comparisons))
            if members is not None and study.outcomes[outcome].covariates:
                own = members.filter(population=population)
                parts.append(_fit_adjusted(question, chosen, comparisons, own))
    return combine_estimates(parts)


def _fit_adjusted(
    question: Question,
    cells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    members: pl.DataFrame,
) -> Estimates:
    """The rows of a question at the same mix of its covariates, and of whom they are not known."""
    study, outcome = question.study, question.outcome
    names = study.outcomes[outcome].covariates
    placed, combinations = combine_covariates(cells, members, names)
    model = AdjustedMeans(placed, combinations, comparisons[0].rest)
    asked = replace(question, model=name_variant(question.model, ADJUSTED))
    fitted = fit_effects(asked, model, comparisons)
    if question.population != study.population_of(outcome):
        return fitted
    place = f"all, all ({question.population}, {outcome}, {ADJUSTED})"
    lacks = (f"{place}: {lack}" for lack in combinations.list_lacks())
    return replace(fitted, notices=(*fitted.notices, *lacks))


def fit_saturated(tallies: Sequence[Tally]) -> list[float | None]:
    """The mean of each group of rows: least squares on one indicator per group.

    This is the regression on a constant, treated, during and their product, in the
    parametrisation whose coefficients are the four printed means: the product's coefficient is
    their difference in differences, and a mean of 0 is 0 without rounding. Weighted cells give
    the coefficients of the person-week regression.

    Returns:
        Means in the order of the groups; None for a group without rows.
    """
    known = [tally for tally in tallies if tally.clusters.size]
    if not known:
        return [None] * len(tallies)
    weights = np.concatenate([tally.denominator for tally in known])
    outcome = np.concatenate([tally.numerator for tally in known]) / weights
    sizes = [tally.clusters.size for tally in known]
    indicators = np.repeat(np.eye(len(known)), sizes, axis=0)
    fit = IV2SLS(outcome, indicators, None, None, weights=weights).fit(cov_type="unadjusted")
    means = iter(fit.params.tolist())
    return [float(next(means)) if tally.clusters.size else None for tally in tallies]


class MeanModel:
    """The saturated regression of one outcome in one population, one fit per comparison.

    The rows of a fit are cells of job centre and period. The covariance is clustered on
    persons, or on job centres, from the residuals of the very cells of those clusters; it
    equals that of the regression on person-weeks.
    """

    def __init__(self, cells: pl.DataFrame, law: Law | None) -> None:
        """Takes the cells of one outcome and population, in any order, and the outcome's law."""
        self._law = law
        self._book = TallyBook(cells)
        counts = cells.group_by("jobcentre", "period").agg(pl.col("n_events").sum())
        self._n_events = {(unit, period): count for unit, period, count in counts.iter_rows()}

    def fit_contrast(self, comparison: Comparison, phase: str) -> Contrast:
        """A unit against the rest, the year before against a phase."""
        unit, rest = self._fit((comparison.treated, comparison.rest), phase)
        return Contrast(unit, rest)

    def fit_change(self, jobcentres: frozenset[str], phase: str) -> Change:
        """A group of job centres by itself, the year before against a phase."""
        return self._fit((jobcentres,), phase)[0]

    def build_panel(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel:
        """The sums of each job centre and its persons; pooled or not."""
        del is_pooled  # sums add up whoever looks at them
        return replace(build_panel(self._book, treated, rest, phase), law=self._law)

    def _fit(self, groups: Sequence[frozenset[str]], phase: str) -> list[Change]:
        places = [(group, period) for group in groups for period in (BEFORE, phase)]
        means = fit_saturated([self._book.tally(*place, "jobcentre") for place in places])
        cells = [self._build_cell(*place, mean) for place, mean in zip(places, means, strict=True)]
        return [Change(*pair) for pair in zip(cells[::2], cells[1::2], strict=True)]

    def _build_cell(self, jobcentres: frozenset[str], period: str, mean: float | None) -> Cell:
        persons = self._book.tally(jobcentres, period, "person")
        units = self._book.tally(jobcentres, period, "jobcentre")
        if mean is None:
            return Cell(None, {}, persons.clusters, 0, "no person-weeks; mean unknown")
        influences = {
            PERSON_CLUSTER: persons.influence(mean),
            JOBCENTRE_CLUSTER: units.influence(mean),
        }
        n_events = sum(self._n_events.get((unit, period), 0) for unit in jobcentres)
        return Cell(mean, influences, persons.clusters, n_events)
