"""The share that has left within a year from counts by week of the stay, many groups at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.models.tally import FloatArray


@dataclass(frozen=True)
class Curve:
    """A group's share, and what one more of each count does to it.

    Attributes:
        share: that has left by a way that counts, `(...)`; NaN where nobody is at risk in a week.
        gains: `(..., 3, weeks)`, as the counts.
    """

    share: FloatArray
    gains: FloatArray


def fit_curve(counts: FloatArray) -> Curve:
    """The Aalen-Johansen share of a group and its infinitesimal jackknife, as `Incidence` has them.

    Args:
        counts: `(..., 3, weeks)`: at risk in each week of the stay, left after it by a way that
            counts, left after it in any way.
    """
    at_risk, counted, ended = np.moveaxis(counts, -2, 0)
    known = at_risk > 0
    safe = np.where(known, at_risk, 1.0)
    chance, leaving = counted / safe, ended / safe
    staying = np.cumprod(1 - leaving, axis=-1)
    before = np.concatenate([np.ones_like(staying[..., :1]), staying[..., :-1]], axis=-1)
    # The share that is still to come after each week, for one who has not left so far.
    later = np.zeros_like(chance)
    for week in range(chance.shape[-1] - 1, 0, -1):
        later[..., week - 1] = chance[..., week] + (1 - leaving[..., week]) * later[..., week]
    slope = np.where(known, before / safe, 0.0)
    gains = np.stack([-slope * (chance - later * leaving), slope, -slope * later], axis=-2)
    share = np.where(known.all(-1), (before * chance).sum(-1), np.nan)
    return Curve(share, gains)
