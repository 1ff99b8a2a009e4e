"""One unit with the chance of its own level: against plain loops, and in simulated studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from scipy.optimize import brentq, nnls

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


def fit_level(panel: UnitPanel, unit: int, change: float) -> tuple[float, float]:
    """The mean before and during if it changed so, with as many persons or starts as there were."""
    numerator, denominator = panel.numerator[unit], panel.denominator[unit]
    if panel.law is SHARES:
        before = (numerator.sum() - change * denominator[1]) / denominator.sum()
    else:
        lowest = max(0.0, -change) + 1e-9

        def count_missing(mean: float) -> float:
            return numerator[0] / mean + numerator[1] / (mean + change) - denominator.sum()

        before = brentq(count_missing, lowest, 1e7, xtol=1e-12, rtol=1e-14)
    return before, before + change


def measure(panel: UnitPanel, unit: int, change: float) -> tuple[float, float, float]:
    """Of a unit whose mean is supposed to have changed so: what the share or the rate changed by
    beyond that, and its variance by shocks and by sampling as parts of the pooled unit's."""
    rest = ~panel.is_treated
    means = panel.numerator[unit] / panel.denominator[unit]
    supposed = fit_level(panel, unit, change)
    pooled = panel.numerator[rest].sum() / panel.denominator[rest].sum()
    excess, shocks, sampling = 0.0, 0.0, 0.0
    for sign, mean, level, exposure in zip(
        (-1, 1), means, supposed, panel.exposure[unit], strict=True
    ):
        if panel.law is WEEKS:
            excess += sign * (1 / mean - 1 / level)
            slope = pooled / level
        else:
            excess += sign * (mean - level)
            slope = level * (1 - level) / (pooled * (1 - pooled))
        shocks += slope**2 / 2
        sampling += slope / exposure
    return excess, shocks, sampling


def find_t(panel: UnitPanel, unit: int, change: float, spread: tuple[float, float]) -> float:
    """The statistic of a unit whose mean is supposed to have changed so."""
    excess, shocks, sampling = measure(panel, unit, change)
    return float(abs(excess) / np.sqrt(spread[0] * shocks + spread[1] * sampling))


def list_changes(panel: UnitPanel) -> Iterator[tuple[int, float]]:
    """Each comparison unit, and what the others' mean changed by."""
    rest = np.flatnonzero(~panel.is_treated)
    for unit in rest:
        others = rest[rest != unit]
        pooled = panel.numerator[others].sum(0) / panel.denominator[others].sum(0)
        yield unit, pooled[1] - pooled[0]


def fit_plainly(panel: UnitPanel) -> tuple[tuple[float, float], list[float]]:
    """Variance of shocks and factor of the sampling variance; the statistics of the placebos."""
    rows = [measure(panel, unit, change) for unit, change in list_changes(panel)]
    square, ratio = np.array([(e**2 / shocks, sampling / shocks) for e, shocks, sampling in rows]).T
    weight = 1 / (ratio + np.median(ratio))
    design = np.stack([np.ones_like(ratio), ratio], axis=1) * weight[:, None]
    # Brought near one, where the solver keeps its digits.
    units = np.abs(design).max(axis=0), np.abs(square * weight).max()
    found = nnls(design / units[0], square * weight / units[1])[0] * units[1] / units[0]
    spread = float(found[0]), float(found[1])
    return spread, sorted(find_t(panel, u, change, spread) for u, change in list_changes(panel))


@pytest.mark.parametrize("turn", [replace, turn_to_weeks])
def test_p_values_and_ends_are_those_of_the_plain_computation(panel: UnitPanel, turn) -> None:
    panel = turn(panel)
    spread, statistics = fit_plainly(panel)
    rest = ~panel.is_treated
    pooled = panel.numerator[rest].sum(0) / panel.denominator[rest].sum(0)
    change = pooled[1] - pooled[0]
    means = panel.numerator / panel.denominator
    # Of 23 comparison units the largest is 1 in 24, the only rank under 5 %.
    critical = statistics[-1]
    verdicts = build_level_test(panel, gather_placebos(panel), panel.law or SHARES).infer()

    for unit, verdict in enumerate(verdicts):
        assert isinstance(verdict, Inference)
        effect = means[unit, 1] - means[unit, 0] - change
        own = find_t(panel, unit, change, spread)
        assert verdict.p_value == pytest.approx((1 + sum(t >= own for t in statistics)) / 24)
        assert verdict.ci_low is not None
        assert verdict.ci_high is not None
        assert verdict.ci_low < effect < verdict.ci_high
        for end in (verdict.ci_low, verdict.ci_high):
            assert find_t(panel, unit, change + end, spread) == pytest.approx(critical, rel=1e-6)


def test_the_standard_error_is_that_of_the_means_at_the_estimate(panel: UnitPanel) -> None:
    """For weeks by the delta method: of a rate r it is the error of r over its square."""
    turned = turn_to_weeks(panel)
    (shock, factor), _ = fit_plainly(turned)
    rest = ~turned.is_treated
    pooled = turned.numerator[rest].sum() / turned.denominator[rest].sum()
    (first, *_) = build_level_test(turned, gather_placebos(turned), WEEKS).infer()
    assert isinstance(first, Inference)
    variance = 0.0
    for mean, exposure in zip(
        turned.numerator[0] / turned.denominator[0], turned.exposure[0], strict=True
    ):
        slope = pooled / mean
        variance += (shock * slope**2 / 2 + factor * slope / exposure) * mean**4
    assert first.std_error == pytest.approx(np.sqrt(variance), rel=1e-6)


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
    drawn = standardise_programmes(programmes, test.standardise_drawn)
    # Of 1,771 programmes and the real one 5 % are 88.
    critical = np.sort(drawn.max(axis=1))[-88]
    spread, _ = fit_plainly(panel)
    rest = ~panel.is_treated
    change = np.diff(panel.numerator[rest].sum(0) / panel.denominator[rest].sum(0))[0]
    assert len(drawn) == 1771

    for unit, verdicts in enumerate(assess_each(panel).values()):
        alone, joint = verdicts[PLACEBO_T_LEVEL], verdicts[PLACEBO_T_LEVEL_JOINT]
        assert isinstance(alone, Inference)
        assert isinstance(joint, Inference)
        assert alone.p_value <= (alone.p_value_adjusted or 0) <= joint.p_value
        for end in (joint.ci_low, joint.ci_high):
            assert end is not None
            assert find_t(panel, unit, change + end, spread) == pytest.approx(critical, rel=1e-6)


@pytest.mark.parametrize("turn", [replace, turn_to_weeks])
def test_a_drawn_unit_stands_against_those_outside_its_programme(panel: UnitPanel, turn) -> None:
    panel = turn(panel)
    programmes = draw_programmes(panel)
    assert isinstance(programmes, Programmes)
    test = build_level_test(panel, gather_placebos(panel), panel.law or SHARES)
    spread, _ = fit_plainly(panel)
    others = np.flatnonzero(~panel.is_treated)
    members = others[programmes.members[17]]
    rest = np.setdiff1d(others, members)
    change = np.diff(panel.numerator[rest].sum(0) / panel.denominator[rest].sum(0))[0]
    wanted = [find_t(panel, unit, change, spread) for unit in members]

    found = standardise_programmes(programmes, test.standardise_drawn)[17]
    assert found == pytest.approx(wanted, rel=1e-6)


def test_an_interval_of_weeks_ends_where_starts_rule_more_out() -> None:
    """Weeks without end would have no start; with twenty of them they can be ruled out."""
    (panel,) = islice(draw_studies(np.random.default_rng(8), 0.0), 1)
    events = panel.denominator.copy()
    few = np.array([[20.0, 20.0]])
    events[:1], exposure = few, panel.exposure.copy()
    exposure[:1] = few * LONG_WEEKS
    sums = {"numerator": exposure, "exposure": exposure, "denominator": events}
    scant = replace(panel, **sums)
    first = build_level_test(scant, gather_placebos(scant), WEEKS).infer()[0]
    assert isinstance(first, Inference)
    assert first.ci_low is not None
    assert first.ci_high is not None
    assert -200 < first.ci_low < -LONG_WEEKS
    assert LONG_WEEKS < first.ci_high < 200


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

    # Of 32 comparison units the largest is 1 in 33, the only rank under 5 %.
    assert np.mean(held[PLACEBO_T_LEVEL]) == pytest.approx(32 / 33, abs=0.01)
    assert np.mean(held[PLACEBO_T]) < 0.85
