"""The smallest effect that a design would find, known before any effect is looked at."""

from __future__ import annotations

import numpy as np
from scipy import stats

from pipeline.models.inference.levels import build_level_test
from pipeline.models.inference.one_unit import FEWEST_UNITS, standardise
from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.pooled import assess_pooled, score_units
from pipeline.models.inference.ranks import find_critical
from pipeline.models.inference.result import CONFIDENCE, CR3, PLACEBO_T, PLACEBO_T_LEVEL
from pipeline.models.inference.scales import SCALES
from pipeline.models.tally import FloatArray

POWER = 0.8


def find_detectable_each(panel: UnitPanel, method: str) -> dict[str, float | None]:
    """The minimum detectable effect of each treated unit by itself.

    An effect of this size, on top of what the comparison units do without a programme, is found at
    5 % with a probability of 80 %. The noise is the comparison units' own, with either sign, at the
    scale that the test gives to the unit; nothing is assumed normal.

    Args:
        panel: without leading axes.
        method: `placebo_t`, or `placebo_t_level`, which stands for a panel whose law is known: its
            scale is that under no effect, for the sizes that a design is made for.

    Returns:
        In the unit of the effect; None where the test finds no effect, whatever its size.
    """
    placebos = gather_placebos(panel)
    treated = [unit for unit, is_in in zip(panel.units, panel.is_treated, strict=True) if is_in]
    if int(placebos.n_comparison) < FEWEST_UNITS:
        return dict.fromkeys(treated)
    if method == PLACEBO_T_LEVEL and panel.law is not None:
        test = build_level_test(panel, placebos, panel.law)
        tested, noise = test.null_errors, test.statistics
    else:
        tested, comparison = SCALES[PLACEBO_T](placebos)
        noise = standardise(placebos.placebo_effects, comparison)
    noise = noise[np.isfinite(noise)]
    if not noise.size:
        return dict.fromkeys(treated)
    needed = find_critical(noise) - _exceeded(np.concatenate([noise, -noise]))
    detectable = np.asarray(needed * tested)
    return {
        unit: float(size) if np.isfinite(size) else None
        for unit, size in zip(treated, detectable, strict=True)
    }


def find_detectable_together(panel: UnitPanel) -> float | None:
    """The minimum detectable effect of the treated units together, with `cr3`, at 5 % and 80 %.

    Returns:
        In the unit of the effect; None where `cr3` is not identified.
    """
    scores = score_units(panel)
    if scores.n_treated <= 1 or not scores.is_identified:
        return None
    std_error, degrees = (float(part) for part in assess_pooled(scores, CR3))
    student = stats.t(degrees)
    size = float(student.ppf((1 + CONFIDENCE) / 2) + student.ppf(POWER)) * std_error
    return size if np.isfinite(size) else None


def _exceeded(noise: FloatArray) -> float:
    """The largest value that a share `POWER` of the noise reaches."""
    place = int(np.ceil(POWER * noise.size)) - 1
    return float(np.sort(noise)[::-1][place])
