"""The one shape every estimate has."""

from __future__ import annotations

import polars as pl

ESTIMATE_SCHEMA: dict[str, type[pl.DataType]] = {
    "study": pl.String,
    "population": pl.String,
    "outcome": pl.String,
    "phase": pl.String,
    "unit": pl.String,
    "model": pl.String,
    "inference": pl.String,
    "before": pl.Float64,
    "during": pl.Float64,
    "difference": pl.Float64,
    "effect": pl.Float64,
    "relative_effect": pl.Float64,
    "std_error": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "p_value_adjusted": pl.Float64,
    "n_persons": pl.Int64,
    "n_events": pl.Int64,
}
