"""Weights that give a library the means asked for."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.montecarlo.tilting import tilt, weigh


def test_the_means_are_those_asked_for() -> None:
    library = np.random.default_rng(1).gamma(2.0, 3.0, (500, 3))
    means = library.mean(axis=0) * np.array([[1.0, 1.0, 1.0], [0.7, 1.2, 1.0], [1.4, 1.3, 1.5]])
    reached = weigh(library, tilt(library, means)) @ library
    assert reached == pytest.approx(means, rel=1e-6)


def test_equal_means_need_no_weights() -> None:
    library = np.random.default_rng(2).poisson(2.0, (100, 2)).astype(float)
    assert tilt(library, library.mean(axis=0)[None]) == pytest.approx(np.zeros((1, 2)), abs=1e-6)


def test_counts_keep_the_variance_of_their_mean() -> None:
    """A tilted Poisson variable is Poisson: a scaled one would have 1.5 times the variance."""
    library = np.random.default_rng(3).poisson(2.0, (40_000, 1)).astype(float)
    weights = weigh(library, tilt(library, np.array([[3.0]])))[0]
    variance = weights @ (library[:, 0] - 3.0) ** 2
    assert variance == pytest.approx(3.0, rel=0.05)


def test_where_it_starts_does_not_matter() -> None:
    library = np.random.default_rng(4).gamma(2.0, 3.0, (300, 2))
    means = library.mean(axis=0)[None] * [1.3, 0.8]
    start = np.array([[0.2, -0.3]])
    assert tilt(library, means, start) == pytest.approx(tilt(library, means), rel=1e-4)


def test_a_mean_beyond_every_row_is_unknown() -> None:
    library = np.random.default_rng(5).random((50, 2))
    means = np.array([[0.5, 0.5], [0.5, 1.5]])
    assert np.isnan(tilt(library, means)).all(axis=1).tolist() == [False, True]


def test_a_column_that_is_the_same_for_all_has_no_say() -> None:
    library = np.column_stack([np.random.default_rng(6).random(50), np.ones(50)])
    found = tilt(library, np.array([[0.6, 1.0], [0.6, 2.0]]))
    assert np.isnan(found).any(axis=1).tolist() == [False, True]
    assert weigh(library, found[:1]) @ library == pytest.approx(np.array([[0.6, 1.0]]))


def test_the_same_column_twice_does_no_harm() -> None:
    """Shares of the same weeks have the same denominator."""
    column = np.random.default_rng(7).gamma(2.0, 3.0, 200)
    library = np.column_stack([column, np.random.default_rng(8).random(200), column])
    means = library.mean(axis=0)[None] * [[1.2, 0.9, 1.2]]
    assert weigh(library, tilt(library, means)) @ library == pytest.approx(means, rel=1e-6)
