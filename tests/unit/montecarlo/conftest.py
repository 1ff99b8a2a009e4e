"""HIR's trial, and persons made up so that nothing has to be simulated."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.montecarlo.exits import Stays, count_stays
from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.trial import Options, Trial, narrow_study
from pipeline.spec import load_study

WEEKS, FIRST = "weeks_between_measures", "weeks_to_first_measure"
SHARE, EXITS = "share_practice_or_hours", "exits"


@pytest.fixture(scope="session")
def trial() -> Trial:
    """HIR as it is planted, without shocks."""
    return Trial(narrow_study(load_study("hir")), Options(persons=60_000, shocks=0.0))


@pytest.fixture(scope="session")
def people(trial: Trial) -> PersonRows:
    """Two thousand persons with gaps, waits, weeks with the outcome, and stays."""
    rng = np.random.default_rng(5)
    n = 2_000
    weeks = rng.integers(1, 57, (n, 2))
    active = rng.random((n, 2)) < 0.6
    shares = np.where(active, rng.binomial(weeks, 0.27), 0)
    at_risk = np.where(rng.random((n, 2)) < 0.5, rng.binomial(weeks, 0.6), 0)
    starts = rng.binomial(np.minimum(at_risk, 4), 0.25)
    waits = np.where(rng.random((n, 2)) < 0.3, rng.integers(1, 30, (n, 2)), 0)
    first = rng.binomial(np.minimum(waits, 1), 0.6)
    stays = draw_stays(rng, n)
    amounts = np.zeros((n, len(trial.outcomes), 4))
    sums = {WEEKS: (at_risk, starts), FIRST: (waits, first), SHARE: (shares, weeks)}
    for name, (numerator, denominator) in sums.items():
        place = list(trial.outcomes).index(name)
        amounts[:, place, [0, 2]], amounts[:, place, [1, 3]] = numerator, denominator
    amounts[:, -1] = stays.list_amounts(trial.exits[EXITS].gains)
    unit = np.sort(rng.integers(0, len(trial.units), n))
    return PersonRows(trial.units, unit, amounts.astype(float), {EXITS: stays}, np.arange(n))


def draw_stays(rng: np.random.Generator, n: int) -> Stays:
    """A stay in half the periods of persons, some of them under way for long."""
    entry = np.where(rng.random(2 * n) < 0.5, 0, rng.integers(0, 70, 2 * n))
    leave = entry + rng.integers(1, 57, 2 * n)
    ends = rng.choice(3, 2 * n, p=[0.6, 0.2, 0.2])
    place = np.flatnonzero(rng.random(2 * n) < 0.5)
    return count_stays(place, (entry[place], leave[place]), ends[place], n)
