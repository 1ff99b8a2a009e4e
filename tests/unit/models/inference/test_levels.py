"""One unit with the chance of its own level: against plain loops, and in simulated studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from pipeline.models.inference import (
    PLACEBO_T,
    PLACEBO_T_LEVEL,
    PLACEBO_T_LEVEL_JOINT,
    SHARES,
    WEEKS,
    Inference,
    Refusal,
    UnitPanel,
    assess_each,
)
from pipeline.models.inference.draws import Programmes, draw_programmes, standardise_programmes
from pipeline.models.inference.levels import build_level_test
from pipeline.models.inference.one_unit import infer_units
from pipeline.models.inference.placebos import gather_placebos

N_UNITS, N_TREATED, N_STUDIES = 40, 8, 100
USUAL_WEEKS, LONG_WEEKS, SHOCK = 20.0, 45.0, 0.1


@pytest.fixture
def panel(draw_panel) -> UnitPanel:
    """Shares in units of very different size, the second half with more than the first."""
    drawn = draw_panel(n_units=26, n_treated=3)
    more = np.where(np.arange(26) % 2 == 0, 1.0, 2.5)[:, None]
    return replace(drawn, numerator=drawn.numerator * more, law=SHARES)


def turn_to_weeks(panel: UnitPanel) -> UnitPanel:
    """The inverse of the shares as expected weeks."""
    sums = {"numerator": panel.denominator, "denominator": panel.numerator}
    return replace(panel, **sums, exposure=panel.denominator, law=WEEKS)


def find_variance(panel: UnitPanel, unit: int, change: float) -> tuple[float, float]:
    """By shocks and by sampling, of a unit whose mean changes so; as parts of the pooled unit's."""
    rest = ~panel.is_treated
    pooled = panel.numerator[rest].sum() / panel.denominator[rest].sum()
    (own_before, own_during), weights = panel.numerator[unit], panel.denominator[unit]
    before = (own_before + own_during - change * weights[1]) / weights.sum()
    shocks, sampling = 0.0, 0.0
    for mean, exposure in zip((before, before + change), panel.exposure[unit], strict=True):
        if panel.law is WEEKS:
            slope, chance = mean / pooled, (mean / pooled) ** 3
        else:
            slope = chance = mean * (1 - mean) / (pooled * (1 - pooled))
        shocks += slope**2 / 2
        sampling += chance / exposure
    return shocks, sampling


def list_placebos(panel: UnitPanel) -> Iterator[tuple[int, float, float]]:
    """Each comparison unit, its effect, and what the others' mean changed by."""
    rest = np.flatnonzero(~panel.is_treated)
    means = panel.numerator / panel.denominator
    for unit in rest:
        others = rest[rest != unit]
        pooled = panel.numerator[others].sum(0) / panel.denominator[others].sum(0)
        change = pooled[1] - pooled[0]
        yield unit, means[unit, 1] - means[unit, 0] - change, change


def fit_plainly(panel: UnitPanel) -> tuple[float, float, list[float]]:
    """Variance of shocks, factor of the sampling variance, and the statistics of the placebos."""
    rows = [(effect, *find_variance(panel, u, move)) for u, effect, move in list_placebos(panel)]
    effect, shocks, sampling = np.array(rows).T
    ratio = sampling / shocks
    weight = 1 / (ratio + np.median(ratio))
    design = np.stack([np.ones_like(ratio), ratio], axis=1) * weight[:, None]
    # Brought near one, where the solver keeps its digits.
    unit = np.abs(design).max(axis=0)
    shock, factor = nnls(design / unit, effect**2 / shocks * weight)[0] / unit
    scale = np.sqrt(shock * shocks + factor * sampling)
    return shock, factor, sorted(np.abs(effect) / scale)


@pytest.mark.parametrize("turn", [replace, turn_to_weeks])
def test_p_values_and_ends_are_those_of_the_plain_computation(panel: UnitPanel, turn) -> None:
    panel = turn(panel)
    shock, factor, statistics = fit_plainly(panel)
    rest = ~panel.is_treated
    pooled = panel.numerator[rest].sum(0) / panel.denominator[rest].sum(0)
    means = panel.numerator / panel.denominator
    # Of 23 comparison units the largest is 1 in 24, the only rank under 5 %.
    critical = statistics[-1]
    verdicts = build_level_test(panel, gather_placebos(panel), panel.law or SHARES).infer()

    def find_t(unit: int, effect: float, supposed: float) -> float:
        parts = find_variance(panel, unit, pooled[1] - pooled[0] + supposed)
        return abs(effect - supposed) / np.sqrt(shock * parts[0] + factor * parts[1])

    for unit, verdict in enumerate(verdicts):
        assert isinstance(verdict, Inference)
        effect = means[unit, 1] - means[unit, 0] - (pooled[1] - pooled[0])
        above = sum(each >= find_t(unit, effect, 0.0) for each in statistics)
        assert verdict.p_value == pytest.approx((1 + above) / 24)
        assert verdict.ci_low is not None
        assert verdict.ci_high is not None
        assert verdict.ci_low < effect < verdict.ci_high
        for end in (verdict.ci_low, verdict.ci_high):
            assert find_t(unit, effect, end) == pytest.approx(critical, rel=1e-6)


def test_it_is_ranked_alike_along_leading_axes(panel: UnitPanel) -> None:
    turned = turn_to_weeks(panel)
    sums = ("numerator", "denominator", "persons", "exposure", "is_treated")
    wide = replace(turned, **{name: getattr(turned, name)[None] for name in sums})
    alone = build_level_test(turned, gather_placebos(turned), WEEKS).infer()
    found = build_level_test(wide, gather_placebos(wide), WEEKS).rank()

    assert found.shape == (1, 3)
    assert found[0].tolist() == [each.p_value for each in alone if isinstance(each, Inference)]


def test_it_stands_beside_the_headline_where_the_law_is_known(panel: UnitPanel) -> None:
    for verdicts in assess_each(panel).values():
        assert PLACEBO_T_LEVEL in verdicts
    for verdicts in assess_each(replace(panel, law=None)).values():
        assert PLACEBO_T_LEVEL not in verdicts


def test_it_looks_at_all_units_at_once_at_the_level_of_each(panel: UnitPanel) -> None:
    """The simultaneous ends have the statistic that a twentieth of the programmes exceed."""
    programmes = draw_programmes(panel)
    assert isinstance(programmes, Programmes)
    test = build_level_test(panel, gather_placebos(panel), SHARES)
    largest = standardise_programmes(programmes, test.scales[1]).max(axis=1)
    # Of 1,771 programmes and the real one 5 % are 88.
    critical = np.sort(largest)[-88]
    shock, factor, _ = fit_plainly(panel)
    rest = ~panel.is_treated
    change = np.diff(panel.numerator[rest].sum(0) / panel.denominator[rest].sum(0))[0]
    assert len(largest) == 1771

    for unit, verdicts in enumerate(assess_each(panel).values()):
        alone, joint = verdicts[PLACEBO_T_LEVEL], verdicts[PLACEBO_T_LEVEL_JOINT]
        assert isinstance(alone, Inference)
        assert isinstance(joint, Inference)
        assert alone.p_value <= (alone.p_value_adjusted or 0) <= joint.p_value
        effect = float(test.effects[unit])
        for end in (joint.ci_low, joint.ci_high):
            assert end is not None
            shocks, sampling = find_variance(panel, unit, change + end)
            t = abs(effect - end) / np.sqrt(shock * shocks + factor * sampling)
            assert t == pytest.approx(critical, rel=1e-6)


def test_too_few_and_too_alike_units_are_refused(small_panel: UnitPanel, panel: UnitPanel) -> None:
    few = replace(small_panel, is_treated=np.arange(5) < 3)
    refusal = Refusal("2 comparison units with both periods; at least 3 are needed")
    assert build_level_test(few, gather_placebos(few), WEEKS).infer() == [refusal] * 3
    alike = replace(panel, numerator=panel.denominator / 4)
    found = build_level_test(alike, gather_placebos(alike), SHARES).infer()
    assert {type(each) for each in found} == {Refusal}


def test_with_few_units_no_effect_is_ruled_out(small_panel: UnitPanel) -> None:
    (verdict,) = build_level_test(small_panel, gather_placebos(small_panel), WEEKS).infer()
    assert isinstance(verdict, Inference)
    assert (verdict.ci_low, verdict.ci_high) == (None, None)


def draw_studies(chance: np.random.Generator, effect: float) -> Iterator[UnitPanel]:
    """Weeks at risk and starts; the treated units' weeks are twice as long as the others'."""
    weeks = np.exp(np.linspace(np.log(2_000), np.log(20_000), N_UNITS))[:, None]
    at_risk = chance.permuted(np.broadcast_to(weeks, (N_UNITS, 2)), axis=0)
    is_treated = np.arange(N_UNITS) < N_TREATED
    level = np.where(is_treated, LONG_WEEKS, USUAL_WEEKS)[:, None] + np.array([0.0, effect])
    level = np.where(is_treated[:, None], level, USUAL_WEEKS)
    for _ in range(N_STUDIES):
        mean = level * np.exp(SHOCK * chance.normal(size=level.shape))
        events = chance.poisson(at_risk / mean).astype(float)
        names = tuple(map(str, range(N_UNITS)))
        yield UnitPanel(names, at_risk, events, at_risk, at_risk, is_treated, WEEKS)


def test_it_covers_units_of_another_level_that_placebo_t_fails() -> None:
    """And so it holds its size among them: an effect of nothing is covered as often as one."""
    held: dict[str, list[bool]] = {PLACEBO_T: [], PLACEBO_T_LEVEL: []}
    for effect in (0.0, -12.0):
        for panel in draw_studies(np.random.default_rng(5), effect):
            placebos = gather_placebos(panel)
            judged = {
                PLACEBO_T: infer_units(placebos, PLACEBO_T),
                PLACEBO_T_LEVEL: build_level_test(panel, placebos, WEEKS).infer(),
            }
            for method, found in held.items():
                for one in judged[method]:
                    assert isinstance(one, Inference)
                    low, high = one.ci_low, one.ci_high
                    is_above = low is None or low <= effect
                    found.append(is_above and (high is None or effect <= high))

    assert np.mean(held[PLACEBO_T_LEVEL]) == pytest.approx(0.95, abs=0.02)
    assert np.mean(held[PLACEBO_T]) < 0.85
