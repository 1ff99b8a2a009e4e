"""What a parametric family of durations can tell.

A cell's parameters are one row. The first of them is its location, the logarithm of a duration:
the later, the longer the spells. A shape may be shared by all cells.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.models.durations.jets import Jet
from pipeline.models.tally import FloatArray

BoolArray = npt.NDArray[np.bool_]


class Family(Protocol):
    """One family; `local` is n x k, a row of parameters for each of n points or cells."""

    @property
    def name(self) -> str:
        """As in the estimates."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The k parameters of a cell by name, the location first."""

    @property
    def adds_shape(self) -> bool:
        """Whether a shared shape parameter is counted from the location."""

    def survive(self, time: FloatArray, local: FloatArray) -> Jet:
        """The logarithm of the share that lasts longer than `time`, n values."""

    def log_hazard(self, time: FloatArray, local: FloatArray) -> Jet:
        """The logarithm of the hazard at `time`, n values."""

    def mean(self, local: FloatArray) -> FloatArray:
        """The expected duration; NaN where it is infinite."""

    def quantile(self, share: float, local: FloatArray) -> FloatArray:
        """The duration by which a share has had the event."""

    def restrict(self, horizon: float | FloatArray, local: FloatArray) -> FloatArray:
        """The mean of the durations cut at a horizon: the area under the survival up to it."""

    def find_sound(self, local: FloatArray) -> BoolArray:
        """Which rows are not at the edge of what the parameters can be."""
