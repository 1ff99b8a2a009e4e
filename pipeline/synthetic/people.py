"""The persons of one block, drawn from streams of their own: where they live, what they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.synthetic.atlas import Atlas, read_atlas, read_stock
from pipeline.synthetic.blocks import Block
from pipeline.synthetic.careers import Lives, draw_lives
from pipeline.synthetic.chain import Calendar
from pipeline.synthetic.course import Citizens, draw_citizens
from pipeline.synthetic.geography import draw_homes
from pipeline.synthetic.kinds import BenefitCodes, read_benefit_codes
from pipeline.synthetic.months import Months, make_months
from pipeline.synthetic.population import People, draw_people
from pipeline.synthetic.stretches import find_stretches
from pipeline.synthetic.truth import Course

Ints = NDArray[np.int64]

# So many of a small delivery's persons at most, that there is something to estimate from.
_MOST_CITIZENS = 0.45
# Jobs of people who never received anything, and so are not in DREAM, per person who has.
_STRANGERS_SHARE = 0.02
_MOVER_SHARE = 0.04
_KEYS, _KEY_BITS = 10**9, 30
# Positions are below 2^24, so a lower number with some of its last 24 bits turned stays a key.
_SALTS = _KEYS >> 24 << 24
# Any odd numbers do.
_SCRAMBLERS = (0x2C1B3C6D, 0x297A2D39, 0x1B56C4E9)


def count_citizens(course: Course, persons: int) -> int:
    """How many of the persons in DREAM wait for the study's benefit, have it, or have left it.

    So many that in the intervention as many have it at a time as in the country.
    """
    study, calendar = course.study, course.chain.calendar
    country = read_stock(study.populations[study.headline_population].benefit)
    stock = course.planted.expectation.benefit[calendar.start : calendar.end + 1].sum(axis=1).mean()
    return int(min(country / stock, persons * _MOST_CITIZENS))


@dataclass(frozen=True)
class Plan:
    """What all blocks of a delivery have in common.

    Attributes:
        persons: persons in DREAM.
        seed: same seed, same bytes.
        extras: what there is beyond the usual: BEF, or pay by month in DREAM.
        dirt: kinds of dirt.
    """

    course: Course
    codes: BenefitCodes
    atlas: Atlas
    months: Months
    persons: int
    seed: int
    extras: frozenset[str] = frozenset()
    dirt: frozenset[str] = frozenset()

    @property
    def calendar(self) -> Calendar:
        """The weeks of the delivery."""
        return self.course.chain.calendar

    @property
    def citizens(self) -> int:
        """How many persons wait for the study's benefit, have it, or have left it."""
        return count_citizens(self.course, self.persons)

    @property
    def strangers(self) -> int:
        """How many persons are in e-income only."""
        return round(self.persons * _STRANGERS_SHARE)


@dataclass(frozen=True)
class Crowd:
    """The persons of a block: first those never on the course, then its citizens.

    Attributes:
        keys: of all of them, and then of the block's strangers.
        order: who comes first in DREAM, and so on, as positions among the persons.
        people: sex and age.
        homes: municipality by position, shape (years, persons).
        lives: careers and codes.
        citizens: what the course has of its citizens.
    """

    keys: pl.Series
    order: Ints
    people: People
    homes: Ints
    lives: Lives
    citizens: Citizens


def make_plan(course: Course, persons: int, seed: int) -> Plan:
    """The plan of a delivery with the course as it is to be drawn: with its shocks.

    Raises:
        StudyError: if the study's benefit has no measures.
    """
    study = course.study
    benefit = study.populations[study.headline_population].benefit
    months = make_months(course.chain.calendar.weeks)
    return Plan(course, read_benefit_codes(benefit), read_atlas(benefit), months, persons, seed)


def draw_crowd(plan: Plan, block: Block, streams: list[np.random.Generator]) -> Crowd:
    """The persons of a block; needs four streams."""
    course, n_others = plan.course, block.persons - block.citizens
    citizens = draw_citizens(course, plan.codes, block.citizens, streams[0])
    people = draw_people(plan.calendar, citizens.states, n_others, streams[1])
    stretches = find_stretches(plan.atlas, citizens.states, n_others, streams[1])
    lives = draw_lives(plan.atlas, plan.calendar, people, stretches, streams[1])
    on_course = citizens.codes > 0
    lives.codes[:, n_others:][on_course] = citizens.codes[on_course]
    geography, shape = course.geography, (len(citizens.homes), n_others)
    others = draw_homes(geography, geography.inhabitants, shape, _MOVER_SHARE, streams[2])
    return Crowd(
        keys=_make_keys(plan, block),
        order=streams[3].permutation(block.persons),
        people=people,
        homes=np.concatenate([others, citizens.homes], axis=1),
        lives=lives,
        citizens=citizens,
    )


def _make_keys(plan: Plan, block: Block) -> pl.Series:
    """Keys of a block's persons and then of its strangers, by their positions among all.

    All begin with a zero, which a reader that takes them for numbers would lose.
    """
    persons = block.first + np.arange(block.persons)
    strangers = plan.persons + block.first_stranger + np.arange(block.strangers)
    numbers = _scramble(np.concatenate([persons, strangers]), plan.seed)
    return pl.Series("pnr", numbers).cast(pl.String).str.zfill(10)


def _scramble(positions: Ints, seed: int) -> Ints:
    """Numbers of at most nine digits in no order, another for each position.

    Each step maps the numbers of 30 bits one to one; those with ten digits are mapped again. From
    numbers that had ten digits at the start two ways would lead to the same key.
    """
    mask = (1 << _KEY_BITS) - 1
    rng = np.random.default_rng(seed)
    salt = int(rng.integers(mask))
    while salt >= _SALTS:
        salt = int(rng.integers(mask))
    numbers = positions ^ salt
    pending = np.arange(len(numbers))
    while pending.size:
        found = numbers[pending]
        for factor in _SCRAMBLERS:
            found = (found * factor) & mask
            found ^= found >> (_KEY_BITS // 2)
        numbers[pending] = found
        pending = pending[found >= _KEYS]
    return numbers
