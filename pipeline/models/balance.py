"""What the members of two groups of job centres were like before anything was tried."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipeline.models.comparison import Comparison

BALANCE_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "characteristic": pl.String,
    "n_persons": pl.Int64,
    "mean": pl.Float64,
    "n_persons_rest": pl.Int64,
    "mean_rest": pl.Float64,
    "standardised_difference": pl.Float64,
}
_KEY = ("population", "characteristic")


def compare_characteristics(cells: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """Means of both groups, and how far they lie apart in standard deviations.

    The standardised difference is (mean - mean of the rest) over the root of the mean of both
    variances (Austin 2009, Statistics in Medicine 28, 3083-3107, section 2). Unlike a test it
    does not grow with the number of persons. It is null where neither group varies.

    Args:
        cells: `population, characteristic, jobcentre, n_persons, total, total_squares`.
        comparison: the groups.

    Returns:
        `BALANCE_SCHEMA`, sorted by population and characteristic; a characteristic that is known
        of nobody in one of the groups is null there.
    """
    unit = _pool(cells, comparison.treated)
    rest = _pool(cells, comparison.rest)
    both = unit.join(rest, on=_KEY, how="full", suffix="_rest", coalesce=True)
    spread = ((pl.col("variance") + pl.col("variance_rest")) / 2).sqrt()
    apart = pl.when(spread > 0).then((pl.col("mean") - pl.col("mean_rest")) / spread)
    described = both.with_columns(standardised_difference=apart)
    return described.select(pl.col(name).cast(kind) for name, kind in BALANCE_SCHEMA.items()).sort(
        _KEY
    )


def _pool(cells: pl.DataFrame, jobcentres: Iterable[str]) -> pl.DataFrame:
    """Persons, mean and variance of each characteristic in some job centres together."""
    sums = (
        cells.filter(pl.col("jobcentre").is_in(sorted(jobcentres)))
        .sort("jobcentre")
        .group_by(_KEY, maintain_order=True)
        .agg(pl.col("n_persons", "total", "total_squares").sum())
    )
    mean = pl.col("total") / pl.col("n_persons")
    # What is left of a difference of large sums can be a little below zero.
    square = (pl.col("total_squares") / pl.col("n_persons") - mean**2).clip(lower_bound=0.0)
    return sums.select(*_KEY, "n_persons", mean=mean, variance=square)
