"""The regression with one treated unit, for many units at once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.did.each_alone import fit_each_alone
from pipeline.models.did.two_way import fit_unit_week_effects
from pipeline.models.tally import FloatArray

N_UNITS, N_WEEKS = 12, 20
IS_TREATED = np.arange(N_UNITS) < 3
IS_DURING = np.arange(N_WEEKS) >= 11


@pytest.fixture(scope="module")
def sums() -> tuple[FloatArray, FloatArray]:
    """Cells of unequal size, some of them empty; one unit has no week before at all."""
    draw = np.random.default_rng(7)
    weeks = draw.integers(0, 40, (N_UNITS, N_WEEKS))
    weeks[2, :11] = 0
    weeks[5, 4:9] = 0
    return draw.binomial(weeks, 0.3).astype(float), weeks.astype(float)


def fit_one(sums: tuple[FloatArray, FloatArray], treated: int, units: list[int]) -> float:
    numerator, denominator = sums
    rows = [
        (unit, week, numerator[unit, week], denominator[unit, week])
        for unit in units
        for week in range(N_WEEKS)
    ]
    cells = pl.DataFrame(rows, ["unit", "week", "numerator", "denominator"], orient="row")
    exposed = (pl.col("unit") == treated) & (pl.col("week") >= 11)
    return fit_unit_week_effects(cells.with_columns(is_exposed=exposed)).effect


def test_each_effect_is_that_of_its_own_regression(sums: tuple[FloatArray, FloatArray]) -> None:
    treated, placebo = fit_each_alone(*sums, IS_TREATED, IS_DURING)

    rest = list(range(3, N_UNITS))
    for unit in (0, 1):
        assert treated[unit] == pytest.approx(fit_one(sums, unit, [unit, *rest]), abs=1e-12)
    for place, unit in enumerate(rest):
        assert placebo[place] == pytest.approx(fit_one(sums, unit, rest), abs=1e-12)


def test_a_unit_without_a_before_period_has_no_effect(
    sums: tuple[FloatArray, FloatArray],
) -> None:
    treated, placebo = fit_each_alone(*sums, IS_TREATED, IS_DURING)

    assert np.isnan(treated).tolist() == [False, False, True]
    assert np.isfinite(placebo).all()
