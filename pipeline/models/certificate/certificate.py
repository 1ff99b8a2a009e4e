"""The size certificate: how often each method finds an effect where there was no programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from pipeline.models.certificate.contributions import count_durations, count_means
from pipeline.models.certificate.exit_splits import split_exits
from pipeline.models.certificate.rejections import LEVEL, reject_programmes, reject_units
from pipeline.models.certificate.splits import AnySplits, can_split, split_everywhere
from pipeline.models.inference import find_law
from pipeline.models.inference.one_unit import FEWEST_UNITS
from pipeline.models.tally import FloatArray
from pipeline.spec import Study

ONE_UNIT = "one_unit"
POOLED = "pooled"
OVERALL = "all"
QUARTERS = ("smallest", "second", "third", "largest")
CERTIFICATE_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "tested": pl.String,
    "inference": pl.String,
    "size": pl.String,
    "rejection_rate": pl.Float64,
    "std_error": pl.Float64,
    "n_units": pl.Int64,
    "n_placebos": pl.Int64,
    "holds": pl.Boolean,
}
_Row = dict[str, str | float | int | bool | None]


def certify_study(
    study: Study, courses: pl.DataFrame, spells: Mapping[str, pl.DataFrame], rest: frozenset[str]
) -> pl.DataFrame:
    """The certificate of every outcome, in its own population.

    Args:
        study: what is asked.
        courses: members' weeks by job centre and outcome that is a mean over weeks.
        spells: by kind of any other outcome, the gaps, waits or parts of stays of the members.
        rest: the job centres that did not take part.

    Returns:
        `CERTIFICATE_SCHEMA`; nothing of an outcome with too few job centres or weeks.
    """
    frames = [pl.DataFrame(schema=CERTIFICATE_SCHEMA)]
    for name in study.outcomes if can_split(study) else ():
        splits = _split(study, name, courses, spells, rest)
        if splits is not None and len(splits.units) > FEWEST_UNITS:
            frames.append(certify(name, splits, len(study.participating)))
    return pl.concat(frames)


def _split(
    study: Study,
    name: str,
    courses: pl.DataFrame,
    spells: Mapping[str, pl.DataFrame],
    rest: frozenset[str],
) -> AnySplits | None:
    outcome = study.outcomes[name]
    in_question = (
        pl.col("population") == study.population_of(name),
        pl.col("jobcentre").is_in(sorted(rest)),
    )
    if outcome.is_mean:
        chosen = courses.filter(*in_question, pl.col("outcome") == name)
        return split_everywhere(count_means(study, chosen, find_law(outcome.kind)))
    if outcome.kind not in spells:
        return None
    own = spells[outcome.kind].filter(*in_question)
    if outcome.kind == "exits":
        return split_exits(study, own, outcome.any_of, outcome.sampling)
    counts_start = outcome.kind == "duration_to_first_measure"
    contributions = count_durations(study, own, outcome.sampling, counts_start=counts_start)
    return split_everywhere(contributions)


def certify(outcome: str, splits: AnySplits, n_participating: int) -> pl.DataFrame:
    """The rejection rates of every method on placebo programmes at nominal 5 %.

    One job centre: each that did not take part, at every feasible start week, against the others;
    over all of them and by quarter of their members. Start weeks of one job centre share most of
    their weeks, so the Monte-Carlo error is that of the job centres' own rates. Several: drawn
    programmes at drawn start weeks.

    A method holds its size where no rate is above 5 % by more than two Monte-Carlo errors.

    Args:
        outcome: its name.
        splits: of the job centres that did not take part.
        n_participating: how many did.

    Returns:
        `CERTIFICATE_SCHEMA`, methods by name, sizes from all to the largest.
    """
    rows: list[_Row] = []
    for method, rejected in sorted(reject_units(splits).items()):
        rows += _rate_units(splits, rejected, {"outcome": outcome, "inference": method})
    for method, rejected in sorted(reject_programmes(splits, n_participating).items()):
        rows.append(_rate_programmes(rejected, {"outcome": outcome, "inference": method}))
    return pl.DataFrame(rows, schema=CERTIFICATE_SCHEMA)


def _rate_units(splits: AnySplits, rejected: FloatArray, key: _Row) -> Iterator[_Row]:
    order = np.argsort(splits.n_persons, kind="stable")
    groups = zip((OVERALL, *QUARTERS), (order, *np.array_split(order, len(QUARTERS))), strict=True)
    for size, members in groups:
        known = np.isfinite(rejected[:, members])
        counts = known.sum(0)
        own = np.where(known, rejected[:, members], 0.0).sum(0)[counts > 0] / counts[counts > 0]
        figures = _rate(own) | {"n_units": own.size, "n_placebos": int(counts.sum())}
        yield key | {"tested": ONE_UNIT, "size": size} | figures


def _rate_programmes(rejected: FloatArray, key: _Row) -> _Row:
    known = rejected[np.isfinite(rejected)]
    figures = _rate(known) | {"n_units": None, "n_placebos": known.size}
    return key | {"tested": POOLED, "size": OVERALL} | figures


def _rate(independent: FloatArray) -> _Row:
    """The mean of independent rates, its standard error, and whether the size is held."""
    if independent.size < 2:
        return {"rejection_rate": None, "std_error": None, "holds": None}
    rate = float(independent.mean())
    error = float(independent.std(ddof=1)) / independent.size**0.5
    return {"rejection_rate": rate, "std_error": error, "holds": rate - 2 * error <= LEVEL}
