"""A mix of cells has the figures of its mixed survival."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize

from pipeline.models.durations.families import choose_family
from pipeline.models.durations.family import Family
from pipeline.models.durations.mixtures import (
    MixMeasure,
    mix_mean,
    mix_median,
    mix_restricted_mean,
)
from pipeline.models.durations.pieces import BREAKS, Pieces

SHARES = np.array([0.5, 0.3, 0.2])
SHAPED = np.array([[3.0, -0.2], [3.6, -0.2], [4.4, -0.2]])
PIECEWISE = np.array([[3.0, 3.2, 3.4, 3.1, 3.3]]) + np.array([[0.0], [0.5], [-0.4]])
FAMILIES = ["exponential", "weibull", "lognormal", "loglogistic", "piecewise_exponential"]
MEASURES = [mix_mean, mix_median, mix_restricted_mean(52.0), mix_restricted_mean(9.0)]


def take(name: str) -> tuple[Family, np.ndarray]:
    if name == "piecewise_exponential":
        return Pieces(BREAKS), PIECEWISE
    family = choose_family(name, None)  # type: ignore[arg-type]
    return family, SHAPED[:, : len(family.parameters)]


def survive(family: Family, local: np.ndarray, time: float) -> float:
    return float(SHARES @ np.exp(family.survive(np.full(3, time), local).value))


@pytest.mark.parametrize("name", FAMILIES)
def test_figures_are_those_of_the_mixed_survival(name: str) -> None:
    family, local = take(name)

    def integrate_to(end: float) -> float:
        ends = [1e-12, *(each for each in BREAKS if each < end), end]
        parts = pairwise(ends)
        return sum(
            integrate.quad(lambda t: survive(family, local, t), *part, epsabs=1e-12, limit=400)[0]
            for part in parts
        )

    for horizon in (52.0, 9.0):
        found = mix_restricted_mean(horizon)(family, local, SHARES).value
        assert found == pytest.approx(integrate_to(horizon), rel=1e-9)
    half = optimize.brentq(lambda t: survive(family, local, t) - 0.5, 0.1, 500, xtol=1e-12)
    assert mix_median(family, local, SHARES).value == pytest.approx(half, rel=1e-10)
    assert mix_mean(family, local, SHARES).value == pytest.approx(
        float(SHARES @ family.mean(local)), rel=1e-12
    )


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", FAMILIES)
def test_slopes_are_those_of_the_figures(name: str, measure: MixMeasure) -> None:
    family, local = take(name)
    slopes = measure(family, local, SHARES).slopes

    for place in np.ndindex(*local.shape):
        step = np.zeros(local.shape)
        step[place] = 1e-4
        ends = [measure(family, local + sign * step, SHARES).value for sign in (-1, 1)]
        assert slopes[place] == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_mix_of_one_is_that_one(name: str) -> None:
    family, local = take(name)
    one, all_of_it = local[:1], np.ones(1)

    assert mix_mean(family, one, all_of_it).value == pytest.approx(family.mean(one)[0])
    median = mix_median(family, one, all_of_it).value
    assert median == pytest.approx(family.quantile(0.5, one)[0], rel=1e-12)
    restricted = mix_restricted_mean(52.0)(family, one, all_of_it).value
    assert restricted == pytest.approx(family.restrict(52.0, one)[0], rel=1e-9)


def test_a_mix_with_an_endless_mean_has_none() -> None:
    family, _ = take("loglogistic")
    heavy = np.array([[3.0, 0.1]] * 3)
    assert np.isnan(mix_mean(family, heavy, SHARES).value)
