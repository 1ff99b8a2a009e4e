"""Draws from many distributions at once, without a loop and without a copy of any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Chances:
    """Distributions over the same positions, one per row of `weights`; none may be all zero.

    The cumulated probabilities of all rows lie behind each other, each row one higher than the row
    before, so that one search in a sorted array serves any rows.
    """

    def __init__(self, weights: Floats) -> None:
        reached = np.cumsum(weights, axis=-1)
        reached /= reached[..., -1:]
        self._rows = weights.shape[:-1]
        self._width = weights.shape[-1]
        flat = reached.reshape(-1, self._width)
        self._reached = (flat + np.arange(len(flat))[:, None]).ravel()

    def draw(self, row: tuple[Ints, ...], rng: np.random.Generator) -> Ints:
        """A position for each row, which is given by its place on each axis."""
        rows = np.ravel_multi_index(row, self._rows)
        found = np.searchsorted(self._reached, rows + rng.random(len(rows)), side="right")
        # Where a number of a high row is rounded up to the next one's first.
        return np.asarray(np.minimum(found - rows * self._width, self._width - 1))
