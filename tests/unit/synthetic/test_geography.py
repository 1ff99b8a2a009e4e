"""Homes and moves."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import UsageError
from pipeline.spec import load_study, parse_weeks
from pipeline.synthetic.geography import Geography, draw_homes, find_geography, read_geography


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


@pytest.mark.parametrize(
    ("weeks", "apart"),
    [
        ("2015-W01..2019-W13", {}),
        ("2012-W01..2013-W01", {"Langeland": 2013, "Svendborg": 2013}),
        ("2021-W01..2021-W52", {}),
        ("2021-W52..2022-W01", {"Ishøj": 2022, "Vallensbæk": 2022}),
        ("2022-W01..2024-W52", {}),
    ],
)
def test_a_joint_job_centre_that_splits_is_there_as_its_parts(
    weeks: str, apart: dict[str, int]
) -> None:
    found = read_geography(parse_weeks(weeks))
    since = dict(zip(found.units, found.apart_since.tolist(), strict=True))
    assert {unit: year for unit, year in since.items() if year} == apart
    kin = dict(zip(found.units, found.kin.tolist(), strict=True))
    assert len({kin[unit] for unit in apart}) == min(1, len(apart))
    assert len(set(kin.values())) == len(found.units) - len(apart) // 2
    assert len(found.codes) == 98


def test_nobody_moves_between_the_parts_of_a_job_centre_that_splits() -> None:
    found = read_geography(parse_weeks("2021-W01..2023-W01"))
    parts = [found.units.index(unit) for unit in ("Ishøj", "Vallensbæk")]
    weights = np.where(np.isin(found.unit_of, parts), 10.0, 0.01)
    homes = draw_homes(found, weights, (3, 20_000), 0.3, np.random.default_rng(1))
    old, new = found.unit_of[homes[:-1]], found.unit_of[homes[1:]]
    of_parts = np.isin(old, parts) & np.isin(new, parts)
    assert of_parts.mean() > 0.5
    assert (old == new)[of_parts].all()


def test_a_study_has_the_job_centres_that_it_ends_with() -> None:
    long = find_geography(load_study("hir"), parse_weeks("1991-W32..2022-W10"))
    assert "Vallensbæk-Ishøj" in long.units
    assert sorted(set(long.apart_since.tolist())) == [0, 2013]


@pytest.mark.parametrize("weeks", ["2006-W01..2008-W01", "1999-W01..2000-W01"])
def test_years_before_the_reform_have_no_job_centres(weeks: str) -> None:
    with pytest.raises(UsageError, match="weeks from 2007 on"):
        read_geography(parse_weeks(weeks))
