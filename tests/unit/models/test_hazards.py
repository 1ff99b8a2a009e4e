from __future__ import annotations

import numpy as np
import pytest

from pipeline.models.hazards import (
    Rule,
    WeeklyHazards,
    band_weeks,
    expect_weeks,
    slope_of_sum,
    sum_survival,
)
from pipeline.models.incidence import Incidence, Spells

RULES: tuple[Rule, Rule] = ("ratio", "difference")


def draw(*rows: tuple[int, int, int, int]) -> Spells:
    return Spells(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))


# Two weeks count below a horizon of 3. Entry, weeks, event (0) or censored (-1), number.
UNIT = draw((0, 1, 0, 2), (0, 2, 0, 2), (0, 5, -1, 6))  # hazards 2/10, 2/8
REST_BEFORE = draw((0, 1, 0, 10), (0, 2, 0, 9), (0, 5, -1, 81))  # hazards 10/100, 9/90
REST_DURING = draw((0, 1, 0, 15), (0, 2, 0, 17), (0, 5, -1, 68))  # hazards 15/100, 17/85


def expect(
    rule: Rule, horizon: int = 3, parts: tuple[Spells, ...] = (UNIT, REST_DURING, REST_BEFORE)
):
    bands = band_weeks(Incidence(parts[2], 1, horizon - 1))
    hazards = (
        WeeklyHazards(parts[0], horizon),
        *(WeeklyHazards(part, horizon, bands) for part in parts[1:]),
    )
    return hazards, expect_weeks(rule, *hazards)


def test_the_expected_weeks_by_hand() -> None:
    # Ratio: .2 x .15/.10 = .30 and .25 x .20/.10 = .50; weeks 1 + .70 + .70 x .50.
    assert expect("ratio")[1].weeks == pytest.approx(1 + 0.70 + 0.35)
    # Difference: .2 + .05 = .25 and .25 + .10 = .35; weeks 1 + .75 + .75 x .65.
    assert expect("difference")[1].weeks == pytest.approx(1 + 0.75 + 0.4875)


@pytest.mark.parametrize("rule", RULES)
def test_a_rest_that_does_not_change_leaves_the_unit_as_it_was(rule: Rule) -> None:
    hazards, expected = expect(rule, parts=(UNIT, REST_BEFORE, REST_BEFORE))

    assert expected.weeks == pytest.approx(hazards[0].restricted_mean)


@pytest.mark.parametrize("rule", RULES)
def test_an_expected_hazard_stays_a_share(rule: Rule) -> None:
    certain = draw((0, 1, 0, 10))
    falling = draw((0, 1, 0, 1), (0, 2, 0, 1), (0, 5, -1, 998))

    assert expect(rule, parts=(certain, REST_DURING, REST_BEFORE))[1].weeks == pytest.approx(1.0)
    assert 1 <= expect(rule, parts=(UNIT, falling, REST_BEFORE))[1].weeks <= 3


def test_a_week_in_which_the_rest_has_no_event_goes_with_the_one_before() -> None:
    rest = draw((0, 2, 0, 3), (0, 4, 0, 1), (0, 9, -1, 6))

    assert band_weeks(Incidence(rest, 1, 6)).tolist() == [0, 0, 0, 1, 1, 1]
    assert band_weeks(Incidence(draw((0, 9, -1, 6)), 1, 6)) is None
    found = WeeklyHazards(rest, 7, band_weeks(Incidence(rest, 1, 6)))
    # Three events in 10 + 10 + 7 weeks at risk, then one in 7 + 6 + 6.
    assert found.values.tolist() == pytest.approx([3 / 27] * 3 + [1 / 19] * 3)


def test_the_restricted_mean_is_the_area_under_the_curve() -> None:
    assert sum_survival(np.array([0.5, 0.5, 1.0])) == pytest.approx(1 + 0.5 + 0.25 + 0)


def test_the_slope_of_the_restricted_mean_also_where_nobody_is_left() -> None:
    hazards = np.array([0.1, 1.0, 0.3, 0.2])
    step = 1e-6
    for week, found in enumerate(slope_of_sum(hazards)):
        shift = np.zeros(4)
        shift[week] = step
        numeric = (sum_survival(hazards + shift) - sum_survival(hazards - shift)) / (2 * step)
        assert found == pytest.approx(numeric, abs=1e-8)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("part", [0, 1, 2])
def test_the_influence_is_the_derivative_by_the_weight(rule: Rule, part: int) -> None:
    parts = [
        draw((0, 1, 0, 4), (0, 2, 0, 3), (0, 3, 0, 3), (1, 4, 0, 2), (0, 5, 0, 3), (0, 9, -1, 20)),
        draw(
            (0, 1, 0, 30), (0, 2, 0, 21), (0, 3, 0, 5), (1, 4, 0, 20), (2, 5, 0, 9), (0, 9, -1, 200)
        ),
        draw((0, 1, 0, 20), (0, 3, 0, 25), (1, 4, 0, 20), (2, 5, -1, 8), (0, 9, -1, 200)),
    ]
    hazards, expected = expect(rule, 6, tuple(parts))
    influence = hazards[part].influence(expected.slopes[part])

    step = 1e-5
    spells = parts[part]
    for kind, found in enumerate(influence):
        weeks = []
        for shift in (step, -step):
            weight = spells.weight.astype(float)
            weight[kind] += shift
            moved = Spells(spells.entry, spells.duration, spells.cause, weight)
            weeks.append(expect(rule, 6, (*parts[:part], moved, *parts[part + 1 :]))[1].weeks)
        assert found == pytest.approx((weeks[0] - weeks[1]) / (2 * step), abs=1e-7)
    assert influence @ spells.weight == pytest.approx(0, abs=1e-12)


def simulate(draws: np.random.Generator, hazards: np.ndarray, n: int) -> Spells:
    """Spells with these weekly hazards, some that enter late, some censored."""
    event = draws.random((n, hazards.size)) < hazards
    until_event = np.where(event.any(1), event.argmax(1) + 1, hazards.size + 1)
    censored = draws.integers(15, hazards.size + 1, n)
    entry = np.where(draws.random(n) < 0.4, draws.integers(0, 25, n), 0)
    duration = np.minimum(until_event, censored)
    seen = duration > entry
    cause = np.where(until_event <= censored, 0, -1)
    return Spells(entry[seen], duration[seen], cause[seen], np.ones(seen.sum(), dtype=np.int64))


@pytest.mark.parametrize("rule", RULES)
def test_known_hazards_are_found_where_shares_would_mislead(rule: Rule) -> None:
    """Both groups' hazards move alike, and the programme raises one of them by a quarter."""
    weeks = np.arange(60)
    rest = 0.03 + 0.05 * np.exp(-weeks / 15)
    unit = 2 * rest if rule == "ratio" else rest + 0.05
    trend = 1 + 0.4 * np.sin(weeks / 9)
    moved = (unit * trend, rest * trend) if rule == "ratio" else (unit + 0.02, rest + 0.02)
    draws = np.random.default_rng(7)
    during = simulate(draws, 1.25 * moved[0], 40_000)
    parts = [simulate(draws, hazards, 100_000) for hazards in (unit, moved[1], rest)]

    hazards, expected = expect(rule, 52, tuple(parts))

    found = WeeklyHazards(during, 52).restricted_mean - expected.weeks
    truth = sum_survival(1.25 * moved[0][:51]) - sum_survival(moved[0][:51])
    influences = [
        each.influence(slope) for each, slope in zip(hazards, expected.slopes, strict=True)
    ]
    own = WeeklyHazards(during, 52)
    influences.append(own.influence(slope_of_sum(own.values)))
    error = sum(float(np.square(values).sum()) for values in influences) ** 0.5
    assert truth < -1
    assert error < 0.25
    assert abs(found - truth) < 3 * error
