"""The effect beside those of units and weeks for each unit by itself, from one set of equations.

The regression of `two_way` for one treated unit, for every unit in turn: week effects of the
comparison units are solved for once, and each treated unit adds its own weeks to them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.models.did.event_study import BoolArray
from pipeline.models.did.study_path import Blocks
from pipeline.models.inference import EXACT_T, UnitPanel, Verdicts
from pipeline.models.inference.one_unit import UNIT_METHODS, infer_units
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.ratios import divide
from pipeline.models.tally import FloatArray

# The exact t is about changes of means, which these effects are not.
_METHODS = tuple(method for method in UNIT_METHODS if method != EXACT_T)
# Of what weeks vary beside the unit itself: what is left beside the other weeks is rounding.
_ROUNDING = 1e-9


def assess_each_alone(
    weeks: Blocks, persons: FloatArray, *, is_rate: bool
) -> dict[str, tuple[float, Verdicts]]:
    """The effect of each treated unit, and what the comparison units' effects say about it.

    Args:
        weeks: the sums of each unit and week, before and during.
        persons: units × (before, during): distinct persons of each unit.
        is_rate: whether the denominator, weeks at risk, is the exposure, and not persons.

    Returns:
        By the treated units' names; nothing of one whose effect is unknown.
    """
    if not weeks.is_treated.any():
        return {}
    is_during = np.array(weeks.numbers) >= 0
    halves = (~is_during, is_during)
    numerator, denominator = (
        np.stack([part[:, half].sum(1) for half in halves], axis=-1)
        for part in (weeks.numerator, weeks.denominator)
    )
    exposure = denominator if is_rate else persons
    panel = UnitPanel(
        tuple(weeks.units), numerator, denominator, persons, exposure, weeks.is_treated
    )
    effects, placebo_effects = fit_each_alone(
        weeks.numerator, weeks.denominator, weeks.is_treated, is_during
    )
    placebos = replace(
        gather_placebos(panel),
        effects=effects,
        placebo_effects=placebo_effects,
        changes=placebo_effects,
    )
    by_method = {method: infer_units(placebos, method) for method in _METHODS}
    names = [unit for unit, is_in in zip(weeks.units, weeks.is_treated, strict=True) if is_in]
    return {
        name: (float(effect), {method: by_method[method][place] for method in _METHODS})
        for place, (name, effect) in enumerate(zip(names, effects, strict=True))
        if np.isfinite(effect)
    }


def fit_each_alone(
    numerator: FloatArray, denominator: FloatArray, is_treated: BoolArray, is_during: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """The effect of each treated unit, and of each comparison unit as a placebo.

    A treated unit stands against all comparison units, a comparison unit against the others.

    Args:
        numerator: units × weeks: of the mean.
        denominator: units × weeks: of the mean, and its weight; 0 where the unit has no rows.
        is_treated: of each unit.
        is_during: of each week.

    Returns:
        One number for each treated and each comparison unit, in their order; NaN where the effect
        cannot be told from those of units and weeks.
    """
    own_totals = denominator.sum(1, keepdims=True)
    outcome_moves = numerator - denominator * divide(numerator.sum(1, keepdims=True), own_totals)
    during = np.broadcast_to(is_during.astype(np.float64), denominator.shape)
    share_during = divide((denominator * during).sum(1, keepdims=True), own_totals)
    exposure = denominator * (during - share_during)
    exposure, moves = np.nan_to_num(exposure), np.nan_to_num(outcome_moves)
    # What a unit's own weeks say of the effect and of the outcome, week effects left aside.
    own = (
        (exposure * during).sum(1),
        (exposure * np.nan_to_num(divide(numerator, denominator))).sum(1),
    )

    def solve(members: BoolArray, asked: BoolArray) -> FloatArray:
        # The same in all weeks is no effect of a week: one direction is rounding.
        root = np.linalg.pinv(_gather_weeks(denominator[members]), _ROUNDING, hermitian=True)
        beside = exposure[asked] @ root
        spread = own[0][asked] - (beside * exposure[asked]).sum(1)
        spread = np.where(spread > _ROUNDING * own[0][asked], spread, np.nan)
        effects: FloatArray = (own[1][asked] - beside @ moves[members].sum(0)) / spread
        return effects

    comparison = ~is_treated
    places = [np.arange(is_treated.size) == place for place in np.flatnonzero(is_treated)]
    treated = [solve(comparison | place, place) for place in places]
    return np.concatenate([*treated, np.empty(0)]), solve(comparison, comparison)


def _gather_weeks(denominator: FloatArray) -> FloatArray:
    """The products of the weeks' indicators after each unit's mean is taken out of them."""
    totals = denominator.sum(1)
    known = denominator[totals > 0] / np.sqrt(totals[totals > 0, None])
    gram: FloatArray = np.diag(denominator.sum(0)) - known.T @ known
    return gram
