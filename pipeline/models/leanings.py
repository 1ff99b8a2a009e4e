"""What a study's design can find, and what its effects lean on, from the sums of its units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.models.comparison import Comparison
from pipeline.models.did.event_study import BoolArray
from pipeline.models.did.path import Path
from pipeline.models.did.rates import find_weeks
from pipeline.models.did.study_path import Blocks, gather_blocks
from pipeline.models.estimate import Headline, JobCentres
from pipeline.models.inference import CR3, PLACEBO_T, UnitPanel
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.pooled import assess_pooled, score_units
from pipeline.models.inference.power import find_detectable_each, find_detectable_together
from pipeline.models.inference.scales import SCALES
from pipeline.models.sensitivity import find_breakdown, leave_one_out_each, leave_one_out_together
from pipeline.models.synthetic_did import Opinion, fit_synthetic_did
from pipeline.models.tally import FloatArray
from pipeline.spec import INTERVENTION, PARTICIPATING, WEEKS_OF_BLOCK, Study

POWER_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "phase": pl.String,
    "unit": pl.String,
    "detectable_effect": pl.Float64,
}
LEANING_SCHEMA: dict[str, type[pl.DataType]] = {
    "outcome": pl.String,
    "unit": pl.String,
    "lowest_effect": pl.Float64,
    "highest_effect": pl.Float64,
    "synthetic_effect": pl.Float64,
    "synthetic_std_error": pl.Float64,
    "synthetic_refusal": pl.String,
    "breakdown": pl.Float64,
}


def describe_power(study: Study, job_centres: Mapping[Headline, JobCentres]) -> pl.DataFrame:
    """The smallest effect that the headline inference of each unit would find.

    Args:
        study: names the method for a single job centre.
        job_centres: behind the headline's rows, by outcome and phase.

    Returns:
        `POWER_SCHEMA`: every treated unit, and all of them pooled if they took part; the effect
        in the unit of the outcome, null where none would be found.
    """
    rows = []
    for (outcome, phase), looked_at in job_centres.items():
        detectable = find_detectable_each(looked_at.each, study.inference.one_unit)
        if looked_at.together is not None:
            detectable[PARTICIPATING] = find_detectable_together(looked_at.together)
        rows += [(outcome, phase, unit, size) for unit, size in detectable.items()]
    return pl.DataFrame(rows, POWER_SCHEMA, orient="row")


def describe_leanings(
    study: Study,
    job_centres: Mapping[Headline, JobCentres],
    unit_weeks: pl.DataFrame,
    comparisons: Sequence[Comparison],
) -> pl.DataFrame:
    """What the whole period's effect leans on, for the outcomes with a table of it.

    Args:
        study: names the windows and the tables.
        job_centres: behind the headline's rows, by outcome and phase.
        unit_weeks: `population, outcome, jobcentre, week, numerator, denominator`, any order.
        comparisons: who is compared with whom.

    Returns:
        `LEANING_SCHEMA`, a row for each outcome and comparison; unknown is null, and why there is
        no second opinion is told.
    """
    rows: list[dict[str, Any]] = []
    for outcome in (table.outcome for table in study.tables if table.kind == "sensitivity"):
        looked_at = job_centres.get((outcome or "", INTERVENTION))
        if outcome is None or looked_at is None:
            continue
        population = study.population_of(outcome)
        weeks = unit_weeks.filter(population=population, outcome=outcome)
        for comparison in comparisons:
            key = {"outcome": outcome, "unit": comparison.unit}
            leanings = dict(_list_leanings(study, outcome, weeks, comparison))
            rows.append(key | _state_range(looked_at, comparison) | leanings)
    empty = dict.fromkeys(LEANING_SCHEMA)
    return pl.DataFrame([empty | row for row in rows], LEANING_SCHEMA)


def _state_range(looked_at: JobCentres, comparison: Comparison) -> dict[str, float]:
    """The ends of the effect as comparison units are left out; nothing where that is unknown."""
    if comparison.is_pooled:
        found = leave_one_out_together(looked_at.together) if looked_at.together else None
    else:
        found = leave_one_out_each(looked_at.each).get(comparison.unit)
    return dict(zip(("lowest_effect", "highest_effect"), found or (), strict=False))


def _list_leanings(
    study: Study, outcome: str, weeks: pl.DataFrame, comparison: Comparison
) -> Iterator[tuple[str, float | str | None]]:
    """A second opinion, and the violation of parallel trends that an effect survives."""
    start = study.periods.intervention.first_week
    is_duration = study.outcomes[outcome].is_duration
    months = gather_blocks(weeks, comparison, start, WEEKS_OF_BLOCK["month"])
    yield from _ask_again(months, is_rate=is_duration)
    length = WEEKS_OF_BLOCK["quarter"]
    quarters = gather_blocks(weeks, comparison, start, length, is_duration=is_duration)
    yield "breakdown", _find_breakdown(quarters)


def _ask_again(blocks: Blocks, *, is_rate: bool) -> Iterator[tuple[str, float | str | None]]:
    """Synthetic difference in differences over the units that have a mean in every block.

    Of durations it is on the rate, measure starts per week at risk, which is known in every block
    in which somebody is at risk, and is told in weeks. Treated job centres are then one, of all
    their weeks (decision 0047).
    """
    treated, others = (
        _list_sums(blocks, group) for group in (blocks.is_treated, ~blocks.is_treated)
    )
    if is_rate:
        treated, others = treated.sum(1, keepdims=True)[::-1], others[::-1]
    others = others[:, (others[1] > 0).all(axis=1)]
    if not (treated[1] > 0).all():
        yield "synthetic_refusal", "a block of four weeks with nobody in it"
        return
    means = treated[0] / treated[1]
    opinion = fit_synthetic_did(means, others[0] / others[1], blocks.base + 1)
    if opinion is None:
        yield "synthetic_refusal", "too few blocks of four weeks, or job centres with all of them"
        return
    told = _tell_in_weeks(means[:, blocks.base + 1 :], opinion) if is_rate else opinion
    if told is None:
        yield (
            "synthetic_refusal",
            "no measure would have started without the programme, or none did",
        )
        return
    yield "synthetic_effect", told.effect
    # Placebo programmes of one job centre do not tell how much several vary.
    if not is_rate or blocks.is_treated.sum() == 1:
        yield "synthetic_std_error", told.std_error


def _list_sums(blocks: Blocks, group: BoolArray) -> FloatArray:
    """Numerators and denominators of some units: 2 × units × blocks."""
    return np.stack([blocks.numerator[group], blocks.denominator[group]])


def _tell_in_weeks(rates: FloatArray, opinion: Opinion) -> Opinion | None:
    """An effect on the mean of these rates in weeks, its error by the delta method."""
    rate = float(rates.mean())
    effect = find_weeks(1 / rate, opinion.effect) if rate > 0 else None
    if effect is None:
        return None
    without, error = rate - opinion.effect, opinion.std_error
    return Opinion(effect, None if error is None else error / without**2)


def _find_breakdown(blocks: Blocks) -> float | None:
    """Of the effect after the start, counted from the base; its error is that of the path."""
    path = blocks.trace()
    if not isinstance(path, Path):
        return None
    lags = slice(blocks.base + 1, None)
    weights = blocks.denominator[blocks.is_treated, lags].sum(axis=0)
    std_error = _estimate_error(blocks)
    if std_error is None or not weights.sum() > 0:
        return None
    leads = path.effects[: blocks.base]
    return find_breakdown(leads, path.effects[lags], weights / weights.sum(), std_error)


def _estimate_error(blocks: Blocks) -> float | None:
    """The standard error of the change from the base block to those after the start."""
    numerator, denominator, exposure = (
        np.stack([part[:, blocks.base], part[:, blocks.base + 1 :].sum(axis=1)], axis=-1)
        for part in (blocks.numerator, blocks.denominator, blocks.exposure)
    )
    units = tuple(map(str, range(len(blocks.is_treated))))
    panel = UnitPanel(units, numerator, denominator, exposure, exposure, blocks.is_treated)
    if blocks.is_treated.sum() > 1:
        error = float(assess_pooled(score_units(panel), CR3)[0])
    else:
        error = float(SCALES[PLACEBO_T](gather_placebos(panel))[0][0])
    return error if np.isfinite(error) else None
