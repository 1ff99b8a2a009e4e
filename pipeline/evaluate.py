"""The prepared tables turned into everything a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from pipeline.codes import list_jobcentres_of_any_year, read_codes
from pipeline.errors import Fault, StageError, UsageError
from pipeline.events import Event, Say
from pipeline.layout import OutFolder, write_aside
from pipeline.models.balance import compare_characteristics
from pipeline.models.certificate import certify_study
from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.models.did.study_effects import fit_study_effects
from pipeline.models.did.study_path import trace_effects
from pipeline.models.duration import fit_durations
from pipeline.models.duration_summaries import describe_models
from pipeline.models.estimate import (
    ESTIMATE_KEY,
    ESTIMATE_SCHEMA,
    Estimates,
    Headline,
    JobCentres,
    combine_estimates,
    merge_models,
    require_effect,
    round_figures,
)
from pipeline.models.exit_curves import fit_incidence_curves
from pipeline.models.exit_hazards import fit_exit_hazards
from pipeline.models.exits import fit_exits
from pipeline.models.hazard_effects import fit_hazard_effects
from pipeline.models.leanings import describe_leanings, describe_power
from pipeline.models.mean import fit_means
from pipeline.models.survival import fit_survival_curves
from pipeline.spec import REST_OF_COUNTRY, Study

_DURATION_SPELLS = {
    "duration_between_measures": "duration_spells",
    "duration_to_first_measure": "first_measure_spells",
}
# The same before any window cuts them.
_UNCUT_SPELLS = {
    "duration_between_measures": "gaps",
    "duration_to_first_measure": "waits",
    "exits": "stay_parts",
}


@dataclass(frozen=True)
class Description:
    """What a report shows beside the estimates, at the level of units.

    Attributes:
        figures: the frame behind each kind of figure: the share still waiting by weeks, the share
            that has taken each way out by weeks, the effect by time since the start, and what the
            time before it says about parallel trends.
        tables: the frame behind each kind of table: person-weeks by window, group of units and
            kind of measure, and the hazards of each way out.
        attrition: persons and person-weeks left after each step.
        balance: what members of the unit in question and of the rest were like in the year before.
    """

    figures: Mapping[str, pl.DataFrame]
    tables: Mapping[str, pl.DataFrame]
    attrition: pl.DataFrame
    balance: pl.DataFrame


def fit_estimates(study: Study, out: OutFolder, say: Say, only: str | None = None) -> Estimates:
    """Every estimate of a study, from the tables of an out folder.

    Args:
        study: what is asked.
        out: holds the analysis tables.
        say: told of every step.
        only: one job centre; every participating one, and all pooled, if None.

    Raises:
        ModelError: if nothing at all can be estimated.
    """
    comparisons = _list_comparisons(study, only)
    members = _read(out, "covariates")
    say(Event("started", "durations"))
    parts = [
        fit_durations(study, _read(out, noun), comparisons, kind, members)
        for kind, noun in _DURATION_SPELLS.items()
    ]
    say(Event("started", "hazards"))
    parts += [
        fit_hazard_effects(study, _read(out, noun), comparisons, kind)
        for kind, noun in _DURATION_SPELLS.items()
    ]
    say(Event("started", "exits"))
    parts.append(fit_exits(study, _read(out, "exit_spells"), comparisons))
    say(Event("started", "shares"))
    parts.append(fit_means(study, _read(out, "mean_cells"), comparisons, members))
    levels = pl.concat([part.rows for part in parts])
    persons = _count_persons(study, out)
    parts.append(fit_study_effects(study, _read(out, "unit_weeks"), persons, comparisons, levels))
    estimates = combine_estimates(parts)
    require_effect(estimates)
    say(Event("finished", "estimates", {"rows": estimates.rows.height}))
    rows, notices = round_figures(estimates.rows), merge_models(estimates.notices)
    return replace(estimates, rows=rows, notices=notices)


def describe_study(
    study: Study,
    out: OutFolder,
    job_centres: Mapping[Headline, JobCentres],
    only: str | None = None,
) -> Description:
    """What the report shows besides, for one job centre or for all participating ones pooled.

    Args:
        study: what is asked.
        out: holds the analysis tables.
        job_centres: behind the rows that tables and figures show.
        only: one job centre; every participating one, and all pooled, if None.
    """
    comparisons = _list_comparisons(study, only)
    unit_weeks = _read(out, "unit_weeks")
    exits = _read(out, "exit_spells")
    curves = [
        fit_survival_curves(study, _read(out, noun), comparisons, kind)
        for kind, noun in _DURATION_SPELLS.items()
    ]
    models = [
        describe_models(study, _read(out, noun), comparisons, kind)
        for kind, noun in _DURATION_SPELLS.items()
    ]
    paths, pre_trends = trace_effects(study, unit_weeks, comparisons)
    return Description(
        {
            "survival": pl.concat(curves),
            "event_study": paths,
            "pre_trend": pre_trends,
            "duration_fit": pl.concat(fitted for _, fitted in models),
            "incidence": fit_incidence_curves(study, exits, comparisons),
        },
        {
            "measure_mix": _pool_measure_mix(_read(out, "measure_mix"), comparisons[-1]),
            "exits": fit_exit_hazards(study, exits, comparisons),
            "duration_models": pl.concat(summaries for summaries, _ in models),
            "power": describe_power(study, job_centres),
            "sensitivity": describe_leanings(study, job_centres, unit_weeks, comparisons),
            "certificate": certify_study(
                study,
                _read(out, "mean_courses"),
                {kind: _read(out, noun) for kind, noun in _UNCUT_SPELLS.items()},
                comparisons[0].rest,
            ),
        },
        _read(out, "attrition"),
        compare_characteristics(_read(out, "balance_cells"), comparisons[-1]),
    )


def _list_comparisons(study: Study, only: str | None) -> list[Comparison]:
    # A job centre that merges or splits within the weeks is in the rest while it is there.
    return list_comparisons(study, list_jobcentres_of_any_year(*study.span), only)


def _count_persons(study: Study, out: OutFolder) -> pl.DataFrame:
    """Distinct persons of each job centre and window behind the outcomes with weekly sums."""
    key = ("population", "outcome", "period", "jobcentre")
    rows = [_read(out, "mean_cells").select(*key, "person_id")]
    for kind, noun in _DURATION_SPELLS.items():
        spells = _read(out, noun).filter(sampling="stock_and_flow")
        names = [name for name, each in study.outcomes.items() if each.kind == kind]
        rows += [
            spells.with_columns(outcome=pl.lit(name)).select(*key, "person_id") for name in names
        ]
    return pl.concat(rows).group_by(key).agg(n_persons=pl.col("person_id").n_unique())


def _read(out: OutFolder, noun: str) -> pl.DataFrame:
    path = out.table(f"analysis.{noun}")
    try:
        return pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        what = f"cannot be read ({type(error).__name__})"
        raise StageError(Fault(path.as_posix(), what, "delete the file and run again")) from None


def keep_other_units(estimates: pl.DataFrame, kept: pl.DataFrame, unit: str) -> pl.DataFrame:
    """The rows of one unit from `estimates`, everyone else's from `kept`.

    Raises:
        UsageError: if the unit is set against another rest of the country than those kept: a job
            centre that did not take part is not in its own rest, but in that of all others.
    """
    is_rest = pl.col("unit") == REST_OF_COUNTRY
    if not estimates.filter(is_rest).equals(kept.filter(is_rest)):
        what = "is set against another rest of the country than the units in this folder"
        raise UsageError(Fault(unit, what, "give a folder of its own to --out"))
    others = kept.filter(pl.col("unit") != unit)
    return pl.concat([others, estimates.filter(pl.col("unit") == unit)]).sort(ESTIMATE_KEY)


def read_estimates(out: OutFolder) -> pl.DataFrame | None:
    """The estimates that an out folder holds, or None."""
    if not out.estimates.is_file():
        return None
    return pl.read_csv(out.estimates, schema=ESTIMATE_SCHEMA, glob=False)


def write_estimates(estimates: pl.DataFrame, out: OutFolder) -> None:
    """Write ``estimates.csv``; unknown is empty."""
    with write_aside(out.estimates) as aside:
        estimates.write_csv(aside)


def _pool_measure_mix(mix: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """Person-weeks by measure for the unit in question and the rest of the country."""
    labels = pl.DataFrame(read_codes("measure_groups")).select("measure", "label")
    groups = dict.fromkeys(comparison.treated, comparison.unit)
    groups |= dict.fromkeys(comparison.rest, REST_OF_COUNTRY)
    return (
        mix.filter(pl.col("jobcentre").is_in(list(groups)))
        .with_columns(unit=pl.col("jobcentre").replace_strict(groups, return_dtype=pl.String))
        .group_by("population", "period", "unit", "measure")
        .agg(pl.col("n_weeks").sum())
        .join(labels, on="measure", how="left")
        .select("population", "period", "unit", "measure", "label", "n_weeks")
        .sort("population", "period", "unit", "measure")
    )
