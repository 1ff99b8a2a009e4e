from __future__ import annotations

import polars as pl
import pytest

from pipeline.errors import ModelError
from pipeline.models.estimate import (
    ESTIMATE_KEY,
    ESTIMATE_SCHEMA,
    Estimates,
    combine_estimates,
    require_effect,
)


def _estimates(unit: str, effect: float | None, *notices: str) -> Estimates:
    row = dict.fromkeys(ESTIMATE_SCHEMA) | dict.fromkeys(ESTIMATE_KEY, "x")
    row |= {"unit": unit, "effect": effect}
    return Estimates(pl.DataFrame([row], schema=ESTIMATE_SCHEMA), notices)


def test_combined_estimates_are_in_key_order_with_each_notice_once() -> None:
    combined = combine_estimates(
        [_estimates("Brund", 1.0, "b", "a"), _estimates("Anholt", None, "a")]
    )

    assert combined.rows["unit"].to_list() == ["Anholt", "Brund"]
    assert combined.notices == ("a", "b")


def test_combining_nothing_gives_an_empty_frame_of_the_right_shape() -> None:
    assert combine_estimates([]).rows.schema == pl.Schema(ESTIMATE_SCHEMA)


def test_one_known_effect_is_enough() -> None:
    known = combine_estimates([_estimates("Brund", 0.0), _estimates("Anholt", None)])

    assert require_effect(known) is None


def test_without_any_effect_the_run_ends_in_13() -> None:
    with pytest.raises(ModelError, match="none of 2 effects") as error:
        require_effect(combine_estimates([_estimates("Brund", None), _estimates("Anholt", None)]))

    assert error.value.exit_code == 13
