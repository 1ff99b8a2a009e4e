"""Effects by block of time with their bands, for several treated units or for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.models.did.event_study import (
    BoolArray,
    EventStudy,
    check_pre_trend,
    find_drift,
    fit_event_study,
)
from pipeline.models.inference import PLACEBO_T, Refusal, UnitPanel
from pipeline.models.inference.one_unit import standardise
from pipeline.models.inference.placebos import Placebos, gather_placebos
from pipeline.models.inference.pooled import NO_VARIATION
from pipeline.models.inference.ranks import find_critical, rank_statistics
from pipeline.models.inference.scales import SCALES
from pipeline.models.tally import FloatArray

# With fewer no rank reaches 5 %.
_FEWEST_PLACEBOS = 19
_POWER = 0.8
_FINE = 1e-3
_DOUBLINGS = 30


@dataclass(frozen=True)
class PreTrendVerdict:
    """What the time before the start says about parallel trends.

    Attributes:
        p_value: of all effects before the base being 0.
        detectable_bias: the bias of the effect by a straight trend that would be found with a
            probability of 80 %; None where none however large is.
    """

    p_value: float
    detectable_bias: float | None


@dataclass(frozen=True)
class Path:
    """Effects by block of time, counted from the base block.

    Attributes:
        effects: in the unit of the outcome; 0 in the base.
        std_errors: 0 in the base.
        margins: standard errors to either side that make a block's own 95 % interval.
        band: standard errors to either side that hold the whole path with 95 % probability.
        pre_trend: of the blocks before the base.
    """

    effects: FloatArray
    std_errors: FloatArray
    margins: FloatArray
    band: float
    pre_trend: PreTrendVerdict | Refusal


def trace_path(
    numerator: FloatArray,
    denominator: FloatArray,
    exposure: FloatArray,
    is_treated: BoolArray,
    base: int,
) -> Path | Refusal:
    """Effects by block: clustered on units where several are treated, among placebos where one is.

    Args:
        numerator: units × blocks: of the mean.
        denominator: units × blocks: of the mean.
        exposure: units × blocks: what the sampling variance of a unit's mean is inverse to.
        is_treated: of each unit.
        base: the place of the last block before the start.
    """
    if is_treated.sum() == 1:
        return _trace_alone((numerator, denominator, exposure), is_treated, base)
    study = fit_event_study(numerator, denominator, is_treated, base)
    if isinstance(study, Refusal):
        return study
    if not study.std_errors.any():
        return Refusal(NO_VARIATION)
    margins = np.full(study.effects.size, study.margin)
    verdict = _judge_together(study)
    return Path(study.effects, study.std_errors, margins, study.simultaneous_margin(), verdict)


def _judge_together(study: EventStudy) -> PreTrendVerdict | Refusal:
    found = check_pre_trend(study)
    if isinstance(found, Refusal):
        return found
    return PreTrendVerdict(found.p_value, found.detectable_bias(_POWER))


def _trace_alone(parts: tuple[FloatArray, ...], is_treated: BoolArray, base: int) -> Path | Refusal:
    """The unit's path among those of the units it is compared with, each a `placebo_t` by block."""
    n_blocks = parts[0].shape[1]
    others = np.delete(np.arange(n_blocks), base)
    sums, sizes, exposure = (
        np.stack([np.broadcast_to(each[:, base], each[:, others].T.shape), each[:, others].T], -1)
        for each in parts
    )
    units = tuple(map(str, range(len(is_treated))))
    placebos = gather_placebos(UnitPanel(units, sums, sizes, exposure, exposure, is_treated))
    scale, placebo_scales = SCALES[PLACEBO_T](placebos)
    drawn = standardise(placebos.placebo_effects, placebo_scales)
    known = np.asarray(np.isfinite(drawn).all(axis=0))
    if known.sum() < _FEWEST_PLACEBOS or not np.isfinite(scale).all():
        what = f"{int(known.sum())} comparison units with every block of time"
        return Refusal(f"{what}; at least {_FEWEST_PLACEBOS} are needed")
    effects, scales, margins = (np.zeros(n_blocks) for _ in range(3))
    effects[others], scales[others] = placebos.effects[:, 0], scale[:, 0]
    margins[others] = find_critical(drawn[:, known])
    band = float(find_critical(drawn[:, known].max(axis=0)))
    verdict = _judge_alone(placebos, base, known, n_blocks)
    return Path(effects, scales, margins, band, verdict)


def _judge_alone(
    placebos: Placebos, base: int, known: BoolArray, n_blocks: int
) -> PreTrendVerdict | Refusal:
    """The unit's furthest effect before the base among those of the comparison units."""
    if base == 0:
        return Refusal("one block of time before the start: no trend can be seen")
    scale, placebo_scales = (part[:base] for part in SCALES[PLACEBO_T](placebos))
    signed = (placebos.placebo_effects[:base] / placebo_scales)[:, known]
    furthest = np.abs(signed).max(axis=0)
    own = float(np.max(np.abs(placebos.effects[:base]) / scale))
    p_value = float(rank_statistics(np.array([own]), furthest)[0])
    critical = float(find_critical(furthest))
    steps = (np.arange(base) - base)[:, None] / scale

    def finds(slope: float) -> bool:
        return bool((np.abs(signed + slope * steps).max(axis=0) >= critical).mean() >= _POWER)

    slope = _find_least(finds, 1 / float(np.abs(steps).max()))
    drift = find_drift(base, n_blocks)
    return PreTrendVerdict(p_value, None if slope is None else slope * drift)


def _find_least(finds: Callable[[float], bool], start: float) -> float | None:
    """The least slope that is found, to a thousandth of itself; None if none is."""
    low, high = 0.0, start
    for _ in range(_DOUBLINGS):
        if finds(high):
            break
        low, high = high, 2 * high
    else:
        return None
    while high - low > _FINE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high
