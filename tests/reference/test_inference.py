"""Inference about one treated unit, against published and independently computed figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.models.inference import (
    CONLEY_TABER,
    EXACT_T,
    PLACEBO_T,
    RANDOMIZATION,
    Inference,
    UnitPanel,
    assess_each,
)
from pipeline.models.tally import FloatArray

CASE = Path(__file__).parent / "did"


def build_panel(changes: FloatArray, names: tuple[str, ...], treated: str) -> UnitPanel:
    """Units of equal size that change by so much from zero."""
    means = np.c_[np.zeros_like(changes), changes]
    sizes = np.ones_like(means)
    return UnitPanel(names, means, sizes, sizes, sizes, np.array(names) == treated)


def read_states() -> tuple[tuple[str, ...], FloatArray]:
    """Packs per head by state and year, 1970-2000."""
    states = pl.read_csv(CASE / "prop99.csv").sort("state", "year")
    wide = states.pivot("year", index="state", values="cigsale")
    return tuple(wide["state"]), wide.drop("state").to_numpy()


def infer_california(changes: FloatArray, method: str) -> tuple[float, Inference]:
    names, _ = read_states()
    panel = build_panel(changes, names, "California")
    verdict = assess_each(panel)["California"][method]
    assert isinstance(verdict, Inference)
    return float(panel.effect), verdict


@pytest.mark.parametrize("outcome", ["weeks_between_measures", "share_practice_or_hours"])
def test_placebo_t_of_every_unit_against_all_others(outcome: str) -> None:
    case = pl.read_csv(CASE / "placebo_t_case.csv").filter(outcome=outcome)
    events, exposure, persons = (
        case.select(f"{name}_before", f"{name}_during").to_numpy().astype(float)
        for name in ("events", "exposure", "persons")
    )
    is_duration = outcome == "weeks_between_measures"
    sums = (exposure, events) if is_duration else (events, exposure)
    names = tuple(case["unit"])
    found = []
    for unit in names:
        treated = np.array(names) == unit
        size = exposure if is_duration else persons
        verdict = assess_each(UnitPanel(names, *sums, persons, size, treated))[unit][PLACEBO_T]
        assert isinstance(verdict, Inference)
        found.append(verdict.p_value)

    assert len(found) in (90, 94)
    assert found == pytest.approx(case["p_value"].to_list(), abs=1e-12)


@pytest.mark.parametrize("method", [CONLEY_TABER, RANDOMIZATION])
def test_proposition_99_ranks_fourth_of_39_states(method: str) -> None:
    _, packs = read_states()
    effect, found = infer_california(packs[:, 19:].mean(1) - packs[:, :19].mean(1), method)

    assert effect == pytest.approx(-27.3491, abs=5e-5)
    assert found.p_value == 4 / 39
    assert found.std_error == pytest.approx(17.52, abs=5e-3)


def test_proposition_99_demeaned_and_detrended() -> None:
    """Log packs; Lee and Wooldridge's exact t on state means, and on deviations from trends."""
    _, packs = read_states()
    logs, years = np.log(packs), np.arange(31.0)
    demeaned = logs[:, 19:].mean(1) - logs[:, :19].mean(1)
    trends = np.polynomial.polynomial.polyfit(years[:19], logs[:, :19].T, 1)
    detrended = (logs - np.polynomial.polynomial.polyval(years, trends))[:, 19:].mean(1)

    for changes, wanted in (
        (demeaned, (-0.42217, 0.12080, 0.00125)),
        (detrended, (-0.22699, 0.09407, 0.0209)),
    ):
        effect, found = infer_california(changes, EXACT_T)
        assert effect == pytest.approx(wanted[0], abs=5e-6)
        assert found.std_error == pytest.approx(wanted[1], abs=5e-6)
        assert found.p_value == pytest.approx(wanted[2], abs=5e-5)


def test_states_that_did_nothing_are_rejected_about_one_time_in_twenty() -> None:
    """Every other state as a placebo from every year that leaves five on both sides."""
    names, packs = read_states()
    kept = np.array(names) != "California"
    logs, states = np.log(packs[kept]), tuple(name for name in names if name != "California")
    rejected = dict.fromkeys((CONLEY_TABER, PLACEBO_T, EXACT_T), 0)
    starts = range(5, 27, 3)
    for start in starts:
        changes = logs[:, start:].mean(1) - logs[:, :start].mean(1)
        for state in states:
            verdicts = assess_each(build_panel(changes, states, state))[state]
            for method in rejected:
                verdict = verdicts[method]
                assert isinstance(verdict, Inference)
                rejected[method] += verdict.p_value <= 0.05
    rates = {method: count / (38 * len(starts)) for method, count in rejected.items()}

    # A rank among 38 rejects about 1 of 38: two would be more than 5 %.
    assert rates[CONLEY_TABER] == pytest.approx(1 / 38, abs=0.01)
    assert rates[PLACEBO_T] == rates[CONLEY_TABER]
    assert rates[EXACT_T] == pytest.approx(0.05, abs=0.03)
