"""The order of the stages is read from what they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.engine import Engine
from pipeline.errors import UsageError
from pipeline.stages import choose_stages, list_stages
from tests.unit.stages.conftest import Toy


def list_order(toy: Toy) -> list[str]:
    with Engine(toy.out.work) as engine:
        return list(list_stages(engine))


def test_every_stage_comes_after_what_it_reads(toy: Toy) -> None:
    """Against the order of the names and of the layers."""
    order = list_order(toy)
    assert sorted(order) == ["analysis.a", "analysis.b", "core.zoos", "staging.pens"]
    assert order.index("staging.pens") < order.index("core.zoos") < order.index("analysis.a")


def test_the_order_follows_the_text(toy: Toy) -> None:
    toy.write("staging.pens", "select person_id, weight from analysis.b")
    toy.write("analysis.b", "select person_id, weight from raw.animals")
    order = list_order(toy)
    assert order.index("analysis.b") < order.index("staging.pens") < order.index("core.zoos")


def test_checks_are_no_stages(toy: Toy) -> None:
    toy.write("checks.weights", "select 'error' as severity")
    assert "checks.weights" not in list_order(toy)


def test_every_shipped_stage_comes_after_what_it_reads(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        stages = list_stages(engine)
    order = list(stages)
    for table, stage in stages.items():
        for read in stage.statement.tables & set(order):
            assert order.index(read) < order.index(table)


def test_a_table_needs_what_it_reads_and_no_more(toy: Toy) -> None:
    with Engine(toy.out.work) as engine:
        stages = list_stages(engine)
    assert list(choose_stages(stages, ["core.zoos"])) == ["staging.pens", "core.zoos"]
    assert list(choose_stages(stages, ["analysis.b"])) == ["analysis.b"]
    assert set(choose_stages(stages, ["analysis.a", "analysis.b"])) == set(stages)
    assert choose_stages(stages, []) == {}


def test_an_unknown_table_is_told_by_the_nearest_name(toy: Toy) -> None:
    what = "core.zoo: no stage makes this table; did you mean 'core.zoos'"
    with pytest.raises(UsageError, match=what):
        toy.build(wanted=["core.zoo"])
