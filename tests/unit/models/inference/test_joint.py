from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from pipeline.models.inference import (
    JOINT_METHODS,
    PLACEBO_T,
    PLACEBO_T_JOINT,
    RANDOMIZATION,
    RANDOMIZATION_T,
    SHARES,
    Inference,
    Refusal,
    UnitPanel,
    assess_each,
    assess_together,
)
from pipeline.models.inference.draws import Programmes, draw_programmes, standardise_programmes
from pipeline.models.inference.joint import adjust_holm, adjust_stepdown
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.scales import SCALES
from pipeline.models.tally import FloatArray, IntArray


def test_stepdown_by_hand() -> None:
    draws = np.array([[3.0, 0.5], [1.0, 2.5], [0.5, 0.4], [1.5, 1.0]])
    statistics, p_values = np.array([1.2, 2.0]), np.array([0.5, 0.1])

    # Maxima 3, 2.5, .5, 1.5: two reach 2.0, (1 + 2) / 5. Of the first column two reach 1.2.
    assert adjust_stepdown(statistics, draws, p_values).tolist() == [0.6, 0.6]


def test_stepdown_never_falls_below_the_larger_statistic_or_the_own_p_value() -> None:
    draws = np.zeros((99, 3))
    adjusted = adjust_stepdown(np.array([1.0, 3.0, 2.0]), draws, np.array([0.3, 0.02, 0.01]))

    assert adjusted.tolist() == [0.3, 0.02, 0.02]


def test_holm_is_the_packages() -> None:
    p_values = np.array([0.04, 0.001, 0.3, 0.02, 0.02])

    assert adjust_holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_programmes_are_all_there_are_or_drawn_without_repetition(
    draw_panel: Callable[..., UnitPanel],
) -> None:
    few, many = draw_programmes(draw_panel(8, 2)), draw_programmes(draw_panel(40, 6))
    assert isinstance(few, Programmes)
    assert isinstance(many, Programmes)

    assert few.members.shape == (15, 2)
    assert len({frozenset(row) for row in few.members.tolist()}) == 15
    assert many.members.shape == (1999, 6)
    assert all(len(set(row)) == 6 for row in many.members.tolist())
    # Each of the 34 is drawn about 6/34 of the times, in every column.
    assert np.bincount(many.members[:, 0]) == pytest.approx(np.full(34, 1999 / 34), abs=40)


def test_a_programme_needs_somebody_to_compare_with(draw_panel: Callable[..., UnitPanel]) -> None:
    panel = draw_panel(8, 4)

    verdict = draw_programmes(panel)
    assert isinstance(verdict, Refusal)
    assert "4 comparison units" in verdict.reason
    assert assess_each(panel)["u00"][PLACEBO_T_JOINT] == verdict
    assert assess_together(panel)[RANDOMIZATION] == verdict


def test_the_pooled_rank_is_that_among_all_programmes(draw_panel: Callable[..., UnitPanel]) -> None:
    panel = draw_panel(9, 2)
    programmes = draw_programmes(panel)
    assert isinstance(programmes, Programmes)
    others = np.flatnonzero(~panel.is_treated)
    effects = []
    for members in programmes.members:
        drawn = np.isin(np.arange(9), others[members])
        rest = ~panel.is_treated & ~drawn
        change = [
            np.diff(panel.numerator[group].sum(0) / panel.denominator[group].sum(0))[0]
            for group in (drawn, rest)
        ]
        effects.append(abs(change[0] - change[1]))

    found = assess_together(panel)[RANDOMIZATION]

    assert isinstance(found, Inference)
    above = sum(effect >= abs(float(panel.effect)) for effect in effects)
    assert found.p_value == (1 + above) / 22


@pytest.mark.parametrize("method", [RANDOMIZATION, RANDOMIZATION_T])
def test_the_interval_of_the_ranks_ends_where_they_reject(panel: UnitPanel, method: str) -> None:
    found = assess_together(panel)[method]
    assert isinstance(found, Inference)
    assert found.ci_low is not None

    for null, is_rejected in ((found.ci_low - 1e-6, True), (found.ci_low + 1e-6, False)):
        numerator, treated = panel.numerator.copy(), panel.is_treated
        numerator[treated, 1] -= null * panel.denominator[treated, 1]
        moved = assess_together(replace(panel, numerator=numerator))[method]
        assert isinstance(moved, Inference)
        assert (moved.p_value <= 0.05) is is_rejected


def draw_statistics(panel: UnitPanel, programmes: Programmes) -> FloatArray:
    """Of `placebo_t`, for every drawn unit."""
    placebos = gather_placebos(panel)
    scale = SCALES[PLACEBO_T](placebos)[1]

    def standardise(members: IntArray, shift: FloatArray) -> FloatArray:
        statistics: FloatArray = np.abs(placebos.changes[members] - shift) / scale[members]
        return statistics

    return standardise_programmes(programmes, standardise)


def test_a_drawn_unit_stands_against_those_outside_its_programme(panel: UnitPanel) -> None:
    programmes = draw_programmes(panel)
    assert isinstance(programmes, Programmes)
    scale = SCALES[PLACEBO_T](gather_placebos(panel))[1]
    members = programmes.members[17]
    others = np.flatnonzero(~panel.is_treated)
    rest = np.setdiff1d(others, others[members])
    pooled = np.diff(panel.numerator[rest].sum(0) / panel.denominator[rest].sum(0))[0]
    wanted = np.abs(panel.changes[others[members]] - pooled) / scale[members]

    assert draw_statistics(panel, programmes)[17] == pytest.approx(wanted, rel=1e-12)


def test_the_simultaneous_margin_is_the_twentieth_of_the_largest_of_each_programme(
    panel: UnitPanel,
) -> None:
    programmes = draw_programmes(panel)
    assert isinstance(programmes, Programmes)
    largest = sorted(draw_statistics(panel, programmes).max(axis=1), reverse=True)
    # Of 1,999 and itself, 5 % are a hundred.
    critical = largest[99]
    for unit in assess_each(panel).values():
        joint = unit[PLACEBO_T_JOINT]
        assert isinstance(joint, Inference)
        assert joint.std_error is not None
        assert joint.ci_low is not None
        assert joint.ci_high is not None
        width = joint.ci_high - joint.ci_low
        assert width == pytest.approx(2 * critical * joint.std_error, rel=1e-9)


def test_the_simultaneous_interval_is_wider_and_its_p_value_belongs_to_it(
    panel: UnitPanel,
) -> None:
    numerator = panel.numerator.copy()
    numerator[0, 1] += 0.2 * panel.denominator[0, 1]
    verdicts = assess_each(replace(panel, numerator=numerator))

    for unit in panel.units[:6]:
        alone, joint = verdicts[unit][PLACEBO_T], verdicts[unit][PLACEBO_T_JOINT]
        assert isinstance(alone, Inference)
        assert isinstance(joint, Inference)
        assert joint.ci_low is not None
        assert joint.ci_high is not None
        assert joint.ci_low < (alone.ci_low or 0.0)
        assert (joint.p_value <= 0.05) is (joint.ci_low > 0 or joint.ci_high < 0)
        assert alone.p_value <= (alone.p_value_adjusted or 0.0) <= joint.p_value
    assert verdicts["u00"][PLACEBO_T].p_value_adjusted == pytest.approx(0.04, abs=0.02)


def test_what_one_unit_cannot_rule_out_several_at_once_cannot_either(
    draw_panel: Callable[..., UnitPanel],
) -> None:
    """Of 15 comparison units no rank is below 1 in 16, however many programmes they make."""
    panel = replace(draw_panel(20, 5), law=SHARES)
    for verdicts in assess_each(panel).values():
        for alone, together in JOINT_METHODS.items():
            for verdict in (verdicts[alone], verdicts[together]):
                assert isinstance(verdict, Inference)
                assert (verdict.ci_low, verdict.ci_high) == (None, None)


def test_one_unit_alone_needs_no_adjustment(draw_panel: Callable[..., UnitPanel]) -> None:
    verdict = assess_each(draw_panel(30, 1))["u00"][PLACEBO_T]

    assert isinstance(verdict, Inference)
    assert verdict.p_value_adjusted == pytest.approx(verdict.p_value, rel=1e-12)
