from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import nnls

from pipeline.models.inference import (
    CONLEY_TABER,
    EXACT_T,
    FERMAN_PINTO,
    PLACEBO_T,
    RANDOMIZATION,
    RANDOMIZATION_T,
    Inference,
    Refusal,
    UnitPanel,
    assess_each,
)
from pipeline.models.inference.one_unit import UNIT_METHODS
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.ranks import rank_statistics
from pipeline.models.tally import FloatArray


def infer(panel: UnitPanel, method: str, unit: str | None = None) -> Inference:
    verdict = assess_each(panel)[unit or panel.units[0]][method]
    assert isinstance(verdict, Inference)
    return verdict


def move(panel: UnitPanel, by: float) -> UnitPanel:
    """The panel with the first unit's mean during moved."""
    numerator = panel.numerator.copy()
    numerator[0, 1] += by * panel.denominator[0, 1]
    return replace(panel, numerator=numerator)


def test_each_placebo_is_compared_without_itself(small_panel: UnitPanel) -> None:
    placebos = gather_placebos(small_panel)

    # Changes 1, -1, 2, 0 of the comparison: mean 0.5 for the treated unit.
    assert placebos.effects.tolist() == [3.5]
    assert placebos.placebo_effects == pytest.approx([1 - 1 / 3, -1 - 3 / 3, 2 - 0 / 3, 0 - 2 / 3])


@pytest.mark.parametrize("method", [CONLEY_TABER, RANDOMIZATION, FERMAN_PINTO, PLACEBO_T])
def test_the_p_value_of_equal_units_is_the_rank(small_panel: UnitPanel, method: str) -> None:
    assert infer(small_panel, method).p_value == 1 / 5
    # An effect of 0.5, below all four placebos.
    assert infer(move(small_panel, -3), method).p_value == 1.0


def test_with_few_units_no_rank_is_rare_and_the_interval_has_no_end(
    small_panel: UnitPanel,
) -> None:
    inference = infer(small_panel, PLACEBO_T)

    assert (inference.ci_low, inference.ci_high) == (None, None)
    assert inference.std_error is not None


@pytest.mark.parametrize("n_units", [2, 3])
def test_two_comparison_units_are_too_few(
    draw_panel: Callable[..., UnitPanel], n_units: int
) -> None:
    verdicts = assess_each(draw_panel(n_units, 1))["u00"]

    for method in UNIT_METHODS:
        verdict = verdicts[method]
        assert isinstance(verdict, Refusal)
        assert f"{n_units - 1} comparison units" in verdict.reason


@pytest.mark.parametrize("method", UNIT_METHODS)
def test_the_interval_ends_where_the_test_begins_to_reject(panel: UnitPanel, method: str) -> None:
    found = infer(panel, method)
    assert found.ci_low is not None
    assert found.ci_high is not None

    for end, outward in ((found.ci_low, -1), (found.ci_high, 1)):
        for shift, is_rejected in ((1e-6, True), (-1e-6, False)):
            null = end + outward * shift
            assert (infer(move(panel, -null), method).p_value <= 0.05) is is_rejected


def test_placebo_t_is_the_constrained_fit_of_the_definition(panel: UnitPanel) -> None:
    placebos = gather_placebos(panel)
    variance, effect = placebos.placebo_variances, placebos.placebo_effects
    weight = 1 / (variance + np.median(variance))
    design = np.c_[np.ones_like(variance), variance] * weight[:, None]
    (constant, slope), _ = nnls(design, effect**2 * weight)

    found = [infer(panel, PLACEBO_T, unit).std_error for unit in panel.units[:6]]

    assert found == pytest.approx(np.sqrt(constant + slope * placebos.variances), rel=1e-9)


@pytest.mark.parametrize("sign", [-1, 1])
def test_neither_part_of_the_variance_is_negative(sign: int) -> None:
    """Effects that fall with the sampling variance, or rise from less than nothing."""
    variance = np.linspace(1, 2, 25)
    size = np.where(sign > 0, (variance - 0.9) ** 1.5, 3 - variance)
    effect = size * (-1) ** np.arange(25)
    means = np.c_[np.zeros(25), effect]
    exposure = np.c_[2 / variance, 2 / variance]
    panel = UnitPanel(
        tuple(map(str, range(25))), means, np.ones_like(means), exposure, exposure,
        np.arange(25) == 12,
    )  # fmt: skip
    placebos = gather_placebos(panel)
    square = placebos.placebo_effects**2
    own = placebos.placebo_variances
    weight = 1 / (own + np.median(own))
    fit, _ = nnls(np.c_[np.ones(24), own] * weight[:, None], square * weight)

    assert (fit == 0).sum() == 1
    assert infer(panel, PLACEBO_T, "12").std_error == pytest.approx(
        np.sqrt(fit[0] + fit[1] * placebos.variances[0]), rel=1e-9
    )


def test_ferman_pinto_with_equal_sizes_is_conley_taber(panel: UnitPanel) -> None:
    equal = replace(panel, persons=np.full_like(panel.persons, 50.0))

    for unit in panel.units[:6]:
        one, other = infer(equal, FERMAN_PINTO, unit), infer(equal, CONLEY_TABER, unit)
        assert one.p_value == other.p_value
        assert one.ci_low == pytest.approx(other.ci_low, rel=1e-9)


def test_conley_taber_with_one_treated_unit_is_the_enumerated_rank(panel: UnitPanel) -> None:
    placebos = gather_placebos(panel)
    for place, unit in enumerate(panel.units[:6]):
        above = np.abs(placebos.placebo_effects) >= abs(placebos.effects[place])
        assert infer(panel, CONLEY_TABER, unit).p_value == (1 + above.sum()) / 25


def list_changes(panel: UnitPanel) -> tuple[FloatArray, FloatArray]:
    """The change of each unit, and what it is compared with: the others untreated, pooled."""
    means = panel.numerator / panel.denominator
    rest = np.flatnonzero(~panel.is_treated)
    pooled = []
    for unit in range(len(panel.units)):
        others = rest[rest != unit]
        before, during = panel.numerator[others].sum(0) / panel.denominator[others].sum(0)
        pooled.append(during - before)
    return means[:, 1] - means[:, 0], np.array(pooled)


def test_conley_taber_s_error_is_the_spread_of_the_placebo_effects(panel: UnitPanel) -> None:
    changes, pooled = list_changes(panel)
    effects = (changes - pooled)[~panel.is_treated] + 0.3
    shifted = replace(
        panel,
        numerator=panel.numerator
        + np.where(panel.is_treated, 0.0, 0.3)[:, None] * [0.0, 1.0] * panel.denominator,
    )
    assert infer(shifted, CONLEY_TABER).std_error == pytest.approx(
        np.std(effects, ddof=1), rel=1e-9
    )
    # The weights of the pooled change leave the mean of the placebo effects off zero.
    assert abs(np.mean(effects - 0.3)) > 1e-4


def test_randomisation_of_the_t_statistic_divides_by_sampling_alone(panel: UnitPanel) -> None:
    changes, pooled = list_changes(panel)
    effects, variance = changes - pooled, (1 / panel.exposure).sum(1)
    rest = ~panel.is_treated
    factor = (effects[rest] ** 2 / variance[rest]).mean()
    statistics = np.abs(effects) / np.sqrt(variance)
    for place, unit in enumerate(panel.units[:6]):
        found = infer(panel, RANDOMIZATION_T, unit)
        above = (statistics[rest] >= statistics[place]).sum()
        assert found.p_value == pytest.approx((1 + above) / 25)
        assert found.std_error == pytest.approx(np.sqrt(factor * variance[place]), rel=1e-9)


def test_ferman_pinto_goes_by_persons_whatever_the_exposure(panel: UnitPanel) -> None:
    uneven = replace(panel, exposure=panel.exposure[::-1])
    changes, pooled = list_changes(uneven)
    effects, variance = changes - pooled, (1 / uneven.persons).sum(1)
    rest = ~panel.is_treated
    design = np.c_[np.ones(rest.sum()), variance[rest]]
    fit, _ = nnls(design, effects[rest] ** 2)
    scale = np.sqrt(fit[0] + fit[1] * variance)
    assert fit[1] > 0, "sizes matter"
    for place, unit in enumerate(panel.units[:6]):
        found = infer(uneven, FERMAN_PINTO, unit)
        above = np.abs(effects / scale)[rest] >= abs(effects[place]) / scale[place]
        assert found.std_error == pytest.approx(scale[place], rel=1e-9)
        assert found.p_value == pytest.approx((1 + above.sum()) / 25)


def test_statistics_that_are_equal_but_for_rounding_are_as_far() -> None:
    placebos = np.array([1.0, 2.0, 2.0 * (1 - 1e-13), 3.0, np.nan])
    assert rank_statistics(np.array([2.0, 2.1]), placebos).tolist() == [4 / 5, 2 / 5]


def test_exact_t_has_the_variance_of_the_weighted_mean(panel: UnitPanel) -> None:
    changes, pooled = list_changes(panel)
    rest = ~panel.is_treated
    weights = panel.denominator[rest] / panel.denominator[rest].sum(0)
    of_mean = (weights.mean(1) ** 2).sum()
    error = np.sqrt(np.var(changes[rest], ddof=1) * (1 + of_mean))
    found = infer(panel, EXACT_T)
    assert of_mean > 1.1 / rest.sum(), "weights are unequal"
    assert found.std_error == pytest.approx(error, rel=1e-9)
    effect = changes[0] - pooled[0]
    assert found.p_value == pytest.approx(2 * stats.t(rest.sum() - 1).sf(abs(effect) / error))


def test_exact_t_is_the_regression_of_changes_where_units_weigh_alike(
    small_panel: UnitPanel,
) -> None:
    changes = [4, 1, -1, 2, 0]
    fit = sm.OLS(changes, sm.add_constant([1, 0, 0, 0, 0])).fit()

    found = infer(small_panel, EXACT_T)

    assert found.std_error == pytest.approx(fit.bse[1], rel=1e-12)
    assert found.p_value == pytest.approx(fit.pvalues[1], rel=1e-12)
    assert [found.ci_low, found.ci_high] == pytest.approx(fit.conf_int()[1].tolist(), rel=1e-12)


def test_the_order_of_the_units_leaves_the_figures_alone(panel: UnitPanel) -> None:
    order = np.random.default_rng(3).permutation(len(panel.units))
    parts = (getattr(panel, name)[order] for name in ("numerator", "denominator", "persons"))
    numerator, denominator, persons = parts
    shuffled = UnitPanel(
        tuple(panel.units[place] for place in order),
        numerator, denominator, persons, persons, panel.is_treated[order],
    )  # fmt: skip
    for method in UNIT_METHODS:
        found, wanted = infer(shuffled, method, "u03"), infer(panel, method, "u03")
        assert found.p_value == pytest.approx(wanted.p_value, rel=1e-12)
        assert found.std_error == pytest.approx(wanted.std_error, rel=1e-9)


def test_the_scale_of_exposures_is_of_no_account(panel: UnitPanel) -> None:
    """The factor before the sampling variance, p (1 - p) or M cubed, falls out."""
    scaled = replace(panel, exposure=panel.exposure * 1e-4)

    for method in (PLACEBO_T, RANDOMIZATION_T):
        assert infer(scaled, method).std_error == pytest.approx(
            infer(panel, method).std_error, rel=1e-9
        )


def test_a_comparison_unit_without_a_period_is_no_placebo(panel: UnitPanel) -> None:
    denominator, numerator = panel.denominator.copy(), panel.numerator.copy()
    denominator[-1, 0] = numerator[-1, 0] = 0
    lacking = replace(panel, denominator=denominator, numerator=numerator)

    assert int(gather_placebos(lacking).n_comparison) == 23
    assert infer(lacking, PLACEBO_T).p_value * 24 == pytest.approx(
        round(infer(lacking, PLACEBO_T).p_value * 24)
    )


def test_leading_axes_are_panels_of_their_own(draw_panel: Callable[..., UnitPanel]) -> None:
    panels = [draw_panel(seed=seed) for seed in (1, 2)]
    names = ("numerator", "denominator", "persons", "exposure")
    stacked = UnitPanel(
        panels[0].units,
        *(np.stack([getattr(panel, name) for panel in panels]) for name in names),
        panels[0].is_treated,
    )
    for field in ("effects", "placebo_effects", "weights", "variances"):
        both = getattr(gather_placebos(stacked), field)
        for place, panel in enumerate(panels):
            assert both[place] == pytest.approx(getattr(gather_placebos(panel), field))


def test_units_that_do_not_differ_are_no_evidence(small_panel: UnitPanel) -> None:
    numerator = small_panel.numerator.copy()
    numerator[1:] = 10.0
    verdict = assess_each(replace(small_panel, numerator=numerator))["a"][PLACEBO_T]

    assert verdict == Refusal("no variation between the comparison units")
