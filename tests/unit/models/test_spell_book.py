from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER
from pipeline.models.spell_book import SpellBook

ROWS = """
    before Anholt b 0 3  0
    before Anholt a 0 3  0
    before Brund  a 1 3 -1
    before Cortsø c 0 3  0
    during Anholt a 0 9  1
"""


def draw(text: str) -> pl.DataFrame:
    names = ["period", "jobcentre", "person_id", "entry_weeks", "duration_weeks", "cause"]
    rows = [line.split() for line in text.strip().splitlines()]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("entry_weeks", "duration_weeks", "cause").cast(pl.Int32)
    )


@pytest.fixture
def book() -> SpellBook:
    return SpellBook(draw(ROWS))


def test_spells_of_one_kind_are_one_row(book: SpellBook) -> None:
    group = book.group(frozenset({"Anholt", "Brund"}), "before")

    spells = group.spells
    assert list(zip(spells.entry, spells.duration, spells.cause, spells.weight, strict=True)) == [
        (0, 3, 0, 2),
        (1, 3, -1, 1),
    ]


def test_influences_are_summed_by_person_and_by_job_centre(book: SpellBook) -> None:
    group = book.group(frozenset({"Anholt", "Brund"}), "before")

    found = group.influences(np.array([1.0, 10.0]))

    # Person a has a spell of each kind, b one of the first.
    assert found[PERSON_CLUSTER].clusters.tolist() == [1, 2]
    assert found[PERSON_CLUSTER].values.tolist() == [11.0, 1.0]
    assert found[JOBCENTRE_CLUSTER].clusters.tolist() == [1, 2]
    assert found[JOBCENTRE_CLUSTER].values.tolist() == [2.0, 10.0]
    assert group.persons.tolist() == [1, 2]


def test_a_person_has_one_number_in_every_group(book: SpellBook) -> None:
    everybody = frozenset({"Anholt", "Cortsø"})

    assert book.group(everybody, "before").persons.tolist() == [1, 2, 3]
    assert book.group(everybody, "during").persons.tolist() == [1]


def test_a_group_without_spells_is_empty(book: SpellBook) -> None:
    group = book.group(frozenset({"Cortsø"}), "during")

    assert group.persons.size == 0
    assert group.influences(np.empty(0))[PERSON_CLUSTER].values.size == 0


def test_the_order_of_the_rows_leaves_no_trace() -> None:
    rows = draw(ROWS)
    group = frozenset({"Anholt", "Brund", "Cortsø"})
    values = np.array([0.1, 0.7])

    first = SpellBook(rows).group(group, "before").influences(values)[PERSON_CLUSTER]
    other = SpellBook(rows.reverse()).group(group, "before").influences(values)[PERSON_CLUSTER]

    assert first.values.tolist() == other.values.tolist()
