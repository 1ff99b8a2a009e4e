"""The planted figures of all job centres as arrays: the named ones and the pattern's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.calibration import (
    Calibration,
    Pattern,
    PlantedShare,
    PlantedWeeks,
    Unit,
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
class Targets:
    """What each job centre is to have; the last axis of (units, 2) is before, during.

    Attributes:
        units: names of the job centres.
        weeks: expected weeks between measures.
        measure: share of the benefit weeks in a measure.
        share: share of the benefit weeks with internship or ordinary hours.
        phases: that share in the planted phases; NaN where a unit plants none.
        share_shift: how far the spread moves each unit's shares; 0 for the named ones.
        unnamed: units of the pattern, which are moved together to meet its pooled figures.
        weights: citizens per inhabitant, relative to the country's.
    """

    units: tuple[str, ...]
    weeks: Floats
    measure: Floats
    share: Floats
    phases: dict[str, Floats]
    share_shift: Floats
    unnamed: Bools
    weights: Floats


def hours_share(calibration: Calibration) -> float:
    """Share of all person-weeks with ordinary hours."""
    return calibration.process.hours_ever * calibration.process.hours_month


def make_targets(calibration: Calibration, units: tuple[str, ...]) -> Targets:
    """The planted figures of `units`, in that order."""
    pattern = calibration.rest_of_country
    planted = [
        calibration.units.get(name) or _vary(pattern, position)
        for position, name in enumerate(units)
    ]
    unnamed = np.array([name not in calibration.units for name in units])
    share = np.array([[unit.share.before, unit.share.during] for unit in planted])
    hours = hours_share(calibration)
    internship = (share - hours) / (1.0 - hours)
    named_measure = calibration.measure_share.named_units
    rest_measure = calibration.measure_share.rest_of_country
    measure = np.where(
        unnamed[:, None],
        [rest_measure.before, rest_measure.during],
        [named_measure.before, named_measure.during],
    )
    names = sorted({phase for unit in planted for phase in unit.share.phases})
    return Targets(
        units=units,
        weeks=np.array([[unit.weeks.before, unit.weeks.during] for unit in planted]),
        measure=np.minimum(np.maximum(measure, internship / _MOST_INTERNSHIPS), _MOST_MEASURES),
        share=share,
        phases={
            phase: np.array([unit.share.phases.get(phase, np.nan) for unit in planted])
            for phase in names
        },
        share_shift=share[:, 0] - np.where(unnamed, pattern.share.before, share[:, 0]),
        unnamed=unnamed,
        weights=np.array([unit.weight for unit in planted]),
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
    )


def _even(position: float) -> float:
    """A point of the even distribution with mean 0 and standard deviation 1."""
    return float(3**0.5 * (2.0 * (position % 1.0) - 1.0))
