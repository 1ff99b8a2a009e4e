from __future__ import annotations

import numpy as np
import pytest

from pipeline.models.incidence import Incidence, Spells


def draw(*rows: tuple[int, ...]) -> Spells:
    return Spells(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))


# Entry, weeks, cause and number: of ten, one leaves by each way in week 1 and 2, two are censored.
HAND = draw((0, 1, 0, 1), (0, 1, -1, 1), (0, 2, 1, 2), (1, 3, 0, 1), (0, 3, -1, 4))


def test_the_incidence_by_hand() -> None:
    found = Incidence(HAND, 2, 3)

    assert found.at_risk.tolist() == [8, 7, 5]
    # 1/8 first; then 7/8 x 2/7 by the other way; then 7/8 x 5/7 x 1/5 by the first.
    assert found.incidence[0].tolist() == pytest.approx([0, 1 / 8, 1 / 8, 1 / 8 + 1 / 8])
    assert found.incidence[1].tolist() == pytest.approx([0, 0, 1 / 4, 1 / 4])
    assert found.survival.tolist() == pytest.approx([1, 7 / 8, 5 / 8, 1 / 2])


def test_all_that_leave_and_all_that_stay_are_everybody() -> None:
    found = Incidence(HAND, 2, 3)

    assert found.incidence.sum(0) + found.survival == pytest.approx(np.ones(4))


def test_one_that_enters_late_is_at_risk_from_the_next_week() -> None:
    found = Incidence(draw((2, 3, 0, 1), (0, 2, -1, 1), (0, 4, -1, 1)), 1, 4)

    assert found.at_risk.tolist() == [2, 2, 2, 1]
    assert found.incidence[0].tolist() == pytest.approx([0, 0, 0, 0.5, 0.5])


def test_beyond_the_last_that_is_followed_nothing_is_known() -> None:
    found = Incidence(draw((0, 2, -1, 1), (4, 6, 0, 1)), 1, 8)

    assert found.n_weeks_followed == 2
    assert Incidence(draw((0, 8, -1, 1)), 1, 8).n_weeks_followed == 8


def test_an_event_beyond_the_weeks_asked_for_is_not_counted() -> None:
    found = Incidence(draw((0, 5, 0, 1), (0, 2, 0, 1)), 1, 3)

    assert found.incidence[0].tolist() == [0, 0, 0.5, 0.5]


@pytest.mark.parametrize("causes", [[0], [1], [0, 1]])
@pytest.mark.parametrize("week", [1, 2, 3])
def test_the_influence_is_the_derivative_by_the_weight(causes: list[int], week: int) -> None:
    chosen = np.array(causes)
    step = 1e-6

    def share(weight: np.ndarray) -> float:
        spells = Spells(HAND.entry, HAND.duration, HAND.cause, weight)
        return float(Incidence(spells, 2, 3).incidence[chosen, week].sum())

    influence = Incidence(HAND, 2, 3).influence(chosen, week)

    for kind, found in enumerate(influence):
        more, less = HAND.weight.astype(float), HAND.weight.astype(float)
        more[kind] += step
        less[kind] -= step
        assert found == pytest.approx((share(more) - share(less)) / (2 * step), abs=1e-9)
    assert influence @ HAND.weight == pytest.approx(0, abs=1e-12)


def test_nobody_has_no_incidence() -> None:
    empty = Spells(*(np.empty(0, dtype=np.int64) for _ in range(4)))

    found = Incidence(empty, 2, 3)

    assert found.n_weeks_followed == 0
    assert found.influence(np.array([0]), 3).size == 0
