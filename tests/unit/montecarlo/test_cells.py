"""Sums of job centres, drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import StudyError
from pipeline.montecarlo.cells import CellRegisters
from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.trial import Options, Trial
from pipeline.synthetic.people import count_citizens
from pipeline.synthetic.shocks import shock_course


@pytest.fixture(scope="module")
def registers(trial: Trial, people: PersonRows) -> CellRegisters:
    return CellRegisters(trial, people)


def test_sums_are_on_average_those_of_the_chain(trial: Trial, registers: CellRegisters) -> None:
    expected = count_citizens(trial.course, trial.options.persons) * trial.expect(trial.course)
    drawn = np.array([add_up(registers.draw(np.random.default_rng(s))) for s in range(30)])
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    t = (drawn.mean(axis=0) - expected) / error
    assert np.abs(t).mean() < 1.1
    assert np.abs(t).max() < 5.0


def test_each_repetition_has_shocks_of_its_own(
    trial: Trial, people: PersonRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more citizens than a country has, so that their own chance does not show."""
    monkeypatch.setattr("pipeline.synthetic.people.read_stock", lambda _: np.inf)
    options = Options(persons=3_000_000, shocks=0.2)
    shaken = Trial(trial.study, options)
    drawn = add_up(CellRegisters(shaken, people).draw(np.random.default_rng(3)))
    course = shock_course(shaken.course, np.random.default_rng(3))
    wanted = count_citizens(shaken.course, options.persons) * shaken.expect(course)
    largest = wanted[:, 2, 1].argsort()[-20:]
    drawn, wanted = drawn[largest, :3], wanted[largest, :3]
    assert drawn == pytest.approx(wanted, rel=0.1)
    usual = count_citizens(shaken.course, options.persons) * shaken.expect(shaken.course)
    assert np.abs(wanted / usual[largest, :3] - 1).max() > 0.1


def test_the_same_stream_gives_the_same_rows(registers: CellRegisters) -> None:
    first, again, other = (registers.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.amounts, again.amounts)
    assert not np.array_equal(add_up(first), add_up(other))


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_one_outcome_by_itself_is_drawn_too(trial: Trial, people: PersonRows, place: int) -> None:
    name = list(trial.outcomes)[place]
    study = trial.study.model_copy(update={"outcomes": {name: trial.outcomes[name]}})
    alone = Trial(study, replace(trial.options, persons=1_000_000))
    library = replace(people, amounts=people.amounts[:, [place]])
    drawn = add_up(CellRegisters(alone, library).draw(np.random.default_rng(1))).sum(axis=0)
    expected = count_citizens(alone.course, 1_000_000) * alone.expect(alone.course).sum(axis=0)
    # What persons add to the share that has left is about nothing in the whole country.
    kept = [1, 3] if name == "exits" else [0, 1, 2, 3]
    assert drawn[0, kept] == pytest.approx(expected[0, kept], rel=0.03)


def test_more_persons_are_more_rows(trial: Trial, people: PersonRows) -> None:
    large = Trial(trial.study, Options(persons=120_000, shocks=0.0))
    rng = np.random.default_rng(1)
    rows = [len(CellRegisters(t, people).draw(rng).unit) for t in (trial, large)]
    assert rows[1] == pytest.approx(2 * rows[0], rel=0.05)


def test_a_library_that_nobody_fits_is_refused(trial: Trial, people: PersonRows) -> None:
    poor = replace(people, amounts=people.amounts * [1.0, 0.0, 1.0, 1.0])
    with pytest.raises(StudyError, match="no mix of the simulated persons"):
        CellRegisters(trial, poor)


def add_up(rows: PersonRows) -> np.ndarray:
    sums = np.zeros((len(rows.units), *rows.amounts.shape[1:]))
    np.add.at(sums, rows.unit, rows.amounts)
    return sums
