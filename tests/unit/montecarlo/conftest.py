"""HIR's trial, and persons made up so that nothing has to be simulated."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.trial import Options, Trial, narrow_study
from pipeline.spec import load_study


@pytest.fixture(scope="session")
def trial() -> Trial:
    """HIR as it is planted, without shocks."""
    return Trial(narrow_study(load_study("hir")), Options(persons=60_000, shocks=0.0))


@pytest.fixture(scope="session")
def people(trial: Trial) -> PersonRows:
    """Two thousand persons with weeks at risk, starts, weeks with the outcome and weeks."""
    rng = np.random.default_rng(5)
    n = 2_000
    weeks = rng.integers(1, 57, (n, 2))
    active = rng.random((n, 2)) < 0.6
    shares = np.where(active, rng.binomial(weeks, 0.27), 0)
    at_risk = np.where(rng.random((n, 2)) < 0.5, rng.binomial(weeks, 0.6), 0)
    starts = rng.binomial(np.minimum(at_risk, 4), 0.25)
    amounts = np.zeros((n, 2, 4))
    kinds = [outcome.is_duration for outcome in trial.outcomes.values()]
    for place, (numerator, denominator) in (
        (kinds.index(True), (at_risk, starts)),
        (kinds.index(False), (shares, weeks)),
    ):
        amounts[:, place, [0, 2]], amounts[:, place, [1, 3]] = numerator, denominator
    unit = np.sort(rng.integers(0, len(trial.units), n))
    return PersonRows(trial.units, unit, amounts.astype(float))
