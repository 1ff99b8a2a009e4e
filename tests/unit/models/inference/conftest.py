from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.models.inference import UnitPanel


@pytest.fixture(scope="session")
def draw_panel() -> Callable[..., UnitPanel]:
    """A function that draws shares in units of very different size, the first ones treated."""

    def draw(n_units: int = 30, n_treated: int = 6, seed: int = 7) -> UnitPanel:
        chance = np.random.default_rng(seed)
        persons = chance.integers(5, 150, (n_units, 2)).astype(float)
        weeks = persons * 30
        share = chance.normal(0.2, 0.02, (n_units, 2)).clip(0.01)
        return UnitPanel(
            tuple(f"u{number:02d}" for number in range(n_units)),
            chance.binomial(weeks.astype(int), share).astype(float),
            weeks,
            persons,
            persons,
            np.arange(n_units) < n_treated,
        )

    return draw


@pytest.fixture(scope="session")
def panel(draw_panel: Callable[..., UnitPanel]) -> UnitPanel:
    return draw_panel()


@pytest.fixture(scope="session")
def small_panel() -> UnitPanel:
    """Means a 10, 14; b 10, 11; c 10, 9; d 10, 12; e 10, 10 of equal units; a is treated."""
    means = np.array([[10, 14], [10, 11], [10, 9], [10, 12], [10, 10]], dtype=float)
    sizes = np.ones_like(means)
    return UnitPanel(tuple("abcde"), means, sizes, sizes, sizes, np.arange(5) == 0)
