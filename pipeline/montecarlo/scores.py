"""Repetitions turned into a score sheet: bias, size, power, coverage and length."""

from __future__ import annotations

import polars as pl

from pipeline.models.certificate.certificate import ONE_UNIT, OVERALL, QUARTERS
from pipeline.montecarlo.trial import Trial
from pipeline.spec import INTERVENTION

SCORES = ("bias", "rejection_rate", "power", "coverage", "ci_length")
SCORE_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "tested": pl.String,
    "inference": pl.String,
    "size": pl.String,
    "n_repetitions": pl.Int64,
    **{name: pl.Float64 for score in SCORES for name in (score, f"{score}_error")},
    "endless_share": pl.Float64,
}
QUANTITY_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "phase": pl.String,
    "unit": pl.String,
    "quantity": pl.String,
    "truth": pl.Float64,
    "mean": pl.Float64,
    "bias": pl.Float64,
    "bias_error": pl.Float64,
    "n_repetitions": pl.Int64,
}
_KEY = ["outcome", "tested", "inference", "size"]
_QUANTITIES = ("before", "during", "effect")
# An effect of the chain that is nil but for rounding is nil.
_NIL = 1e-9


def score_methods(trial: Trial, verdicts: pl.DataFrame) -> pl.DataFrame:
    """How every method fares in the whole period, over all job centres and by quarter of size.

    - `bias`: estimate minus truth, participating job centres.
    - `rejection_rate`: share of tests that find an effect where there is none: of job centres that
      took no part, and of participating ones without a planted effect.
    - `power`: share of participating job centres with a planted effect in which it is found.
    - `coverage`: share of intervals that hold the truth; `ci_length`: mean length of those with
      two ends; `endless_share`: share of those without.

    Each is a mean over repetitions of a repetition's mean, and its `_error` the Monte-Carlo
    standard error of that: the job centres of one repetition share its rest of the country.

    Args:
        trial: gives truth and unit sizes.
        verdicts: `VERDICT_SCHEMA` and `repetition`.

    Returns:
        `SCORE_SCHEMA`; unknown is null.
    """
    judged = _judge(trial, verdicts.filter(phase=INTERVENTION))
    marks = pl.col(*SCORES, "endless_share")
    by_repetition = judged.group_by(*_KEY, "repetition").agg(marks.mean())
    count = pl.col(*SCORES).count()
    scores = by_repetition.group_by(_KEY).agg(
        pl.len().cast(pl.Int64).alias("n_repetitions"),
        marks.mean(),
        (pl.col(*SCORES).std() / count.sqrt()).name.suffix("_error"),
    )
    return _order(scores.select(list(SCORE_SCHEMA)))


def compare_quantities(trial: Trial, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Every planted quantity beside the mean of its estimates, with the Monte-Carlo error.

    Args:
        trial: gives the truth.
        verdicts: `VERDICT_SCHEMA` and `repetition`.

    Returns:
        `QUANTITY_SCHEMA`, of every phase that was estimated.
    """
    key = ["outcome", "phase", "unit"]
    truth = trial.truth.select(*key, *_QUANTITIES).unpivot(
        index=key, variable_name="quantity", value_name="truth"
    )
    # The estimate is the same under every method.
    once = verdicts.filter(~pl.col("is_placebo")).unique([*key, "repetition"], keep="any")
    found = once.unpivot(_QUANTITIES, index=key, variable_name="quantity", value_name="estimate")
    return (
        found.group_by(*key, "quantity")
        .agg(
            pl.col("estimate").mean().alias("mean"),
            (pl.col("estimate").std() / pl.col("estimate").count().sqrt()).alias("bias_error"),
            pl.col("estimate").count().cast(pl.Int64).alias("n_repetitions"),
        )
        .join(truth, on=[*key, "quantity"])
        .with_columns(bias=pl.col("mean") - pl.col("truth"))
        .select(list(QUANTITY_SCHEMA))
        .sort(*key, "quantity")
    )


def _judge(trial: Trial, verdicts: pl.DataFrame) -> pl.DataFrame:
    """One row per verdict and group of size, with what counts towards each score; null if none."""
    key = ["outcome", "phase", "unit"]
    known = verdicts
    for name, figures in (("truth", trial.truth), ("planted", trial.planted)):
        effects = figures.select(*key, pl.col("effect").alias(name))
        known = known.join(effects, on=key, how="left", maintain_order="left")
    placebo, true = pl.col("is_placebo"), pl.col("truth")
    is_nil = placebo | (pl.col("planted").abs() < _NIL)
    rejected = pl.col("is_rejected").cast(pl.Float64)
    low, high = pl.col("ci_low"), pl.col("ci_high")
    is_stated = ~placebo & pl.col("is_rejected").is_not_null()
    covers = (low.is_null() | (low <= true)) & (high.is_null() | (high >= true))
    marked = known.with_columns(
        pl.when(~placebo).then(pl.col("effect") - true).alias("bias"),
        pl.when(is_nil).then(rejected).alias("rejection_rate"),
        pl.when(~is_nil).then(rejected).alias("power"),
        pl.when(is_stated).then(covers.cast(pl.Float64)).alias("coverage"),
        pl.when(is_stated).then(high - low).alias("ci_length"),
        pl.when(is_stated).then((low.is_null() | high.is_null()).cast(pl.Float64))
        .alias("endless_share"),
    )  # fmt: skip
    quarter = pl.col("unit").replace_strict(trial.quarters, return_dtype=pl.String, default=None)
    sized = marked.filter(tested=ONE_UNIT).with_columns(size=quarter)
    return pl.concat([marked.with_columns(size=pl.lit(OVERALL)), sized])


def _order(scores: pl.DataFrame) -> pl.DataFrame:
    sizes = pl.Enum([OVERALL, *QUARTERS])
    return scores.sort("outcome", "tested", "inference", pl.col("size").cast(sizes))
