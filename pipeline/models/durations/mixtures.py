"""Weeks of a mix of cells: what a group would last if it were made up as all are.

A figure is that of the mixed survival, sum of w_m x S_m(t) over the cells m of the mix: the
g-formula, or direct standardisation (Hernán and Robins, Causal Inference: What If, 2020, section
13.3). Slopes are exact to rounding, so that the delta method follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.models.durations.family import Family
from pipeline.models.durations.jets import differentiate
from pipeline.models.durations.pieces import BREAKS
from pipeline.models.tally import FloatArray

# Points in each panel between breaks. The first is bent, since a hazard may be infinite at 0.
_POINTS, _BEND = 24, 4
_HALVINGS = 60


@dataclass(frozen=True)
class Mixed:
    """A figure of the mix.

    Attributes:
        value: NaN where it is infinite.
        slopes: cells x k derivatives by the parameters of each cell of the mix.
    """

    value: float
    slopes: FloatArray


# Of a family, the cells' parameters (cells x k), and the share of each cell in the mix.
MixMeasure = Callable[[Family, FloatArray, FloatArray], Mixed]


def mix_mean(family: Family, local: FloatArray, shares: FloatArray) -> Mixed:
    """The expected duration."""
    slopes = differentiate(family.mean, local)
    return Mixed(float(shares @ family.mean(local)), shares[:, None] * slopes)


def mix_median(family: Family, local: FloatArray, shares: FloatArray) -> Mixed:
    """The duration that half of the mix outlasts; it lies among the medians of the cells."""
    medians = family.quantile(0.5, local)
    low, high = float(medians.min()), float(medians.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        survival = np.exp(family.survive(np.full(shares.size, middle), local).value)
        low, high = (middle, high) if shares @ survival > 1 / 2 else (low, middle)
    time = np.full(shares.size, (low + high) / 2)
    survive = family.survive(time, local)
    left = shares * np.exp(survive.value)
    density = left @ np.exp(family.log_hazard(time, local).value)
    return Mixed(float(time[0]), left[:, None] * survive.gradient / density)


def mix_survival(time: float) -> MixMeasure:
    """The share of the mix that lasts longer than a time."""

    def measure(family: Family, local: FloatArray, shares: FloatArray) -> Mixed:
        survive = family.survive(np.full(shares.size, time), local)
        left = shares * np.exp(survive.value)
        return Mixed(float(left.sum()), left[:, None] * survive.gradient)

    return measure


def mix_restricted_mean(horizon: float) -> MixMeasure:
    """The mean of durations that are cut at a horizon, by Gauss and Legendre between breaks."""
    times, lengths = _place_points(horizon)

    def measure(family: Family, local: FloatArray, shares: FloatArray) -> Mixed:
        value, slopes = 0.0, np.zeros_like(local)
        for time, length in zip(times, lengths, strict=True):
            survive = family.survive(np.full(shares.size, time), local)
            left = length * shares * np.exp(survive.value)
            value += float(left.sum())
            slopes += left[:, None] * survive.gradient
        return Mixed(value, slopes)

    return measure


def _place_points(horizon: float) -> tuple[FloatArray, FloatArray]:
    """Times up to a horizon, and the length of time that each stands for."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    nodes, weights = (nodes + 1) / 2, weights / 2
    ends = [*(each for each in BREAKS if each < horizon), horizon]
    times = [ends[0] * nodes**_BEND]
    lengths = [ends[0] * _BEND * nodes ** (_BEND - 1) * weights]
    for start, end in pairwise(ends):
        times.append(start + (end - start) * nodes)
        lengths.append((end - start) * weights)
    return np.concatenate(times), np.concatenate(lengths)
