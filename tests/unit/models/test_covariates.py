"""Combinations of covariates, and the indicators that tell them apart."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.covariates import Combinations, combine_covariates

MEMBERS = pl.DataFrame(
    {
        "person_id": ["a", "b", "c", "d"],
        "sex": ["man", "woman", None, "man"],
        "origin": ["danish", "danish", None, None],
    }
)
ROWS = pl.DataFrame({"person_id": ["d", "a", "c", "a", "b"], "weeks": [1, 2, 3, 4, 5]})


def test_unknown_is_a_category_of_its_own_and_counted() -> None:
    rows, combinations = combine_covariates(ROWS, MEMBERS, ("sex", "origin"))

    assert combinations.values.rows() == [
        ("man", "danish"),
        ("man", "unknown"),
        ("unknown", "unknown"),
        ("woman", "danish"),
    ]
    numbers = dict(rows.select("weeks", "combination").iter_rows())
    assert numbers == {1: 1, 2: 0, 3: 2, 4: 0, 5: 3}
    assert list(combinations.list_lacks()) == [
        "sex is unknown of 1 of 4 persons, who are a category of their own",
        "origin is unknown of 2 of 4 persons, who are a category of their own",
    ]


def test_members_without_rows_make_no_combination() -> None:
    _, combinations = combine_covariates(ROWS.filter(person_id="a"), MEMBERS, ("sex",))
    assert combinations.values.rows() == [("man",)]
    assert list(combinations.list_lacks()) == []


def lay_out(values: dict[str, list[str]], amounts: list[float]) -> np.ndarray:
    return Combinations(pl.DataFrame(values), {}, 0).design(np.array(amounts))


def test_every_value_but_the_commonest_has_an_indicator() -> None:
    design = lay_out({"sex": ["man", "man", "woman"], "age": ["old", "young", "old"]}, [1, 1, 5])
    assert design.tolist() == [[1, 0], [1, 1], [0, 0]]


def test_a_value_of_nothing_counts_as_the_commonest() -> None:
    assert lay_out({"age": ["mid", "old", "young"]}, [5, 0, 2]).tolist() == [[0], [0], [1]]


def test_a_value_that_the_others_imply_has_no_indicator() -> None:
    values = {"sex": ["man", "unknown", "woman"], "origin": ["danish", "unknown", "danish"]}
    assert lay_out(values, [4, 1, 2]).tolist() == [[0, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize("amounts", [[0.0], [3.0]])
def test_one_combination_has_no_indicators(amounts: list[float]) -> None:
    assert lay_out({"sex": ["man"]}, amounts).shape == (1, 0)
