"""The piecewise exponential family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.durations.family import BoolArray
from pipeline.models.durations.jets import Jet
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray

# The first month, when most who start again do, and quarters of a year.
BREAKS = (4.0, 13.0, 26.0, 39.0)


@dataclass(frozen=True)
class Pieces:
    """A hazard that is constant between breaks; after the last one it goes on for ever.

    Parameters of a cell are minus the logarithm of the hazard of each piece. A piece includes
    the week at its end.
    """

    breaks: tuple[float, ...]
    name: str = "piecewise_exponential"
    adds_shape: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        """The first piece, and each that begins at a break."""
        return ("location", *(f"from_{each:g}" for each in self.breaks))

    def survive(self, time: FloatArray, local: FloatArray) -> Jet:
        """See `Family`."""
        cumulative = self._spread(time) * np.exp(-local)
        hessian = np.zeros((*cumulative.shape, cumulative.shape[1]))
        diagonal = np.arange(cumulative.shape[1])
        hessian[:, diagonal, diagonal] = -cumulative
        return Jet(-cumulative.sum(axis=1), cumulative, hessian)

    def log_hazard(self, time: FloatArray, local: FloatArray) -> Jet:
        """See `Family`."""
        rows, piece = np.arange(time.size), np.searchsorted(self.breaks, time)
        gradient = np.zeros_like(local)
        gradient[rows, piece] = -1
        return Jet(-local[rows, piece], gradient, np.zeros((*local.shape, local.shape[1])))

    def mean(self, local: FloatArray) -> FloatArray:
        """See `Family`."""
        return self.restrict(np.inf, local)

    def quantile(self, share: float, local: FloatArray) -> FloatArray:
        """See `Family`."""
        wanted = np.full(local.shape[0], -np.log1p(-share))
        time = np.zeros(local.shape[0])
        for number, length in enumerate(np.diff([0.0, *self.breaks, np.inf])):
            hazard = np.exp(-local[:, number])
            spent = np.minimum(wanted / hazard, length)
            time += spent
            wanted = wanted - hazard * spent
        return time

    def restrict(self, horizon: float | FloatArray, local: FloatArray) -> FloatArray:
        """See `Family`."""
        lengths = self._spread(np.broadcast_to(np.asarray(horizon, dtype=float), local.shape[:1]))
        hazard = np.exp(-local)
        ended = -np.expm1(-hazard * lengths)
        reached = np.exp(-np.cumsum(hazard[:, :-1] * lengths[:, :-1], axis=1))
        reached = np.concatenate([np.ones((local.shape[0], 1)), reached], axis=1)
        return np.asarray((reached * ended / hazard).sum(axis=1))

    def find_sound(self, local: FloatArray) -> BoolArray:
        """See `Family`: a piece without an event has no hazard, and the fit runs away."""
        return np.asarray((np.abs(local) < np.log(1e9)).all(axis=1))

    def _spread(self, time: FloatArray) -> FloatArray:
        """How long of each time is spent in each piece, n x k."""
        starts = np.array([0.0, *self.breaks])
        lengths = np.diff([*starts, np.inf])
        return np.asarray(np.clip(time[:, None] - starts, 0, lengths))


def cut_pieces(spells: Spells) -> Pieces:
    """Pieces of 4, 13, 26 and 39 weeks, joined where one would be without an event."""
    ended = spells.duration[spells.weight * spells.event > 0]
    breaks: list[float] = []
    for end in BREAKS:
        start = breaks[-1] if breaks else 0.0
        if ((ended > start) & (ended <= end)).any() and (ended > end).any():
            breaks.append(end)
    return Pieces(tuple(breaks))
