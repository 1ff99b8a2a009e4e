"""Every method that suits one treated unit, or several together, on one panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipeline.models.inference.clustered import gather_units
from pipeline.models.inference.draws import (
    Programmes,
    Standardise,
    draw_programmes,
    randomize_pooled,
    standardise_programmes,
)
from pipeline.models.inference.joint import (
    adjust_holm,
    adjust_single_step,
    adjust_stepdown,
)
from pipeline.models.inference.levels import build_level_test
from pipeline.models.inference.one_unit import UNIT_METHODS, infer_units, standardise
from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.placebos import Placebos, gather_placebos
from pipeline.models.inference.pooled import infer_pooled, score_units
from pipeline.models.inference.ranks import find_critical
from pipeline.models.inference.result import (
    CR2,
    CR3,
    JOBCENTRE_CLUSTER,
    JOINT_METHODS,
    PLACEBO_T,
    PLACEBO_T_LEVEL,
    RANDOMIZATION,
    RANDOMIZATION_T,
    WILD_BOOTSTRAP,
    Ends,
    Inference,
    Refusal,
    find_ends,
)
from pipeline.models.inference.scales import SCALES
from pipeline.models.inference.wild import bootstrap_wild
from pipeline.models.tally import FloatArray, IntArray

Verdicts = dict[str, Inference | Refusal]


def assess_each(panel: UnitPanel) -> dict[str, Verdicts]:
    """Each treated unit against the untreated ones, by every method for one unit.

    `placebo_t` carries the stepdown p-value over all treated units of the panel.
    `placebo_t_joint` is the same test for all of them at once: its interval is simultaneous, its
    p-value belongs to that interval, and its adjusted one is Holm's. `placebo_t_level` and its
    joint counterpart are there where the panel's law is known.

    Args:
        panel: without leading axes; its treated units are the family.
    """
    placebos = gather_placebos(panel)
    programmes = draw_programmes(panel)
    by_method = {method: infer_units(placebos, method) for method in UNIT_METHODS}
    alone = {PLACEBO_T: _look_alone(placebos, by_method[PLACEBO_T])}
    if panel.law is not None:
        test = build_level_test(panel, placebos, panel.law)
        alone[PLACEBO_T_LEVEL] = _Alone(
            test.infer(), test.own_statistics, test.standardise_drawn, test.critical, test.bound
        )
    for method, look in alone.items():
        joint = _look_jointly(look, programmes)
        by_method |= dict(zip((method, JOINT_METHODS[method]), joint, strict=True))
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


@dataclass(frozen=True)
class _Alone:
    """What one method says of each treated unit by itself.

    Attributes:
        verdicts: one for each unit.
        statistics: of each unit, were there no effect.
        standardise_drawn: gives those of drawn comparison units.
        critical: value above which a statistic is significant.
        bound: the ends of all intervals at a critical value.
    """

    verdicts: list[Inference | Refusal]
    statistics: FloatArray
    standardise_drawn: Standardise
    critical: float
    bound: Callable[[float], list[Ends]]


def _look_alone(placebos: Placebos, verdicts: list[Inference | Refusal]) -> _Alone:
    tested, comparison = SCALES[PLACEBO_T](placebos)

    def standardise_drawn(members: IntArray, shift: FloatArray) -> FloatArray:
        return standardise(placebos.changes[members] - shift, comparison[members])

    def bound(critical: float) -> list[Ends]:
        margins = zip(placebos.effects, critical * tested, strict=True)
        return [find_ends(float(effect), float(margin)) for effect, margin in margins]

    critical = float(find_critical(standardise(placebos.placebo_effects, comparison)))
    statistics = standardise(placebos.effects, tested)
    return _Alone(verdicts, statistics, standardise_drawn, critical, bound)


def _look_jointly(
    alone: _Alone, programmes: Programmes | Refusal
) -> tuple[list[Inference | Refusal], list[Inference | Refusal]]:
    """A method's verdicts with adjusted p-values, and its simultaneous counterpart."""
    verdicts = alone.verdicts
    known = np.array([isinstance(verdict, Inference) for verdict in verdicts])
    if isinstance(programmes, Refusal) or not known.any():
        reason = programmes if isinstance(programmes, Refusal) else verdicts[0]
        return verdicts, [reason] * len(verdicts)
    p_values = np.array([v.p_value for v in verdicts if isinstance(v, Inference)])
    statistics = alone.statistics[known]
    draws = standardise_programmes(programmes, alone.standardise_drawn)
    stepdown = iter(adjust_stepdown(statistics, draws, p_values).tolist())
    single = iter(adjust_single_step(statistics, draws, p_values).tolist())
    holm = iter(adjust_holm(p_values).tolist())
    # What one unit by itself cannot rule out, several at once cannot either.
    all_ends = alone.bound(max(alone.critical, float(find_critical(draws.max(axis=1)))))
    joint: list[Inference | Refusal] = []
    adjusted: list[Inference | Refusal] = []
    for verdict, ends in zip(verdicts, all_ends, strict=True):
        if isinstance(verdict, Refusal):
            adjusted.append(verdict)
            joint.append(verdict)
        else:
            adjusted.append(replace(verdict, p_value_adjusted=next(stepdown)))
            joint.append(Inference(verdict.std_error, *ends, next(single), next(holm)))
    return adjusted, joint
