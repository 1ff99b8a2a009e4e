"""Registers drawn as sums of job centres: quick, and with the very expectations of the chain."""

from __future__ import annotations

import numpy as np

from pipeline.errors import Fault, StudyError
from pipeline.models.tally import FloatArray
from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.tilting import tilt, weigh
from pipeline.montecarlo.trial import Trial
from pipeline.synthetic.people import count_citizens
from pipeline.synthetic.shocks import shock_course

# More rows tell nothing new of how persons differ, and each is weighed for each job centre.
_LARGEST_LIBRARY = 6_000


class CellRegisters:
    """Draws persons' rows from a library, for each job centre with the chain's expected sums.

    The expected sums of each job centre are exact, by the chain. How persons differ around them,
    and what one person's sums before, during and of several outcomes have to do with each other,
    is that of a library: the rows of one simulated and evaluated DREAM, tilted to the job centre's
    means. The number of rows is Poisson, as that of the persons in one of many job centres is.
    """

    def __init__(self, trial: Trial, library: PersonRows) -> None:
        """Takes the rows of one simulated DREAM of the trial.

        Raises:
            StudyError: if a job centre is planted so far from the others that none of the
                library's persons could be in it.
        """
        self._trial = trial
        rows = library.amounts.reshape(len(library.amounts), -1)
        step = -(-len(rows) // _LARGEST_LIBRARY)
        self._rows = np.ascontiguousarray(rows[::step])
        self._stays = {name: own.thin(step) for name, own in library.stays.items()}
        self._n_citizens = count_citizens(trial.course, trial.options.persons)
        self._anchor = _find_anchor(trial)
        self._weeks_per_row = float(self._rows[:, self._anchor].sum(axis=1).mean())
        self._usual_rows, self._start = self._solve(trial.expect(trial.course))

    def draw(self, rng: np.random.Generator) -> PersonRows:
        """The rows of one repetition, under shocks of its own."""
        trial = self._trial
        n_rows, coefficients = self._usual_rows, self._start
        course = shock_course(trial.course, rng)
        if course is not trial.course:
            n_rows, coefficients = self._solve(trial.expect(course), self._start)
        counts = rng.poisson(n_rows)
        reached = np.cumsum(weigh(self._rows, coefficients), axis=1)
        drawn = [
            np.searchsorted(reached[unit, :-1], rng.random(count), side="right")
            for unit, count in enumerate(counts)
        ]
        row = np.concatenate(drawn)
        amounts = self._rows[row].reshape(len(row), len(trial.outcomes), -1)
        unit = np.repeat(np.arange(len(counts)), counts)
        return PersonRows(trial.units, unit, amounts, self._stays, row)

    def _solve(
        self, sums: FloatArray, start: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Expected rows of each job centre, and the coefficients that give their means.

        A job centre has as many rows as its expected weeks are, at the library's weeks per row.

        Args:
            sums: per citizen of the generator, (units, outcomes, 4).
            start: coefficients to begin with.
        """
        flat = sums.reshape(len(sums), -1)
        rows = flat[:, self._anchor].sum(axis=1) / self._weeks_per_row
        coefficients = tilt(self._rows, flat / rows[:, None], start)
        lost = np.flatnonzero(np.isnan(coefficients).any(axis=1))
        if lost.size:
            names = [self._trial.units[unit] for unit in lost]
            what = "no mix of the simulated persons has the planted figures"
            remedy = "plant figures nearer the rest of the country's, or use --level person"
            raise StudyError([Fault(f"calibration of {name}", what, remedy) for name in names])
        return self._n_citizens * rows, coefficients


def _find_anchor(trial: Trial) -> list[int]:
    """Columns that add up to a person's weeks: all for a mean over weeks, else those at risk."""
    kinds = [outcome.kind for outcome in trial.outcomes.values()]
    for kind, column in (("share", 1), ("hours", 1), ("exits", 1)):
        if kind in kinds:
            first = 4 * kinds.index(kind) + column
            return [first, first + 2]
    return [0, 2]
