"""The one shape every estimate has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from pipeline.errors import Fault, ModelError
from pipeline.models.inference import UnitPanel

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
SIGNIFICANT_DIGITS = 10
ESTIMATE_KEY = ("study", "population", "outcome", "phase", "unit", "model", "inference")


@dataclass(frozen=True)
class JobCentres:
    """What job centres were like before and during, as the methods that look at each took it.

    Attributes:
        each: the treated ones one by one.
        together: the same as parts of what they are together; None for one that did not take part.
    """

    each: UnitPanel
    together: UnitPanel | None


# An outcome and a phase of the study.
Headline = tuple[str, str]


@dataclass(frozen=True)
class Estimates:
    """What was estimated, and what could not be.

    Attributes:
        rows: one row per estimate, as `ESTIMATE_SCHEMA`, sorted by its key; unknown is null.
        notices: what a unit lacks and which figures are empty for it, sorted.
        job_centres: behind the rows that tables and figures show, by outcome and phase.
    """

    rows: pl.DataFrame
    notices: tuple[str, ...] = ()
    job_centres: Mapping[Headline, JobCentres] = field(default_factory=dict)


def combine_estimates(parts: Iterable[Estimates]) -> Estimates:
    """All rows in key order, and every notice once."""
    parts = tuple(parts)
    frames = [pl.DataFrame(schema=ESTIMATE_SCHEMA), *(part.rows for part in parts)]
    notices = {notice for part in parts for notice in part.notices}
    job_centres = {key: value for part in parts for key, value in part.job_centres.items()}
    return Estimates(pl.concat(frames).sort(ESTIMATE_KEY), tuple(sorted(notices)), job_centres)


def round_figures(rows: pl.DataFrame) -> pl.DataFrame:
    """Floats to the digits that are promised, so that a file read back is the frame written."""
    return rows.with_columns(pl.col(pl.Float64).round_sig_figs(SIGNIFICANT_DIGITS))


def merge_models(notices: Iterable[str]) -> tuple[str, ...]:
    """One notice where the same is said of several models, with all their names, sorted."""
    models: dict[tuple[str, str], list[str]] = {}
    for notice in notices:
        place, _, what = notice.partition("): ")
        said_of, _, model = place.rpartition(", ")
        models.setdefault((said_of, what), []).append(model)
    return tuple(
        sorted(f"{place}, {', '.join(names)}): {what}" for (place, what), names in models.items())
    )


def require_effect(estimates: Estimates) -> None:
    """Ends a run only where no unit, phase or outcome at all has an effect.

    Raises:
        ModelError: if every effect is unknown.
    """
    if estimates.rows["effect"].count() == 0:
        what = f"none of {estimates.rows.height} effects can be estimated"
        remedy = "give the study windows in which units have persons and measure starts"
        raise ModelError(Fault("estimates", what, remedy))
