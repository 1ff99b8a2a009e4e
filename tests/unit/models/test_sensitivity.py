"""Breakdown values by hand and against a program of others."""

import numpy as np
import pytest

from pipeline.models.inference import UnitPanel
from pipeline.models.sensitivity import find_breakdown, leave_one_out_each, leave_one_out_together

Z = 1.959963984540054


def test_one_period_on_each_side_by_hand():
    # The trend changed by 0.1 before; an effect of 1 survives ten times that.
    found = find_breakdown(np.array([0.1]), np.array([1.0]), np.array([1.0]), 0.0)
    assert found == pytest.approx(10)


def test_sampling_error_and_later_periods_lower_it():
    found = find_breakdown(np.array([0.1]), np.array([1.0, 1.0]), np.array([0.5, 0.5]), 0.2)
    assert found == pytest.approx((1 - Z * 0.2) / (0.1 * 1.5))


def test_the_last_step_to_the_base_counts():
    found = find_breakdown(np.array([0.1, 0.4]), np.array([1.0]), np.array([1.0]), 0.0)
    assert found == pytest.approx(1 / 0.4)


def test_an_effect_that_is_not_significant_survives_nothing():
    assert find_breakdown(np.array([0.1]), np.array([0.1]), np.array([1.0]), 1.0) == 0


def test_without_a_change_before_there_is_nothing_to_count_in():
    assert find_breakdown(np.array([]), np.array([1.0]), np.array([1.0]), 0.1) is None
    assert find_breakdown(np.array([0.0]), np.array([1.0]), np.array([1.0]), 0.1) is None


@pytest.mark.filterwarnings("ignore")
def test_zero_is_at_the_end_of_the_interval_of_diff_diff():
    from diff_diff import HonestDiD
    from diff_diff.results import MultiPeriodDiDResults, PeriodEffect

    leads, lags = np.array([0.2, -0.1, 0.05]), np.array([-0.8, -1.1, -0.9, -1.4])
    covariance = np.diag([0.04, 0.03, 0.02, 0.05, 0.06, 0.05, 0.07])
    covariance[3:, 3:] += 0.01
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    names = [-4, -3, -2, 0, 1, 2, 3]
    effects = {
        name: PeriodEffect(name, value, covariance[i, i] ** 0.5, 0.0, 1.0, (0.0, 0.0))
        for i, (name, value) in enumerate(zip(names, [*leads, *lags], strict=True))
    }
    results = MultiPeriodDiDResults(
        period_effects=effects, avg_att=0.0, avg_se=1.0, avg_t_stat=0.0, avg_p_value=1.0,
        avg_conf_int=(0.0, 0.0), n_obs=1, n_treated=1, n_control=1,
        pre_periods=names[:3], post_periods=names[3:], vcov=covariance,
        interaction_indices={name: i for i, name in enumerate(names)},
    )  # fmt: skip
    std_error = float(np.sqrt(weights @ covariance[3:, 3:] @ weights))
    bound = find_breakdown(leads, lags, weights, std_error)
    honest = HonestDiD(method="relative_magnitude", l_vec=weights).fit(results, M=bound)
    assert bound > 0
    assert honest.ci_ub == pytest.approx(0, abs=1e-6)


def draw_panel(is_treated: list[bool]) -> UnitPanel:
    chance = np.random.default_rng(3)
    sizes = chance.integers(5, 90, (len(is_treated), 2)).astype(float)
    sums = np.floor(sizes * chance.uniform(0.1, 0.4, sizes.shape))
    names = tuple("abcdefgh"[: len(is_treated)])
    return UnitPanel(names, sums, sizes, sizes, sizes, np.array(is_treated))


def test_the_range_is_that_of_the_effects_without_each_comparison_unit():
    panel = draw_panel([True, False, False, True, False])
    effects = []
    for left_out in (1, 2, 4):
        kept = [unit for unit in (1, 2, 4) if unit != left_out]
        rest = panel.numerator[kept].sum(0) / panel.denominator[kept].sum(0)
        own = panel.numerator[3] / panel.denominator[3]
        effects.append((own[1] - own[0]) - (rest[1] - rest[0]))
    assert leave_one_out_each(panel)["d"] == pytest.approx((min(effects), max(effects)))


def test_one_comparison_unit_cannot_be_left_out():
    assert leave_one_out_each(draw_panel([True, False])) == {"a": None}
    assert leave_one_out_together(draw_panel([True, False])) is None


def test_the_pooled_effect_lies_in_its_range():
    panel = draw_panel([True, False, False, True, False])
    low, high = leave_one_out_together(panel)
    assert low < float(panel.effect) < high
