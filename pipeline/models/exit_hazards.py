"""Cause-specific hazards: events of each way out per week at risk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import exp, log

import polars as pl

from pipeline.codes import list_ways_out
from pipeline.models.comparison import Comparison, choose_shown
from pipeline.models.exits import Exits, list_exit_outcomes
from pipeline.models.inference import PERSON_CLUSTER, infer_effect, sum_by_cluster
from pipeline.models.spell_book import SpellGroup
from pipeline.models.survival import WINDOWS
from pipeline.models.tally import Influence
from pipeline.spec import REST_OF_COUNTRY, Study

HAZARD_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "period": pl.String,
    "way_out": pl.String,
    "unit": pl.String,
    "n_events": pl.Int64,
    "weeks_at_risk": pl.Int64,
    "hazard": pl.Float64,
    "hazard_ratio": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
}
_Figures = dict[str, float | int | None]


def fit_exit_hazards(
    study: Study, spells: pl.DataFrame, comparisons: Sequence[Comparison]
) -> pl.DataFrame:
    """Events per week at risk of each way out, and the unit's hazard over the rest's.

    The unit is the participating ones pooled, or the single one if there is no pooled comparison.
    The ratio, its interval and p-value stand in the unit's row: on the log scale, clustered on
    persons, unknown where either hazard is 0.

    Returns:
        `HAZARD_SCHEMA`, sorted by its first five columns.
    """
    frames = [pl.DataFrame(schema=HAZARD_SCHEMA)]
    shown = choose_shown(comparisons)
    for outcome in list_exit_outcomes(study):
        population = study.population_of(outcome)
        exits = Exits(spells, population, study.outcomes[outcome].sampling)
        for (period, window), (cause, way) in product(WINDOWS.items(), enumerate(list_ways_out())):
            unit, rest = (exits.group(group, window) for group in (shown.treated, shown.rest))
            key = {"population": population, "outcome": outcome, "period": period, "way_out": way}
            rows: list[dict[str, str | float | int | None]] = [
                key | {"unit": name} | _measure_hazard(group, cause)
                for name, group in ((shown.unit, unit), (REST_OF_COUNTRY, rest))
            ]
            rows[0] |= _compare_hazards(unit, rest, cause)
            frames.append(pl.DataFrame(rows, schema=HAZARD_SCHEMA))
    return pl.concat(frames).sort(list(HAZARD_SCHEMA)[:5])


def _measure_hazard(group: SpellGroup, cause: int) -> _Figures:
    spells = group.spells
    n_events = int(spells.weight[spells.cause == cause].sum())
    weeks = int(spells.weight @ (spells.duration - spells.entry))
    hazard = n_events / weeks if weeks else None
    return {"n_events": n_events, "weeks_at_risk": weeks, "hazard": hazard}


def _compare_hazards(unit: SpellGroup, rest: SpellGroup, cause: int) -> _Figures:
    """The ratio of two hazards, with its interval from the influences on its logarithm."""
    own, others = (_measure_hazard(group, cause)["hazard"] for group in (unit, rest))
    if not own or not others:
        return {}
    parts = [(1, _log_influence(unit, cause)), (-1, _log_influence(rest, cause))]
    ratio = log(own) - log(others)
    found = infer_effect(ratio, sum_by_cluster(parts), PERSON_CLUSTER)
    if found is None or found.ci_low is None or found.ci_high is None:
        return {"hazard_ratio": exp(ratio)}
    ends = {"ci_low": exp(found.ci_low), "ci_high": exp(found.ci_high)}
    return {"hazard_ratio": exp(ratio), **ends, "p_value": found.p_value}


def _log_influence(group: SpellGroup, cause: int) -> Influence:
    """On the logarithm of a hazard, by person: share of the events less share of the weeks."""
    spells = group.spells
    weeks, events = spells.duration - spells.entry, spells.cause == cause
    values = events / (spells.weight @ events) - weeks / (spells.weight @ weeks)
    return group.influences(values)[PERSON_CLUSTER]
