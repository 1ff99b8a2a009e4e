"""Balance of two groups on small sums."""

import polars as pl
import pytest

from pipeline.models.balance import BALANCE_SCHEMA, compare_characteristics
from pipeline.models.comparison import Comparison

GROUPS = Comparison("participating", frozenset({"A", "B"}), frozenset({"C"}))


def cells(values: dict[str, list[float]], characteristic: str = "hours") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "population": "course",
                "characteristic": characteristic,
                "jobcentre": jobcentre,
                "n_persons": len(amounts),
                "total": float(sum(amounts)),
                "total_squares": float(sum(amount**2 for amount in amounts)),
            }
            for jobcentre, amounts in values.items()
        ]
    )


def test_the_difference_is_in_standard_deviations():
    # Group 1: 1, 3, 5 has mean 3 and variance 8/3; group 2: 0, 2 has mean 1 and variance 1.
    (row,) = compare_characteristics(cells({"A": [1, 3], "B": [5], "C": [0, 2]}), GROUPS).to_dicts()
    assert (row["n_persons"], row["mean"]) == (3, 3)
    assert (row["n_persons_rest"], row["mean_rest"]) == (2, 1)
    assert row["standardised_difference"] == pytest.approx(2 / ((8 / 3 + 1) / 2) ** 0.5)


def test_what_does_not_vary_has_no_standardised_difference():
    (row,) = compare_characteristics(cells({"A": [1, 1], "C": [2, 2]}), GROUPS).to_dicts()
    assert row["standardised_difference"] is None
    assert (row["mean"], row["mean_rest"]) == (1, 2)


def test_what_is_known_of_one_group_only_is_null_in_the_other():
    (row,) = compare_characteristics(cells({"C": [1, 2]}), GROUPS).to_dicts()
    assert row["mean"] is None
    assert row["standardised_difference"] is None
    assert row["mean_rest"] == 1.5


def test_the_order_of_rows_leaves_no_trace_and_others_are_left_out():
    known = cells({"A": [0.1, 3], "B": [5.7], "C": [0, 2]})
    more = pl.concat([known, cells({"D": [900]})])
    first = compare_characteristics(more, GROUPS)
    assert first.equals(compare_characteristics(more.reverse(), GROUPS))
    assert first.equals(compare_characteristics(known, GROUPS))


def test_no_cells_give_no_rows():
    empty = compare_characteristics(cells({"A": [1]}).clear(), GROUPS)
    assert empty.schema == BALANCE_SCHEMA
    assert empty.is_empty()
