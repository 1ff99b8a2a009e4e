"""Models of expected numbers of spells: those that a fit to the spells themselves gives."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.duration_fits import SUMMARIES, choose_start
from pipeline.models.durations.families import FAMILY_NAMES, choose_family
from pipeline.models.durations.parametric import fit_family
from pipeline.models.durations.spells import collapse_spells
from pipeline.models.expected_durations import summarise_expected

N_WEEKS = 56


@pytest.fixture(scope="module", params=[False, True], ids=["flow", "late entry"])
def spells(request: pytest.FixtureRequest) -> pl.DataFrame:
    """Half start again soon and half seldom; some are under way when they come into sight."""
    rng = np.random.default_rng(4)
    n = 6_000
    lasts = rng.geometric(np.where(rng.random(n) < 0.5, 0.15, 0.01))
    entry = rng.integers(0, 30, n) * (rng.random(n) < 0.4) * request.param
    seen = np.minimum(entry + rng.integers(1, 40, n), N_WEEKS)
    frame = pl.DataFrame(
        {
            "cell": np.zeros(n, np.int64),
            "entry": entry,
            "duration": np.minimum(lasts, seen),
            "has_event": lasts <= seen,
        }
    )
    return frame.filter(pl.col("entry") < pl.col("duration"))


def count(spells: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """At risk and events in each week."""
    entry, duration, event = (spells[name].to_numpy() for name in spells.columns[1:])
    weeks = np.arange(1, N_WEEKS + 1)
    at_risk = [((entry < week) & (week <= duration)).sum() for week in weeks]
    return np.array(at_risk, float), np.array(
        [(event & (duration == w)).sum() for w in weeks], float
    )


@pytest.mark.parametrize("model", FAMILY_NAMES)
def test_expected_numbers_give_what_the_spells_give(spells: pl.DataFrame, model: str) -> None:
    collapsed = collapse_spells(spells, ["cell"])
    family = choose_family(model, collapsed)
    fit = fit_family(collapsed, family, start=choose_start(family, collapsed))
    assert fit is not None
    at_risk, events = count(spells)
    for summary, measure in SUMMARIES.items():
        wanted = float(measure(family, fit.local)[0])
        # Only their proportions matter.
        found = summarise_expected(model, summary, 1e-7 * at_risk, 1e-7 * events)
        assert found == (pytest.approx(wanted, rel=1e-6) if np.isfinite(wanted) else None)


def test_the_mean_of_a_constant_hazard_is_weeks_over_events(spells: pl.DataFrame) -> None:
    at_risk, events = count(spells)
    mean = summarise_expected("exponential", "mean", at_risk, events)
    assert mean == pytest.approx(at_risk.sum() / events.sum())


def test_without_events_nothing_is_said() -> None:
    assert summarise_expected("weibull", "mean", np.ones(8), np.zeros(8)) is None
