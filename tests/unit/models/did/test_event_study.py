"""Effects by block of time, the joint test before the start, and its power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from scipy import stats

from pipeline.models.did.event_study import (
    EventStudy,
    PreTrend,
    check_pre_trend,
    fit_event_study,
)
from pipeline.models.inference import Refusal

N_UNITS, N_BLOCKS, BASE = 12, 6, 2
IS_TREATED = np.arange(N_UNITS) < 5


def draw_sums(seed: int = 1, trend: float = 0.0) -> tuple:
    """Weighted sums of a mean by unit and block: level, common growth, shocks, trend if treated."""
    draw = np.random.default_rng(seed)
    weights = draw.integers(20, 400, (N_UNITS, 1)) * np.ones((1, N_BLOCKS))
    levels = draw.normal(0.3, 0.1, (N_UNITS, 1)) + 0.02 * np.arange(N_BLOCKS)
    shocks = draw.normal(0, 0.05, (N_UNITS, N_BLOCKS))
    drift = trend * (np.arange(N_UNITS)[:, None] < 5) * np.arange(N_BLOCKS)
    return weights * (levels + shocks + drift), weights


def fit(seed: int = 1, trend: float = 0.0) -> EventStudy:
    study = fit_event_study(*draw_sums(seed, trend), IS_TREATED, BASE)
    assert isinstance(study, EventStudy)
    return study


def check(study: EventStudy) -> PreTrend:
    pre_trend = check_pre_trend(study)
    assert isinstance(pre_trend, PreTrend)
    return pre_trend


def test_effects_and_covariance_equal_the_saturated_regression_of_pyfixest() -> None:
    numerator, weights = draw_sums()
    unit, block = np.divmod(np.arange(N_UNITS * N_BLOCKS), N_BLOCKS)
    rows = pd.DataFrame({"unit": unit, "block": block})
    rows["y"], rows["weight"] = (numerator / weights).ravel(), weights.ravel()
    rows["treated"] = IS_TREATED[unit].astype(float)
    regression = pf.feols(
        f"y ~ i(block) + treated + i(block, treated, ref={BASE})",
        rows,
        weights="weight",
        weights_type="aweights",
        vcov={"CRV3": "unit"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
    )
    names = [name for name in regression.coef().index if ":treated" in name]
    places = [list(regression.coef().index).index(name) for name in names]
    covariance = regression._vcov[np.ix_(places, places)] * (N_UNITS - 1) / N_UNITS
    others = [block for block in range(N_BLOCKS) if block != BASE]

    study = fit()

    assert study.effects[others] == pytest.approx(regression.coef()[names].to_numpy(), rel=1e-9)
    assert study.covariance[np.ix_(others, others)] == pytest.approx(covariance, rel=1e-8)
    assert study.effects[BASE] == study.std_errors[BASE] == 0


def test_the_joint_test_is_hotellings() -> None:
    study = fit()
    effects, covariance = study.effects[:BASE], study.covariance[:BASE, :BASE]
    wald = effects @ np.linalg.inv(covariance) @ effects

    pre_trend = check(study)

    # Five treated units leave 4 degrees; two blocks are tested: F = 3 / 8 Wald, with 2 and 3.
    assert pre_trend.statistic == pytest.approx(3 / 8 * wald)
    assert pre_trend.p_value == pytest.approx(stats.f.sf(3 / 8 * wald, 2, 3))


def test_a_trend_before_the_start_is_found() -> None:
    assert check(fit(trend=0.0)).p_value > 0.05
    assert check(fit(trend=0.5)).p_value < 0.01


def test_power_grows_from_the_level_of_the_test() -> None:
    pre_trend = check(fit())

    assert pre_trend.power(0.0) == pytest.approx(0.05)
    assert pre_trend.power(0.1) < pre_trend.power(0.3) == pre_trend.power(-0.3)
    assert pre_trend.power(pre_trend.detectable_bias()) == pytest.approx(0.8, abs=1e-4)


def test_the_precision_of_a_trend_allows_for_the_covariance_being_estimated() -> None:
    study = fit_event_study(*draw_sums(), np.arange(N_UNITS) < 9, BASE)
    assert isinstance(study, EventStudy)
    inverse = np.linalg.inv(study.covariance[:BASE, :BASE])
    trend = np.array([-2.0, -1.0])

    # With 8 degrees and 2 blocks the inverse is too large by 8 / (8 - 2 - 1) on average.
    expected = trend @ inverse @ trend * 5 / 8
    assert check(study).precision == pytest.approx(expected)


def test_the_drift_turns_a_trend_into_a_bias_of_the_effect() -> None:
    # Blocks -2, -1, 0 before and 1, 2, 3 after: their means are 3 apart.
    assert check(fit()).drift == pytest.approx(3)


def test_the_band_is_wider_than_each_interval_and_narrower_than_bonferroni() -> None:
    study = fit()
    bonferroni = stats.t.ppf(1 - 0.025 / (N_BLOCKS - 1), study.degrees_of_freedom)

    assert study.margin == pytest.approx(stats.t.ppf(0.975, 4))
    assert study.margin < study.simultaneous_margin() < bonferroni
    assert study.simultaneous_margin(500, 7) == study.simultaneous_margin(500, 7)


def test_the_band_of_one_effect_is_its_interval() -> None:
    numerator, weights = (sums[:, 1:3] for sums in draw_sums())
    study = fit_event_study(numerator, weights, IS_TREATED, 0)

    assert isinstance(study, EventStudy)
    assert study.simultaneous_margin(200_000) == pytest.approx(study.margin, rel=0.02)


@pytest.mark.parametrize(
    ("is_treated", "reason"),
    [
        (np.arange(N_UNITS) < 1, "one treated cluster"),
        (np.arange(N_UNITS) < 0, "one treated cluster"),
        (np.arange(N_UNITS) < 11, "one untreated cluster"),
    ],
)
def test_too_few_clusters_are_refused(is_treated: np.ndarray, reason: str) -> None:
    refusal = fit_event_study(*draw_sums(), is_treated, BASE)

    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(reason)


def test_a_block_that_one_unit_fills_is_refused() -> None:
    numerator, weights = draw_sums()
    weights[1:5, 0] = numerator[1:5, 0] = 0

    refusal = fit_event_study(numerator, weights, IS_TREATED, BASE)

    assert refusal == Refusal("one unit is all there is of its group in a block of time")


def test_an_empty_block_is_refused() -> None:
    numerator, weights = draw_sums()
    weights[:5, 0] = numerator[:5, 0] = 0

    refusal = fit_event_study(numerator, weights, IS_TREATED, BASE)

    assert refusal == Refusal("a block of time in which treated or untreated units have no mean")


def test_one_block_before_the_start_shows_no_trend() -> None:
    study = fit_event_study(*draw_sums(), IS_TREATED, 0)

    assert isinstance(study, EventStudy)
    assert isinstance(check_pre_trend(study), Refusal)


def test_more_blocks_than_treated_units_cannot_be_tested_together() -> None:
    study = fit_event_study(*draw_sums(), IS_TREATED, 5)

    assert isinstance(study, EventStudy)
    refusal = check_pre_trend(study)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("5 blocks before the base and 5 treated units")


def test_units_that_move_alike_leave_nothing_to_test() -> None:
    weights = np.ones((N_UNITS, N_BLOCKS))
    study = fit_event_study(weights * np.arange(N_BLOCKS), weights, IS_TREATED, BASE)

    assert isinstance(study, EventStudy)
    assert check_pre_trend(study) == Refusal("nothing varies between units before the start")


@pytest.mark.slow
def test_the_joint_test_holds_its_size_where_few_of_many_units_are_treated() -> None:
    """15 of 94 units of very unequal size, four quarters before: 5 % within Monte-Carlo error."""
    is_treated = np.arange(94) < 15
    draw = np.random.default_rng(5)
    rejected = []
    for _ in range(4_000):
        sizes = draw.lognormal(0, 0.8, (94, 1)) * np.ones((1, 5))
        is_treated = draw.permutation(is_treated)
        noise = draw.normal(0, 1, (94, 5)) * (0.2 + 1 / sizes**0.5)
        study = fit_event_study(sizes * noise, sizes, is_treated, 3)
        assert isinstance(study, EventStudy)
        rejected.append(check(study).p_value < 0.05)

    assert 0.03 < np.mean(rejected) < 0.065
