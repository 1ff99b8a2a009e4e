"""Careers of everybody else."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.codes import read_codes
from pipeline.synthetic.careers import WORK, Atlas, draw_lives, read_atlas
from pipeline.synthetic.chain import State


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas("resource_course")


def test_every_benefit_is_a_career(atlas: Atlas) -> None:
    benefits = {row["benefit"] for row in read_codes("benefit_groups")}
    assert benefits <= set(atlas.names)


@pytest.mark.parametrize("benefit", ["resource_course", "cash_benefit", "flexible_job"])
def test_no_career_leads_to_the_study_s_benefit(benefit: str) -> None:
    atlas = read_atlas(benefit)
    own = atlas.at(benefit)
    chances = np.diff(atlas.reached, axis=1, prepend=0.0, append=1.0)
    assert chances[:, own] == pytest.approx(0.0, abs=1e-12)
    assert atlas.start[own] == 0.0
    assert chances.min() > -1e-12


def test_codes_are_those_of_the_career(atlas: Atlas) -> None:
    groups = {row["benefit_group"]: row["benefit"] for row in read_codes("benefit_groups")}
    benefits = {
        int(row["code"]): groups[row["benefit_group"]] for row in read_codes("benefit_codes")
    }
    lives = draw_lives(atlas, np.zeros((30, 1), dtype=np.uint8), 5_000, np.random.default_rng(1))
    for career, code in set(zip(lives.careers.ravel(), lives.codes.ravel(), strict=True)):
        name = atlas.names[career]
        assert benefits.get(code, name) == name
        assert (code == 0) == (name not in benefits.values())


def test_who_may_come_back_to_the_course_does_not_die_or_leave(atlas: Atlas) -> None:
    states = np.full((200, 3_000), State.OFF, dtype=np.uint8)
    states[:, :1_500] = State.WAITING
    lives = draw_lives(atlas, states, 1, np.random.default_rng(1))
    final = [atlas.at(name) for name in ("dead", "not_resident", "old_age_pension")]
    assert not np.isin(lives.careers[:, 1:], final).any()


def test_who_has_left_the_course_for_good_goes_elsewhere(atlas: Atlas) -> None:
    states = np.full((60, 3_000), State.GONE, dtype=np.uint8)
    states[:20] = State.MEASURE
    lives = draw_lives(atlas, states, 1, np.random.default_rng(1))
    shares = np.bincount(lives.careers[20, 1:], minlength=len(atlas.names)) / 3_000
    assert shares[atlas.at("flexible_job")] == pytest.approx(0.33, abs=0.04)
    assert shares[atlas.at("disability_pension")] == pytest.approx(0.24, abs=0.04)
    assert shares[atlas.at("dead")] > 0.01


def test_stays_are_as_long_as_the_list_says(atlas: Atlas) -> None:
    lives = draw_lives(atlas, np.zeros((400, 1), dtype=np.uint8), 20_000, np.random.default_rng(1))
    unemployed = lives.careers[:, :-1] == atlas.at("unemployment_insurance")
    starts = (~unemployed[:-1] & unemployed[1:])[:300].sum()
    assert unemployed[1:301].sum() / starts == pytest.approx(22, rel=0.15)
    assert (lives.careers == atlas.at(WORK)).mean() > 0.3
