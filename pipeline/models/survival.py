"""Kaplan-Meier curves of the weeks without a measure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import polars as pl
from lifelines import KaplanMeierFitter
from scipy import stats

from pipeline.models.comparison import Comparison, choose_shown
from pipeline.models.inference import CONFIDENCE
from pipeline.spec import BEFORE, INTERVENTION, REST_OF_COUNTRY, Study

DURING = "during"
CURVE_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "period": pl.String,
    "unit": pl.String,
    "week": pl.Int64,
    "at_risk": pl.Int64,
    "survival": pl.Float64,
    "std_error": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
}
_CURVE_KEY = ("population", "outcome", "period", "unit")
WINDOWS = {BEFORE: BEFORE, DURING: INTERVENTION}
_KIND = ("entry_weeks", "duration_weeks", "has_event")


def fit_survival_curves(
    study: Study,
    spells: pl.DataFrame,
    comparisons: Sequence[Comparison],
    kind: str = "duration_between_measures",
) -> pl.DataFrame:
    """The share still without a measure by weeks, for spells of one kind that begin inside.

    One curve per population, duration outcome and period, for the rest of the country and for
    the participating units pooled, or for the single unit if there is no pooled comparison.

    Args:
        study: names the populations and outcomes.
        spells: one row per gap and window, as for the durations; any order.
        comparisons: who is compared with whom.
        kind: of the outcomes that these spells are of.

    Returns:
        `CURVE_SCHEMA`, sorted by its first five columns; nothing for a group without gaps.
    """
    shown = choose_shown(comparisons)
    groups = {shown.unit: shown.treated, REST_OF_COUNTRY: shown.rest}
    outcomes = [name for name, outcome in study.outcomes.items() if outcome.kind == kind]
    flow = spells.filter(pl.col("sampling") == "flow")
    curves = [pl.DataFrame(schema=CURVE_SCHEMA)]
    for population, outcome, (period, window), (unit, jobcentres) in product(
        study.populations, outcomes, WINDOWS.items(), groups.items()
    ):
        gaps = flow.filter(
            pl.col("population") == population,
            pl.col("period") == window,
            pl.col("jobcentre").is_in(sorted(jobcentres)),
        )
        key = {"population": population, "outcome": outcome, "period": period, "unit": unit}
        labels = [pl.lit(value).alias(name) for name, value in key.items()]
        curves.append(fit_curve(gaps).select(*labels, pl.all()))
    return pl.concat(curves).sort(*_CURVE_KEY, "week")


def fit_curve(gaps: pl.DataFrame) -> pl.DataFrame:
    """The Kaplan-Meier curve of gaps, one row per week from 0 to the longest gap.

    `std_error` is Greenwood's, of the survival itself; the interval is the one on the log scale
    (R's default), not above 1. Neither accounts for persons with several gaps. Where the curve
    reaches 0 they are null.

    Args:
        gaps: one row per gap: `entry_weeks, duration_weeks, has_event`; any order. A gap that
            enters late is at risk from the week after its entry.

    Returns:
        `week, at_risk, survival, std_error, ci_low, ci_high`; no row if there is no gap.
    """
    kinds = gaps.group_by(_KIND).agg(n_gaps=pl.len()).sort(_KIND)
    entry, duration, event, weight = (
        kinds[name].cast(pl.Int64).to_numpy() for name in (*_KIND, "n_gaps")
    )
    if not weight.size:
        return pl.DataFrame(schema=CURVE_SCHEMA).drop(_CURVE_KEY)
    # lifelines counts who enters in a week as at risk of that very week's events; half a week
    # later they are at risk from the next week on.
    late_entry = np.where(entry > 0, entry + 0.5, 0.0)
    fit = KaplanMeierFitter().fit(duration, event, entry=late_entry, weights=weight)
    weeks = np.arange(duration.max() + 1)
    under_way = (entry < weeks[:, None]) & (duration >= weeks[:, None])
    under_way[0] = entry == 0
    curve = pl.DataFrame({"week": weeks.astype(float), "at_risk": under_way @ weight})
    return _add_intervals(curve.join_asof(_list_steps(fit), on="week"))


def _list_steps(fit: KaplanMeierFitter) -> pl.DataFrame:
    """The fitted curve where it can change, with Greenwood's variance of its logarithm."""
    events, exposed = (fit.event_table[name].to_numpy() for name in ("observed", "at_risk"))
    # Where all who are at risk have the event the curve is 0 and has no logarithm.
    terms = np.divide(
        events, exposed * (exposed - events), out=np.zeros(events.size), where=exposed > events
    )
    return pl.DataFrame(
        {
            "week": fit.event_table.index.to_numpy(dtype=float),
            "survival": fit.survival_function_.to_numpy()[:, 0],
            "log_variance": terms.cumsum(),
        }
    )


def _add_intervals(curve: pl.DataFrame) -> pl.DataFrame:
    """The curve with Greenwood's standard error and the interval on the log scale."""
    quantile = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    survival, log_error = pl.col("survival"), pl.col("log_variance").sqrt()
    known = pl.when(survival > 0)
    return curve.select(
        pl.col("week").cast(pl.Int64),
        pl.col("at_risk").cast(pl.Int64),
        "survival",
        known.then(survival * log_error).alias("std_error"),
        known.then(survival * (-quantile * log_error).exp()).alias("ci_low"),
        known.then((survival * (quantile * log_error).exp()).clip(upper_bound=1.0)).alias(
            "ci_high"
        ),
    )
