"""Families by their laws: derivatives, areas, quantiles, and one family inside another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from pipeline.models.durations.families import (
    EXPONENTIAL,
    GENERALISED_GAMMA,
    LOGLOGISTIC,
    LOGNORMAL,
    WEIBULL,
)
from pipeline.models.durations.family import Family
from pipeline.models.durations.jets import Jet, differentiate
from pipeline.models.durations.pieces import Pieces

PIECES = Pieces((4.0, 13.0, 26.0))
LOCAL: dict[Family, list[list[float]]] = {
    EXPONENTIAL: [[3.0], [4.5]],
    WEIBULL: [[3.0, 0.4], [4.5, -0.3]],
    LOGNORMAL: [[3.0, 0.4], [4.5, -0.3]],
    LOGLOGISTIC: [[3.0, -0.9], [4.5, -0.7]],
    GENERALISED_GAMMA: [[3.0, 0.4, 0.6], [4.0, -0.3, -0.4]],
    PIECES: [[3.0, 3.3, 3.1, 4.0], [4.5, 4.0, 3.0, 3.9]],
}
CASES = [pytest.param(each, np.array(local), id=each.name) for each, local in LOCAL.items()]


def check_derivatives(function: object, local: np.ndarray, tolerance: float) -> None:
    jet: Jet = function(local)
    slopes = differentiate(lambda at: function(at).value, local)
    bends = [
        differentiate(lambda at, of=number: function(at).gradient[:, of], local)
        for number in range(local.shape[1])
    ]
    assert jet.gradient == pytest.approx(slopes, abs=tolerance)
    assert jet.hessian == pytest.approx(np.stack(bends, axis=1), abs=tolerance)


@pytest.mark.parametrize(("family", "local"), CASES)
@pytest.mark.parametrize("week", [1.0, 13.0, 13.5, 60.0])
def test_derivatives_are_those_of_the_values(
    family: Family, local: np.ndarray, week: float
) -> None:
    # The generalised gamma's second derivatives by q are differences themselves.
    tolerance = 1e-6 if family is GENERALISED_GAMMA else 1e-9
    time = np.full(len(local), week)
    check_derivatives(lambda at: family.survive(time, at), local, tolerance)
    check_derivatives(lambda at: family.log_hazard(time, at), local, tolerance)


@pytest.mark.parametrize(("family", "local"), CASES)
def test_the_hazard_is_the_fall_of_the_survival(family: Family, local: np.ndarray) -> None:
    for week in (2.0, 20.0, 50.0):
        time, step = np.full(len(local), week), 1e-4
        ahead, behind = (family.survive(time + way, local).value for way in (step, -step))
        hazard = np.exp(family.log_hazard(time, local).value)
        assert hazard == pytest.approx((behind - ahead) / (2 * step), rel=1e-6)


@pytest.mark.parametrize(("family", "local"), CASES)
def test_areas_and_quantiles(family: Family, local: np.ndarray) -> None:
    def survive(week: float, row: int) -> float:
        return float(np.exp(family.survive(np.array([week]), local[[row]]).value[0]))

    for row in range(len(local)):
        area = integrate.quad(survive, 0, 52, (row,), epsrel=1e-12, points=(4, 13, 26))[0]
        assert family.restrict(52.0, local)[row] == pytest.approx(area, rel=1e-10)
        assert survive(family.quantile(0.3, local)[row], row) == pytest.approx(0.7, rel=1e-10)
    far = family.restrict(1e9, local)
    assert family.mean(local) == pytest.approx(far, rel=1e-7)


@pytest.mark.parametrize("scale", [1e-2, 3.0])
def test_restricted_means_of_very_narrow_and_wide_distributions(scale: float) -> None:
    local = np.array([[3.0, np.log(scale)]])
    closed = np.exp(3 + scale**2 / 2)
    assert LOGNORMAL.restrict(1e12, local)[0] == pytest.approx(closed, rel=1e-3)
    assert WEIBULL.restrict(1e-30, local)[0] == pytest.approx(1e-30, rel=1e-9)


def test_an_infinite_mean_is_unknown() -> None:
    assert np.isnan(LOGLOGISTIC.mean(np.array([[3.0, 0.0], [3.0, 0.5]]))).all()
    assert np.isnan(GENERALISED_GAMMA.mean(np.array([[3.0, 0.5, -1.0]]))).all()


def test_the_generalised_gamma_holds_the_weibull_and_the_lognormal() -> None:
    time = np.array([0.5, 3.0, 30.0])
    for family, q in ((WEIBULL, 1.0), (LOGNORMAL, 0.0), (LOGNORMAL, 1e-9)):
        local = np.tile([3.0, 0.2], (3, 1))
        wide = np.column_stack([local, np.full(3, q)])
        for inner, outer in (
            (family.survive(time, local), GENERALISED_GAMMA.survive(time, wide)),
            (family.log_hazard(time, local), GENERALISED_GAMMA.log_hazard(time, wide)),
        ):
            assert outer.value == pytest.approx(inner.value, rel=1e-8)
            assert outer.gradient[:, :2] == pytest.approx(inner.gradient, rel=1e-6)
        assert GENERALISED_GAMMA.mean(wide) == pytest.approx(family.mean(local), rel=1e-8)
        assert GENERALISED_GAMMA.quantile(0.5, wide) == pytest.approx(
            family.quantile(0.5, local), rel=1e-8
        )


def test_one_piece_is_exponential() -> None:
    local, time = np.array([[3.0], [4.0]]), np.array([5.0, 70.0])
    alone = Pieces(())
    assert alone.survive(time, local).value == pytest.approx(EXPONENTIAL.survive(time, local).value)
    assert alone.mean(local) == pytest.approx(EXPONENTIAL.mean(local))


def test_a_week_at_a_break_belongs_to_the_piece_that_ends_there() -> None:
    local = np.array([LOCAL[PIECES][0]] * 2)
    hazard = PIECES.log_hazard(np.array([13.0, 13.1]), local).value
    assert hazard.tolist() == [-3.3, -3.1]
