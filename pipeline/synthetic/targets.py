"""The planted figures of all job centres as arrays: the named ones and the pattern's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.calibration import Calibration, Pattern, Unit
from pipeline.synthetic.quantities import (
    WIDEST_SPREAD,
    PlantedShare,
    PlantedWeeks,
    Quantity,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Above this share of internships among the measure weeks a unit gets more measures instead.
_MOST_INTERNSHIPS = 0.7
_MOST_MEASURES = 0.9
# Irrational steps spread the job centres evenly, and the same in every delivery.
_WEEKS_STEP = (5**0.5 - 1) / 2
_SHARE_STEP = 2**0.5 - 1


@dataclass(frozen=True)
class Aim:
    """A quantity that is to have its planted mean in each window.

    Attributes:
        levels: before and during, shape (units, 2); NaN where it is not planted.
        phases: in the planted phases; NaN where a unit plants none.
    """

    levels: Floats
    phases: dict[str, Floats]


@dataclass(frozen=True)
class Targets:
    """What each job centre is to have; the last axis of (units, 2) is before, during.

    Attributes:
        units: names of the job centres.
        weeks: expected weeks between measures.
        measure: share of the benefit weeks in a measure.
        share: share of the benefit weeks with internship or ordinary hours.
        phases: that share in the planted phases; NaN where a unit plants none.
        with_hours: share of the benefit weeks with ordinary hours.
        hours: mean ordinary hours a week.
        share_shift: how far the spread moves each unit's shares; 0 for the named ones.
        unnamed: units of the pattern, which are moved together to meet its pooled figures.
        weights: citizens per inhabitant, relative to the country's.
    """

    units: tuple[str, ...]
    weeks: Floats
    measure: Floats
    share: Floats
    phases: dict[str, Floats]
    with_hours: Aim
    hours: Aim
    share_shift: Floats
    unnamed: Bools
    weights: Floats


def hours_share(calibration: Calibration) -> float:
    """Share of all person-weeks with ordinary hours, where none is planted."""
    return calibration.process.hours_ever * calibration.process.hours_month


def make_targets(calibration: Calibration, units: tuple[str, ...]) -> Targets:
    """The planted figures of `units`, in that order."""
    pattern = calibration.rest_of_country
    planted = [
        calibration.units.get(name) or _vary(pattern, position)
        for position, name in enumerate(units)
    ]
    unnamed = np.array([name not in calibration.units for name in units])
    share = _aim([unit.share for unit in planted])
    with_hours = _aim([unit.with_hours for unit in planted])
    usual = np.where(np.isnan(with_hours.levels), hours_share(calibration), with_hours.levels)
    internship = (share.levels - usual) / (1.0 - usual)
    named_measure = calibration.measure_share.named_units
    rest_measure = calibration.measure_share.rest_of_country
    measure = np.where(
        unnamed[:, None],
        [rest_measure.before, rest_measure.during],
        [named_measure.before, named_measure.during],
    )
    return Targets(
        units=units,
        weeks=np.array([[unit.weeks.before, unit.weeks.during] for unit in planted]),
        measure=np.minimum(np.maximum(measure, internship / _MOST_INTERNSHIPS), _MOST_MEASURES),
        share=share.levels,
        phases=share.phases,
        with_hours=with_hours,
        hours=_aim([unit.hours for unit in planted]),
        share_shift=np.where(unnamed, share.levels[:, 0] - pattern.share.before, 0.0),
        unnamed=unnamed,
        weights=np.array([unit.weight for unit in planted]),
    )


def _aim(planted: Sequence[Quantity | None]) -> Aim:
    """What each job centre is to have of a quantity."""
    names = sorted({phase for own in planted if own is not None for phase in own.phases})
    return Aim(
        levels=np.array(
            [[np.nan] * 2 if own is None else [own.before, own.during] for own in planted]
        ),
        phases={
            phase: np.array(
                [np.nan if own is None else own.phases.get(phase, np.nan) for own in planted]
            )
            for phase in names
        },
    )


def _vary(pattern: Pattern, position: int) -> Unit:
    """The pattern as one job centre has it: longer or shorter, higher or lower in all windows."""
    factor = 1.0 + pattern.weeks_spread * _even(position * _WEEKS_STEP)
    shift = pattern.share_spread * _even(position * _SHARE_STEP)
    share = pattern.share
    return Unit(
        weeks=PlantedWeeks(
            before=pattern.weeks.before * factor, during=pattern.weeks.during * factor
        ),
        share=PlantedShare(
            before=share.before + shift,
            during=share.during + shift,
            phases={phase: value + shift for phase, value in share.phases.items()},
        ),
        hours=pattern.hours,
        with_hours=pattern.with_hours,
    )


def _even(position: float) -> float:
    """A point of the even distribution with mean 0 and standard deviation 1."""
    return float(WIDEST_SPREAD * (2.0 * (position % 1.0) - 1.0))
