from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.models.tally import Tally, TallyBook

ROWS = pl.DataFrame(
    {
        "period": ["before", "before", "before", "last"],
        "jobcentre": ["Brund", "Anholt", "Brund", "Brund"],
        "person_id": ["b", "a", "b", "c"],
        "numerator": [5, 7, 1, 9],
        "denominator": [True, False, True, True],
    }
)


def test_a_person_is_added_up_over_the_job_centres_of_the_group() -> None:
    tally = TallyBook(ROWS).tally(frozenset({"Anholt", "Brund"}), "before", "person")

    assert tally.clusters.tolist() == [1, 2]
    assert tally.numerator.tolist() == [7, 6]
    assert tally.denominator.tolist() == [0, 2]


def test_job_centres_are_clusters_too() -> None:
    tally = TallyBook(ROWS).tally(frozenset({"Brund"}), "before", "jobcentre")

    assert (tally.clusters.tolist(), tally.numerator.tolist()) == ([2], [6])


def test_a_group_or_period_without_rows_has_no_clusters() -> None:
    book = TallyBook(ROWS)

    assert book.tally(frozenset({"Anholt"}), "last", "person").clusters.size == 0
    assert book.tally(frozenset({"Anholt"}), "intervention", "person").clusters.size == 0


def test_influence_is_the_clusters_residual_over_the_denominator() -> None:
    tally = Tally(np.array([1, 2]), np.array([7, 5]), np.array([0, 2]))

    assert tally.influence(6.0).values.tolist() == [3.5, -3.5]


def test_job_centres_are_tabulated_in_the_order_asked_for() -> None:
    table = TallyBook(ROWS).tabulate(["Cortsø", "Brund", "Anholt"], "before")

    assert table.tolist() == [[0, 0, 0], [6, 2, 1], [7, 0, 1]]
