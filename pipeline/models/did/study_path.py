"""The effects of a study by time since its start, and its verdict on the time before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import product

import numpy as np
import polars as pl

from pipeline.models.comparison import Comparison
from pipeline.models.did.event_study import BoolArray
from pipeline.models.did.path import Path, trace_path
from pipeline.models.inference import Refusal
from pipeline.models.tally import FloatArray
from pipeline.spec import WEEKS_OF_BLOCK, Study

PATH_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "unit": pl.String,
    "by": pl.String,
    "block": pl.Int64,
    "first_week": pl.Date,
    "n_weeks": pl.Int64,
    "effect": pl.Float64,
    "std_error": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "band_low": pl.Float64,
    "band_high": pl.Float64,
}
PRE_TREND_SCHEMA: dict[str, type[pl.DataType]] = {
    "population": pl.String,
    "outcome": pl.String,
    "unit": pl.String,
    "by": pl.String,
    "n_blocks": pl.Int64,
    "p_value": pl.Float64,
    "detectable_bias": pl.Float64,
    "refusal": pl.String,
}


@dataclass(frozen=True)
class Blocks:
    """Sums by job centre and block of time; blocks ascend, the start lies between two of them.

    Attributes:
        units: the job centres that have any rows, in the order of their names.
        numbers: of the blocks, from the start, which is 0.
        first_weeks: of each block.
        n_weeks: of each block that have any rows.
        numerator: of the mean, job centres × blocks.
        denominator: of the mean, job centres × blocks.
        is_treated: of each job centre.
        is_duration: whether weeks at risk, the numerator, are the exposure, or the weeks below.
    """

    units: list[str]
    numbers: list[int]
    first_weeks: list[date]
    n_weeks: list[int]
    numerator: FloatArray
    denominator: FloatArray
    is_treated: BoolArray
    is_duration: bool = False

    @property
    def exposure(self) -> FloatArray:
        """What stands for persons, of which only proportions matter: weeks."""
        if self.is_duration:
            return np.maximum(self.numerator, self.denominator)
        return self.denominator

    @property
    def base(self) -> int:
        """The place of the last block before the start; -1 if there is none."""
        return sum(number < 0 for number in self.numbers) - 1

    def trace(self) -> Path | Refusal:
        """Effects by block, counted from the last one before the start."""
        if not 0 <= self.base < len(self.numbers) - 1:
            return Refusal("no weeks before the start, or none after")
        sums = self.numerator, self.denominator, self.exposure
        return trace_path(*sums, self.is_treated, self.base)


def trace_effects(
    study: Study, unit_weeks: pl.DataFrame, comparisons: Sequence[Comparison]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Effects by block of time, and the verdict on the time before, of every outcome and unit.

    Args:
        study: names the windows.
        unit_weeks: `population, outcome, jobcentre, week, numerator, denominator`, any order.
        comparisons: who is compared with whom.

    Returns:
        Rows of `PATH_SCHEMA`, one per block of four weeks (month) or thirteen (quarter) counted
        from the start, which is block 0, and rows of `PRE_TREND_SCHEMA`. A path that is refused
        has no rows in the first and the reason in the second.
    """
    start = study.periods.intervention.first_week
    blocks: list[dict[str, object]] = []
    verdicts: list[dict[str, object]] = []
    for (population, outcome), weeks in sorted(unit_weeks.group_by("population", "outcome")):
        for comparison, (by, length) in product(comparisons, WEEKS_OF_BLOCK.items()):
            key = {"population": population, "outcome": outcome, "unit": comparison.unit, "by": by}
            is_duration = study.outcomes[str(outcome)].is_duration
            cells = gather_blocks(weeks, comparison, start, length, is_duration=is_duration)
            path = cells.trace()
            verdicts.append(key | {"n_blocks": max(cells.base, 0)} | _state_verdict(path))
            if isinstance(path, Path):
                blocks += [key | row for row in _list_rows(path, cells)]
    verdicts = [dict.fromkeys(PRE_TREND_SCHEMA) | verdict for verdict in verdicts]
    paths = pl.DataFrame(blocks, schema=PATH_SCHEMA)
    return paths, pl.DataFrame(verdicts, schema=PRE_TREND_SCHEMA)


def gather_blocks(
    weeks: pl.DataFrame,
    comparison: Comparison,
    start: date,
    length: int,
    *,
    is_duration: bool = False,
) -> Blocks:
    """The sums of one outcome; every job centre has every block, empty ones with zeros.

    Args:
        weeks: `jobcentre, week, numerator, denominator` of one outcome and population.
        comparison: the job centres that are kept.
        start: first week of the intervention.
        length: of a block, in weeks.
        is_duration: whether the mean is of weeks at risk over starts.
    """
    units = sorted(comparison.treated | comparison.rest)
    block = (pl.col("week") - start).dt.total_days() // (7 * length)
    rows = weeks.filter(pl.col("jobcentre").is_in(units)).with_columns(block=block)
    sums = rows.group_by("jobcentre", "block").agg(pl.col("numerator", "denominator").sum())
    times = rows.group_by("block").agg(pl.col("week").min(), n_weeks=pl.col("week").n_unique())
    times, present = times.sort("block"), sums["jobcentre"].unique().sort()
    cells = present.to_frame().join(times.select("block"), how="cross")
    cells = cells.join(sums, on=["jobcentre", "block"], how="left").sort("jobcentre", "block")
    numerator, denominator = (
        cells[name].fill_null(0).cast(pl.Float64).to_numpy().reshape(len(present), len(times))
        for name in ("numerator", "denominator")
    )
    is_treated = present.is_in(sorted(comparison.treated)).to_numpy()
    numbers, first_weeks, n_weeks = (times[name].to_list() for name in times.columns)
    return Blocks(
        present.to_list(),
        numbers,
        first_weeks,
        n_weeks,
        numerator,
        denominator,
        is_treated,
        is_duration,
    )


def _list_rows(path: Path, blocks: Blocks) -> Iterator[dict[str, object]]:
    for place, number in enumerate(blocks.numbers):
        effect, spread = float(path.effects[place]), float(path.std_errors[place])
        own, band = float(path.margins[place]) * spread, path.band * spread
        yield {
            "block": number,
            "first_week": blocks.first_weeks[place],
            "n_weeks": blocks.n_weeks[place],
            "effect": effect,
            "std_error": spread,
            "ci_low": effect - own,
            "ci_high": effect + own,
            "band_low": effect - band,
            "band_high": effect + band,
        }


def _state_verdict(path: Path | Refusal) -> dict[str, object]:
    verdict = path if isinstance(path, Refusal) else path.pre_trend
    return {"refusal": verdict.reason} if isinstance(verdict, Refusal) else asdict(verdict)
