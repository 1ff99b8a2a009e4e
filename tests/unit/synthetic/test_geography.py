"""Homes and moves."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.spec import parse_weeks
from pipeline.synthetic.geography import Geography, draw_homes, read_geography


@pytest.fixture(scope="module")
def geography() -> Geography:
    return read_geography(parse_weeks("2015-W01..2019-W13"))


def test_98_municipalities_in_94_job_centres(geography: Geography) -> None:
    assert len(geography.codes) == 98
    assert len(geography.units) == 94
    assert geography.inhabitants.sum() == pytest.approx(5.78e6, rel=0.01)


@pytest.mark.parametrize(("one", "other"), [(561, 563), (813, 825), (155, 185), (183, 187)])
def test_joint_job_centres_are_partners(geography: Geography, one: int, other: int) -> None:
    position = {int(code): i for i, code in enumerate(geography.codes)}
    assert geography.unit_of[position[one]] == geography.unit_of[position[other]]
    assert geography.partner[position[one]] == position[other]
    assert geography.partner[position[other]] == position[one]


def test_who_has_no_partner_is_their_own(geography: Geography) -> None:
    assert (geography.partner == np.arange(98)).sum() == 98 - 8


def test_movers_change_job_centre_and_others_do_not(geography: Geography) -> None:
    rng = np.random.default_rng(1)
    homes = draw_homes(geography, geography.inhabitants, (3, 20_000), 0.1, rng)
    units = geography.unit_of[homes]
    assert (units[0] != units[1]).mean() == pytest.approx(0.1, abs=0.01)
    assert (units[1] != units[2]).mean() == pytest.approx(0.1, abs=0.01)
    inside = (units[0] == units[1]) & (homes[0] != homes[1])
    assert 0 < inside.mean() < 0.005


def test_movers_out_of_a_large_place_really_leave_it(geography: Geography) -> None:
    """A destination drawn at random would often be the place itself."""
    weights = np.where(geography.codes == 101, 1e8, geography.inhabitants)
    homes = draw_homes(geography, weights, (2, 20_000), 0.3, np.random.default_rng(1))
    units = geography.unit_of[homes]
    assert (units[0] != units[1]).mean() == pytest.approx(0.3, abs=0.015)


def test_without_movers_only_partners_change(geography: Geography) -> None:
    rng = np.random.default_rng(1)
    homes = draw_homes(geography, geography.inhabitants, (2, 5_000), 0.0, rng)
    assert np.array_equal(*geography.unit_of[homes])
