from __future__ import annotations

import pytest

from pipeline.errors import UsageError
from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.spec import Study

REST = frozenset({"Cortsø", "Dragør", "Egense"})


def test_each_participating_unit_and_all_pooled_against_the_rest(
    study: Study, jobcentres: list[str]
) -> None:
    comparisons = list_comparisons(study, reversed(jobcentres))

    assert comparisons == [
        Comparison("Brund", frozenset({"Brund"}), REST),
        Comparison("Anholt", frozenset({"Anholt"}), REST),
        Comparison("participating", frozenset({"Anholt", "Brund"}), REST),
    ]
    assert [each.is_pooled for each in comparisons] == [False, False, True]


def test_a_participating_unit_alone_keeps_the_rest_of_the_whole_run(
    study: Study, jobcentres: list[str]
) -> None:
    assert list_comparisons(study, jobcentres, only="Brund") == [
        Comparison("Brund", frozenset({"Brund"}), REST)
    ]


@pytest.mark.parametrize("unit", ["Cortsø", "Falslev"])
def test_any_other_job_centre_is_not_compared_with_itself(
    study: Study, jobcentres: list[str], unit: str
) -> None:
    (comparison,) = list_comparisons(study, jobcentres, only=unit)

    assert comparison == Comparison(unit, frozenset({unit}), REST - {unit})


def test_an_unknown_job_centre_is_refused_with_the_nearest(
    study: Study, jobcentres: list[str]
) -> None:
    with pytest.raises(UsageError, match="did you mean 'Dragør'"):
        list_comparisons(study, jobcentres, only="Dragor")
