"""Curves of cumulative incidence, by way out and weeks since the stay began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import exp, log

import polars as pl
from scipy import stats

from pipeline.codes import list_ways_out
from pipeline.models.comparison import Comparison, choose_shown
from pipeline.models.exits import Exits, list_exit_outcomes, number_ways
from pipeline.models.inference import CONFIDENCE, PERSON_CLUSTER, infer_effect, sum_by_cluster
from pipeline.models.survival import WINDOWS
from pipeline.models.tally import Influence
from pipeline.spec import REST_OF_COUNTRY, Study

INCIDENCE_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "period": pl.String,
    "unit": pl.String,
    "way_out": pl.String,
    "week": pl.Int64,
    "at_risk": pl.Int64,
    "incidence": pl.Float64,
    "std_error": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
}
_Step = dict[str, float | int | None]


def fit_incidence_curves(
    study: Study, spells: pl.DataFrame, comparisons: Sequence[Comparison]
) -> pl.DataFrame:
    """The share that has taken each way out, by weeks since the stay began, up to 52.

    For the rest of the country and for the participating units pooled, or for the single unit if
    there is no pooled comparison, in the population that the outcome is shown in.

    Returns:
        `INCIDENCE_SCHEMA`, sorted by its first six columns; `at_risk` are the stays followed in
        the week, `std_error` is clustered on persons, the interval the one on the log(-log)
        scale; null where nobody has taken the way out. No row beyond the weeks in which somebody
        is followed.
    """
    frames = [pl.DataFrame(schema=INCIDENCE_SCHEMA)]
    shown = choose_shown(comparisons)
    groups = {shown.unit: shown.treated, REST_OF_COUNTRY: shown.rest}
    for outcome in list_exit_outcomes(study):
        population = study.population_of(outcome)
        exits = Exits(spells, population, study.outcomes[outcome].sampling)
        for (period, window), (unit, jobcentres), way in product(
            WINDOWS.items(), groups.items(), list_ways_out()
        ):
            key = {"population": population, "outcome": outcome, "period": period, "unit": unit}
            steps = [
                key | {"way_out": way} | step
                for step in _list_steps(exits, jobcentres, window, way)
            ]
            frames.append(pl.DataFrame(steps, schema=INCIDENCE_SCHEMA))
    return pl.concat(frames).sort(list(INCIDENCE_SCHEMA)[:6])


def _list_steps(exits: Exits, jobcentres: frozenset[str], window: str, way: str) -> Iterator[_Step]:
    fitted, group = exits.fit(jobcentres, window), exits.group(jobcentres, window)
    causes = number_ways([way])
    last_week = fitted.n_weeks_followed
    for week in range(last_week + 1 if last_week else 0):
        share = float(fitted.incidence[causes[0], week])
        influence = group.influences(fitted.influence(causes, week))[PERSON_CLUSTER]
        at_risk = int(fitted.at_risk[max(week - 1, 0)])
        step: _Step = {"week": week, "at_risk": at_risk, "incidence": share}
        yield step | _bound_share(share, influence)


def _bound_share(share: float, influence: Influence) -> _Step:
    """Standard error of a share and its interval on the log(-log) scale."""
    found = infer_effect(share, sum_by_cluster([(1, influence)]), PERSON_CLUSTER)
    if found is None or found.std_error is None or not 0 < share < 1:
        return {}
    quantile = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    power = exp(quantile * found.std_error / abs(share * log(share)))
    ends = {"ci_low": share**power, "ci_high": share ** (1 / power)}
    return {"std_error": found.std_error, **ends}
