"""The truth against what is counted in the written registers, by a program of its own."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pipeline.spec import Study
from tests.unit.synthetic.registers import (
    BEFORE,
    INTERNSHIPS,
    INTERVENTION,
    LAST_3_MONTHS,
    Bools,
    Gap,
    Registers,
    Window,
)

# In standard errors; about one in 30,000 draws is further away, and the draw is always the same.
FAR = 4.2
WINDOWS = [
    ("before", "intervention", BEFORE),
    ("during", "intervention", INTERVENTION),
    ("during", "last_3_months", LAST_3_MONTHS),
]
WEEKS, SHARE = "weeks_between_measures", "share_practice_or_hours"
FIRST = "weeks_to_first_measure"
Floats = NDArray[np.float64]


def members(unit: str, units: list[str], study: Study) -> list[int]:
    inside = {name: name in study.participating for name in units}
    if unit == "participating":
        return [units.index(name) for name in units if inside[name]]
    if unit == "rest_of_country":
        return [units.index(name) for name in units if not inside[name]]
    return [units.index(unit)]


def read_truth(registers: Registers, outcome: str, phase: str, period: str) -> dict[str, float]:
    truth = pl.read_csv(registers.folder / "truth.csv").filter(outcome=outcome, phase=phase)
    return dict(truth.select("unit", period).iter_rows())


def survive(gaps: Gap, within: Bools, n_weeks: int) -> Floats:
    """Kaplan-Meier's share without an event, by weeks from 0."""
    steps = [1.0]
    for week in range(1, n_weeks):
        ended = (gaps.event & (gaps.weeks == week) & within).sum()
        steps.append(1.0 - ended / ((gaps.weeks >= week) & within).sum())
    return np.cumprod(steps)


def distance(numerator: Floats, denominator: Floats, true: float) -> float:
    """How far a ratio of persons' sums lies from `true`, in person-clustered standard errors."""
    scores = numerator - true * denominator
    return float(abs(scores.sum()) / np.sqrt((scores**2).sum()))


@pytest.mark.parametrize(("period", "phase", "window"), WINDOWS)
@pytest.mark.parametrize("outcome", [WEEKS, FIRST])
def test_expected_weeks(
    registers: Registers, hir: Study, outcome: str, period: str, phase: str, window: Window
) -> None:
    gaps = registers.gaps(window) if outcome == WEEKS else registers.waits(window)
    truth = read_truth(registers, outcome, phase, period)
    assert len(truth) == 17
    for unit, true in truth.items():
        within = np.isin(gaps.unit, members(unit, registers.units, hir))
        who, n = gaps.person[within], len(registers.codes)
        weeks = np.bincount(who, gaps.weeks[within], minlength=n)
        events = np.bincount(who, gaps.event[within], minlength=n)
        assert distance(weeks, events, true) < FAR, unit


@pytest.mark.parametrize(("period", "phase", "window"), WINDOWS)
def test_share_with_internship_or_hours(
    registers: Registers, hir: Study, period: str, phase: str, window: tuple[date, date]
) -> None:
    span, rows = registers.span(window), registers.population
    on_course, unit = registers.on_course[rows, span], registers.unit[rows, span]
    named = np.isin(registers.codes[rows, span], INTERNSHIPS)
    named = (named | registers.ordinary_hours[rows, span]) & on_course
    truth = read_truth(registers, SHARE, phase, period)
    assert len(truth) == 17
    for name, true in truth.items():
        within = np.isin(unit, members(name, registers.units, hir))
        counted, weeks = (named & within).sum(axis=1), (on_course & within).sum(axis=1)
        assert distance(counted, weeks, true) < FAR, name


def test_pooled_estimates_are_near_in_absolute_terms(registers: Registers, hir: Study) -> None:
    """A huge variance would make every distance small."""
    gaps = registers.gaps(BEFORE)
    rest = np.isin(gaps.unit, members("rest_of_country", registers.units, hir))
    assert gaps.weeks[rest].sum() / gaps.event[rest].sum() == pytest.approx(38, rel=0.1)
    assert gaps.event[rest].sum() > 1_000


def test_survival_to_56_weeks_is_that_of_the_evaluation(registers: Registers) -> None:
    gaps = registers.gaps(INTERVENTION)
    everybody = np.ones(len(gaps.weeks), dtype=np.bool_)
    assert survive(gaps, everybody, 56)[-1] == pytest.approx(0.45, abs=0.04)


@pytest.mark.parametrize("outcome", [WEEKS, FIRST])
@pytest.mark.parametrize(("period", "window"), [("before", BEFORE), ("during", INTERVENTION)])
def test_restricted_means_are_those_of_the_curves(
    registers: Registers, hir: Study, outcome: str, period: str, window: Window
) -> None:
    """Errors of pooled curves are some half week in the participating ones, a fifth in others."""
    gaps = registers.gaps(window) if outcome == WEEKS else registers.waits(window)
    truth = read_truth(registers, outcome, "intervention", f"{period}_rmst_52")
    for unit, far in (("participating", 2.0), ("rest_of_country", 0.8)):
        within = np.isin(gaps.unit, members(unit, registers.units, hir))
        found = survive(gaps, within, 52).sum()
        assert found == pytest.approx(truth[unit], abs=far)


def test_measure_mix_is_that_of_the_evaluation(registers: Registers, hir: Study) -> None:
    """Per cent of the weeks without measure, in guidance, and in internship."""
    expected = {
        ("participating", BEFORE): (62, 21, 16),
        ("participating", INTERVENTION): (60, 19, 20),
        ("rest_of_country", BEFORE): (57, 28, 14),
        ("rest_of_country", INTERVENTION): (56, 27, 16),
    }
    for (unit, window), shares in expected.items():
        span, rows = registers.span(window), registers.population
        codes = registers.codes[rows, span]
        within = np.isin(registers.unit[rows, span], members(unit, registers.units, hir))
        weeks = codes[within & registers.on_course[rows, span]]
        found = [100 * np.isin(weeks, kind).mean() for kind in ((810,), (813,), INTERNSHIPS)]
        assert found == pytest.approx(shares, abs=2.0)
