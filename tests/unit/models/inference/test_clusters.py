from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pipeline.models.inference import (
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    infer_effect,
    sum_by_cluster,
)
from pipeline.models.tally import Influence


def test_influences_of_one_cluster_are_added_with_their_signs() -> None:
    first = Influence(np.array([2, 5]), np.array([1.0, 10.0]))
    second = Influence(np.array([5, 9]), np.array([4.0, 100.0]))

    assert sum_by_cluster([(1, first), (-1, second)]).tolist() == [1.0, 6.0, -100.0]


def test_person_clusters_use_the_normal_distribution() -> None:
    inference = infer_effect(2.0, np.array([0.5, -0.5, 1.0]), PERSON_CLUSTER)

    assert inference is not None
    # Squares sum to 1.5; times 3/2.
    assert inference.std_error == pytest.approx(1.5)
    assert inference.ci_low == pytest.approx(2 - 1.959963984540054 * 1.5)
    assert inference.ci_high == pytest.approx(2 + 1.959963984540054 * 1.5)
    assert inference.p_value == pytest.approx(2 * stats.norm.sf(2 / 1.5))


def test_job_centre_clusters_use_t_with_one_degree_less_than_clusters() -> None:
    inference = infer_effect(-2.0, np.array([0.5, -0.5, 1.0]), JOBCENTRE_CLUSTER)

    assert inference is not None
    assert inference.std_error == pytest.approx(1.5)
    assert inference.ci_high == pytest.approx(-2 + 4.302652729911275 * 1.5)
    assert inference.p_value == pytest.approx(2 * stats.t.sf(2 / 1.5, 2))


@pytest.mark.parametrize("sums", [[], [1.0], [0.0, 0.0, 0.0], [1e-17, -1e-17]])
def test_without_variation_there_is_no_inference(sums: list[float]) -> None:
    assert infer_effect(1.0, np.array(sums), PERSON_CLUSTER) is None
