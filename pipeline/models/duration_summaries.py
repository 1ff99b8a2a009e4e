"""How well each duration model fits, and what it says of each group's weeks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import exp

import polars as pl
from scipy import stats

from pipeline.models.comparison import Comparison, choose_shown
from pipeline.models.contrast import Cell
from pipeline.models.duration_fits import MEAN, RESTRICTED_MEAN, SUMMARIES, FamilyFits, Place
from pipeline.models.durations.families import FAMILY_NAMES
from pipeline.models.durations.quantities import find_extrapolated_share
from pipeline.models.fit_curves import FIT_SCHEMA, list_fit_rows
from pipeline.models.inference import CONFIDENCE, PERSON_CLUSTER, infer_effect, sum_by_cluster
from pipeline.models.spell_book import SpellBook
from pipeline.models.survival import WINDOWS
from pipeline.spec import REST_OF_COUNTRY, Study

SUMMARY_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "unit": pl.String,
    "period": pl.String,
    "model": pl.String,
    "aic": pl.Float64,
    "mean": pl.Float64,
    "mean_low": pl.Float64,
    "mean_high": pl.Float64,
    "median": pl.Float64,
    "rmst_52": pl.Float64,
    "rmst_52_low": pl.Float64,
    "rmst_52_high": pl.Float64,
    "beyond_share": pl.Float64,
}
_Row = dict[str, float | str | None]


def describe_models(
    study: Study,
    spells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    kind: str = "duration_between_measures",
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Criteria, levels, extrapolation and curves of every family, in the groups that figures show.

    Population and sampling are those that the study shows the outcome in.

    Returns:
        `SUMMARY_SCHEMA`, sorted by its first five columns: Akaike's criterion, weeks with 95 %
        intervals on the log scale, clustered on persons, and the share of each mean that lies
        beyond the longest duration seen in the group. Null where there is no fit, or no finite
        mean. And `FIT_SCHEMA`, sorted by its first six columns, without rows where there is no fit.
    """
    shown = choose_shown(comparisons)
    groups = {shown.unit: shown.treated, REST_OF_COUNTRY: shown.rest}
    summaries = [pl.DataFrame(schema=SUMMARY_SCHEMA)]
    curves = [pl.DataFrame(schema=FIT_SCHEMA)]
    for name, outcome in study.outcomes.items():
        if outcome.kind != kind:
            continue
        population = study.population_of(name)
        chosen = (pl.col("population") == population) & (pl.col("sampling") == outcome.sampling)
        cause = pl.when("has_event").then(0).otherwise(-1)
        book = SpellBook(spells.filter(chosen).with_columns(cause=cause))
        places = {
            (unit, period): (jobcentres, window)
            for (unit, jobcentres), (period, window) in product(groups.items(), WINDOWS.items())
        }
        key: _Row = {"population": population, "outcome": name}
        for model in FAMILY_NAMES:
            fits = FamilyFits(book, model, places.values())
            for (unit, period), place in places.items():
                own = key | {"unit": unit, "period": period, "model": model}
                rows = [own | row for row in list_fit_rows(book, fits, place)]
                curves.append(pl.DataFrame(rows, schema=FIT_SCHEMA))
                row = own | _summarise(fits, place)
                summaries.append(pl.DataFrame([row], schema=SUMMARY_SCHEMA))
    return (
        pl.concat(summaries).sort(list(SUMMARY_SCHEMA)[:5]),
        pl.concat(curves).sort(list(FIT_SCHEMA)[:6]),
    )


def _summarise(fits: FamilyFits, place: Place) -> _Row:
    row: _Row = {}
    fit = fits.fits[place]
    if fit is not None:
        row |= {"aic": fit.aic, "beyond_share": float(find_extrapolated_share(fit)[0])}
    for summary in SUMMARIES:
        cell = fits.fit_cell(summary, place)
        row[summary] = cell.mean
        if summary in (MEAN, RESTRICTED_MEAN):
            row |= _bound(summary, cell)
    # A mean that is infinite has no share of anything.
    return row if row[MEAN] is not None else row | {"beyond_share": None}


def _bound(summary: str, cell: Cell) -> _Row:
    """The interval on the log scale: weeks are never less than none."""
    if cell.mean is None:
        return {}
    sums = sum_by_cluster([(1, cell.influences[PERSON_CLUSTER])])
    found = infer_effect(cell.mean, sums, PERSON_CLUSTER)
    if found is None or found.std_error is None:
        return {}
    factor = exp(float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * found.std_error / cell.mean)
    return {f"{summary}_low": cell.mean / factor, f"{summary}_high": cell.mean * factor}
