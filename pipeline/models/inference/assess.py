"""Every method that suits one treated unit, or several together, on one panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.models.inference.clustered import gather_units
from pipeline.models.inference.draws import (
    draw_programmes,
    randomize_pooled,
    standardise_programmes,
)
from pipeline.models.inference.joint import (
    adjust_holm,
    adjust_single_step,
    adjust_stepdown,
)
from pipeline.models.inference.levels import infer_at_level
from pipeline.models.inference.one_unit import UNIT_METHODS, infer_units, standardise
from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.placebos import Placebos, gather_placebos
from pipeline.models.inference.pooled import infer_pooled, score_units
from pipeline.models.inference.ranks import find_critical
from pipeline.models.inference.result import (
    CR2,
    CR3,
    JOBCENTRE_CLUSTER,
    PLACEBO_T,
    PLACEBO_T_JOINT,
    PLACEBO_T_LEVEL,
    RANDOMIZATION,
    RANDOMIZATION_T,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
    state_interval,
)
from pipeline.models.inference.scales import SCALES
from pipeline.models.inference.wild import bootstrap_wild

Verdicts = dict[str, Inference | Refusal]


def assess_each(panel: UnitPanel) -> dict[str, Verdicts]:
    """Each treated unit against the untreated ones, by every method for one unit.

    `placebo_t` carries the stepdown p-value over all treated units of the panel.
    `placebo_t_joint` is the same test for all of them at once: its interval is simultaneous, its
    p-value belongs to that interval, and its adjusted one is Holm's. `placebo_t_level` is there
    where the panel's law is known.

    Args:
        panel: without leading axes; its treated units are the family.
    """
    placebos = gather_placebos(panel)
    by_method = {method: infer_units(placebos, method) for method in UNIT_METHODS}
    if panel.law is not None:
        by_method[PLACEBO_T_LEVEL] = infer_at_level(panel, placebos, panel.law)
    by_method |= _look_jointly(panel, placebos, by_method[PLACEBO_T])
    treated = [unit for unit, is_in in zip(panel.units, panel.is_treated, strict=True) if is_in]
    return {
        unit: {method: verdicts[place] for method, verdicts in by_method.items()}
        for place, unit in enumerate(treated)
    }


def assess_together(panel: UnitPanel) -> Verdicts:
    """The treated units of a panel as one, by every method clustered on units and by ranks.

    Args:
        panel: without leading axes.
    """
    methods = (JOBCENTRE_CLUSTER, CR2, CR3)
    if not np.isfinite(panel.effect):
        unknown = Refusal("the effect is unknown")
        return dict.fromkeys((*methods, WILD_BOOTSTRAP, RANDOMIZATION, RANDOMIZATION_T), unknown)
    verdicts: Verdicts = {method: infer_pooled(panel, method) for method in methods}
    verdicts[WILD_BOOTSTRAP] = bootstrap_wild(gather_units(score_units(panel)))
    programmes = draw_programmes(panel)
    for method in (RANDOMIZATION, RANDOMIZATION_T):
        if isinstance(programmes, Refusal):
            verdicts[method] = programmes
        else:
            verdicts[method] = randomize_pooled(panel, programmes, method)
    return verdicts


def _look_jointly(
    panel: UnitPanel, placebos: Placebos, alone: list[Inference | Refusal]
) -> dict[str, list[Inference | Refusal]]:
    """`placebo_t` with adjusted p-values, and its simultaneous counterpart."""
    programmes = draw_programmes(panel)
    known = np.array([isinstance(verdict, Inference) for verdict in alone])
    if isinstance(programmes, Refusal) or not known.any():
        reason = programmes if isinstance(programmes, Refusal) else alone[0]
        return {PLACEBO_T: alone, PLACEBO_T_JOINT: [reason] * len(alone)}
    p_values = np.array([v.p_value for v in alone if isinstance(v, Inference)])
    statistics = standardise(placebos.effects, SCALES[PLACEBO_T](placebos)[0])[known]
    draws = standardise_programmes(panel, programmes)
    stepdown = iter(adjust_stepdown(statistics, draws, p_values).tolist())
    single = iter(adjust_single_step(statistics, draws, p_values).tolist())
    holm = iter(adjust_holm(p_values).tolist())
    critical = find_critical(draws.max(axis=1))
    joint: list[Inference | Refusal] = []
    adjusted: list[Inference | Refusal] = []
    for verdict, effect in zip(alone, placebos.effects, strict=True):
        if isinstance(verdict, Refusal):
            adjusted.append(verdict)
            joint.append(verdict)
        else:
            adjusted.append(replace(verdict, p_value_adjusted=next(stepdown)))
            margin = float(critical) * (verdict.std_error or np.inf)
            wide = state_interval(float(effect), verdict.std_error, margin, next(single))
            joint.append(replace(wide, p_value_adjusted=next(holm)))
    return {PLACEBO_T: adjusted, PLACEBO_T_JOINT: joint}
