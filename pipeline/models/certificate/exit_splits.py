"""Ways out of job centres before and after every start week, as curves that are fitted there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipeline.models.certificate.exit_curves import Curve, fit_curve
from pipeline.models.certificate.splits import SHORTEST_WEEKS
from pipeline.models.exits import HORIZON
from pipeline.models.inference import UnitPanel
from pipeline.models.inference.panel import BoolArray
from pipeline.models.tally import FloatArray, IntArray
from pipeline.spec import Study


@dataclass(frozen=True)
class ExitSplits:
    """Job centres before and after each start week; the names are those of `Splits`.

    Attributes:
        units: the job centres.
        starts: numbers of the start weeks.
        counts: `(starts, units, 2, 3, weeks of a stay)`: at risk, left by a way that counts, left.
        persons: distinct members with any week, `(starts, units, 2)`.
        moments: as of `Splits`; to first order, from the curve of all job centres together.
        n_persons: distinct members in all, `(units,)`.
    """

    units: tuple[str, ...]
    starts: IntArray
    counts: FloatArray
    persons: FloatArray
    moments: FloatArray
    n_persons: FloatArray

    def build_panel(self, is_treated: BoolArray, at: IntArray | None = None) -> UnitPanel:
        """The panels of all start weeks, or of those at some places, under an assignment.

        Treated job centres have pseudo-values of their common curve, the others of theirs.
        """
        counts, persons = (part if at is None else part[at] for part in (self.counts, self.persons))
        treated = np.broadcast_to(is_treated, persons.shape[:-1])
        values = [list_values(counts, persons, group) for group in (treated, ~treated)]
        numerator = np.where(treated[..., None], *values)
        known = np.isfinite(numerator)
        numerator, denominator = np.where(known, numerator, 0.0), np.where(known, persons, 0.0)
        return UnitPanel(self.units, numerator, denominator, persons, persons, is_treated)


@dataclass(frozen=True)
class _Parts:
    """Parts of stays in one job centre, one entry of each array per part; weeks are the study's.

    Attributes:
        member: the number of the person.
        stay: first week of the stay.
        start: first week of the part.
        end: first week after it, which shows the way out.
        has_left: whether the stay ends there.
        has_counted: whether it ends by a way that counts.
    """

    member: IntArray
    stay: IntArray
    start: IntArray
    end: IntArray
    has_left: BoolArray
    has_counted: BoolArray


@dataclass(frozen=True)
class _Windows:
    """The weeks before and from each start on.

    Attributes:
        starts: numbers of the start weeks.
        n_weeks: of the study.
        is_flow: whether only stays that begin in a window count there.
    """

    starts: IntArray
    n_weeks: int
    is_flow: bool

    def cut(self, parts: _Parts) -> tuple[IntArray, IntArray, BoolArray]:
        """Weeks of the stay when followed from and to, and if its end is seen; parts × starts × 2.

        Who is not in a window is followed from and to the same week.
        """
        first = np.stack([np.zeros_like(self.starts), self.starts], axis=-1)
        after = np.stack([self.starts, np.full_like(self.starts, self.n_weeks)], axis=-1)
        stay, start, end = (part[:, None, None] for part in (parts.stay, parts.start, parts.end))
        entry, leave = np.maximum(start, first), np.minimum(end, after)
        is_in = (entry < leave) & ((stay >= first) | (not self.is_flow))
        leave = np.where(is_in, leave, entry)
        return entry - stay, leave - stay, is_in & (end < after)


def split_exits(
    study: Study, parts: pl.DataFrame, ways_out: Sequence[str], sampling: str
) -> ExitSplits | None:
    """The counts for every start week that leaves enough weeks on both sides, or None without any.

    Args:
        study: gives the weeks.
        parts: of stays, of one population and the job centres in question: `jobcentre, person_id,
            stay_start_week, start_week, end_week, way_out`.
        ways_out: that count.
        sampling: `flow` for stays that begin inside a window, or `stock_and_flow`.
    """
    first_week, last_week = study.span
    n_weeks = (last_week - first_week).days // 7 + 1
    starts = np.arange(SHORTEST_WEEKS, n_weeks - SHORTEST_WEEKS + 1)
    windows = _Windows(starts, n_weeks, sampling == "flow")
    by_unit = _number_parts(parts, first_week, ways_out, n_weeks)
    if not by_unit:
        return None
    counts = np.stack([_count(own, windows) for own in by_unit.values()], axis=1)
    everyone = fit_curve(counts.sum(1))
    sums = [_add_up(own, windows, everyone) for own in by_unit.values()]
    persons, moments = (np.stack(part, axis=1) for part in zip(*sums, strict=True))
    turn = turn_influences(everyone.share, persons.sum(1))[:, None]
    n_persons = np.array([float(np.unique(own.member).size) for own in by_unit.values()])
    return ExitSplits(
        tuple(by_unit), starts, counts, persons, turn @ moments @ np.swapaxes(turn, 2, 3), n_persons
    )


def _number_parts(
    parts: pl.DataFrame, first_week: date, ways_out: Sequence[str], n_weeks: int
) -> dict[str, _Parts]:
    """The parts within the study's weeks, by job centre in the order of their names."""
    weeks = {"stay": "stay_start_week", "start": "start_week", "end": "end_week"}
    numbered = parts.select(
        "jobcentre",
        pl.col("person_id").rank("dense").cast(pl.Int64).alias("member"),
        *(
            ((pl.col(name) - pl.lit(first_week)).dt.total_days() // 7).alias(key)
            for key, name in weeks.items()
        ),
        has_left=pl.col("way_out").is_not_null(),
        has_counted=pl.col("way_out").is_in(ways_out).fill_null(value=False),
    ).filter(pl.col("start") < n_weeks, pl.col("end") > 0)
    return {
        str(key[0]): _Parts(*(own[name].to_numpy() for name in own.columns[1:]))
        for key, own in sorted(numbered.partition_by("jobcentre", as_dict=True).items())
    }


def _count(parts: _Parts, windows: _Windows) -> FloatArray:
    """At risk, left by a way that counts and left, by week of the stay: starts × 2 × 3 × weeks."""
    entry, leave, is_seen = windows.cut(parts)
    counts = np.zeros((*entry.shape[1:], 3, HORIZON + 1))
    start, side = np.indices(entry.shape[1:])
    places = [np.broadcast_to(each, entry.shape) for each in (start, side)]
    # Enters the risk set after `entry` and is out of it after `leave`.
    for weeks, sign in ((entry, 1.0), (leave, -1.0)):
        np.add.at(counts[:, :, 0], (*places, np.minimum(weeks, HORIZON)), sign)
    counts[:, :, 0] = counts[:, :, 0].cumsum(-1)
    for kind, has_ended in ((1, parts.has_counted), (2, parts.has_left)):
        ended = is_seen & has_ended[:, None, None] & (leave <= HORIZON)
        where = (places[0][ended], places[1][ended], leave[ended] - 1)
        np.add.at(counts[:, :, kind], where, 1.0)
    return counts[..., :HORIZON]


def _add_up(parts: _Parts, windows: _Windows, everyone: Curve) -> tuple[FloatArray, FloatArray]:
    """Distinct members, starts × 2, and moments of their influences and presence, starts × 4 × 4.

    In the order influence and presence before, influence and presence during.
    """
    entry, leave, is_seen = windows.cut(parts)
    exposure = np.pad(everyone.gains[..., 0, :].cumsum(-1), ((0, 0), (0, 0), (1, 0)))
    start, side = np.indices(entry.shape[1:])
    last, first = (np.minimum(weeks, HORIZON) for weeks in (leave, entry))
    moved = exposure[start, side, last] - exposure[start, side, first]
    ends = is_seen & (leave <= HORIZON)
    for kind, has_ended in ((1, parts.has_counted), (2, parts.has_left)):
        gain = everyone.gains[start, side, kind, np.clip(leave - 1, 0, HORIZON - 1)]
        moved = moved + np.where(ends & has_ended[:, None, None], gain, 0.0)
    numbers, member = np.unique(parts.member, return_inverse=True)
    influence, present = np.zeros((2, numbers.size, *entry.shape[1:]))
    np.add.at(influence, member, moved)
    np.maximum.at(present, member, (entry < leave).astype(np.float64))
    by_start = (
        np.stack([influence, present], axis=-1)
        .swapaxes(0, 1)
        .reshape(len(windows.starts), numbers.size, 4)
    )
    return present.sum(0), np.swapaxes(by_start, 1, 2) @ by_start


def turn_influences(share: FloatArray, n_persons: FloatArray) -> FloatArray:
    """What makes pseudo-values and presence of influences and presence: starts × 4 × 4."""
    turn = np.zeros((len(share), 4, 4))
    for side in range(2):
        own, present = 2 * side, 2 * side + 1
        turn[:, own, own], turn[:, own, present] = n_persons[:, side], share[:, side]
        turn[:, present, present] = 1.0
    return turn


def list_values(counts: FloatArray, persons: FloatArray, members: BoolArray) -> FloatArray:
    """Pseudo-value times persons of each job centre, were it a part of a group."""
    chosen = members.astype(np.float64)
    curve = fit_curve(np.einsum("...u,...usck->...sck", chosen, counts))
    own = np.einsum("...usck,...sck->...us", counts, curve.gains)
    n_persons = np.einsum("...u,...us->...s", chosen, persons)
    values: FloatArray = curve.share[..., None, :] * persons + own * n_persons[..., None, :]
    return values
