"""Careers off the course, as a semi-Markov process: all first spells, then all second ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.synthetic.atlas import (
    ADULT_AGE,
    CHILD,
    DEAD,
    PENSION,
    PENSION_AGE,
    SELF_SUPPORT,
    Atlas,
    find_band,
)
from pipeline.synthetic.chain import Calendar
from pipeline.synthetic.population import WEEKS_PER_YEAR, People
from pipeline.synthetic.stretches import AT_RANDOM, Stretches

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_NEVER = 1_000_000
# Stays are gamma with this shape: the longer the likelier to end.
_SHAPE = 2.0
_USUAL_AGE = 40.0
# Deaths per year at 60, of men and women, and how much more likely a year of age makes them.
_DEATHS_AT_60 = np.array([0.010, 0.0062])
_GROWTH = 0.092
_RENEWAL = 0.125


@dataclass(frozen=True)
class Lives:
    """What becomes of persons.

    Attributes:
        careers: position in the atlas, (weeks, persons); on the course without a meaning.
        codes: benefit codes, 0 for none and on the course, (weeks, persons).
    """

    careers: NDArray[np.uint8]
    codes: NDArray[np.int16]


def draw_lives(
    atlas: Atlas, calendar: Calendar, people: People, stretches: Stretches, rng: np.random.Generator
) -> Lives:
    """Careers and codes of all persons in the weeks of their stretches."""
    careers = draw_careers(atlas, calendar, people, stretches, rng)
    return Lives(careers, _draw_codes(atlas, careers.T, rng).T)


def draw_careers(
    atlas: Atlas, calendar: Calendar, people: People, stretches: Stretches, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Careers of all persons in the weeks of their stretches, (weeks, persons)."""
    n_persons, n_weeks = len(people.ages), len(calendar.weeks)
    cells, careers = _Paths(atlas, calendar, people, stretches, rng).draw()
    # Where a stretch ends or a person begins something else does: nothing, or in the very week the
    # next stretch's first career, which stands behind it and so leaves it no week.
    borders = np.concatenate(
        [np.arange(n_persons) * n_weeks, stretches.person * n_weeks + stretches.end]
    )
    nothing = np.full(len(borders), atlas.at(SELF_SUPPORT))
    starts = np.concatenate([borders, cells])
    order = np.argsort(starts, kind="stable")
    return (
        np.repeat(
            np.concatenate([nothing, careers])[order].astype(np.uint8),
            np.diff(starts[order], append=n_persons * n_weeks),
        )
        .reshape(n_persons, n_weeks)
        .T
    )


class _Paths:
    """Draws the careers of all stretches, spell by spell."""

    def __init__(
        self,
        atlas: Atlas,
        calendar: Calendar,
        people: People,
        stretches: Stretches,
        rng: np.random.Generator,
    ) -> None:
        self._atlas, self._people, self._stretches, self._rng = atlas, people, stretches, rng
        self._n_weeks, self._years = len(calendar.weeks), calendar.years
        self._months = np.array([week.month - 1 for week in calendar.weeks])
        lives_on = stretches.is_temporary
        self._pension = np.where(
            lives_on, _NEVER, people.first_week_at(PENSION_AGE)[stretches.person]
        )
        self._death = np.where(lives_on, _NEVER, self._draw_deaths())

    def draw(self) -> tuple[Ints, NDArray[np.int64]]:
        """Cells (person times weeks plus week) in which careers begin, in no order, and these."""
        stretches, dead = self._stretches, self._atlas.at(DEAD)
        limit = np.minimum(stretches.end, np.minimum(self._pension, self._death))
        who = np.flatnonzero(stretches.start < limit)
        now, found = stretches.start[who], []
        career = self._draw_first(who)
        first = stretches.entry[who] == AT_RANDOM
        while who.size:
            self._death[who[career == dead]] = now[career == dead]
            found.append((who, now, career))
            now = now + np.where(career == dead, _NEVER, self._draw_stays(who, now, career, first))
            goes_on = now < limit[who]
            who, now, career = who[goes_on], now[goes_on], career[goes_on]
            career = self._draw_next(who, now, career)
            first = np.zeros(len(who), dtype=np.bool_)
        found.extend(self._list_ends())
        who, now, career = (np.concatenate(part) for part in zip(*found, strict=True))
        return stretches.person[who] * self._n_weeks + now, career

    def _list_ends(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Pensions and deaths, which whatever else was drawn gives way to."""
        stretches = self._stretches
        for name, week in ((PENSION, self._pension), (DEAD, self._death)):
            start = np.maximum(week, stretches.start)
            # The dead are not pensioned.
            who = np.flatnonzero((start < stretches.end) & (start <= self._death))
            yield who, start[who], np.full(len(who), self._atlas.at(name))

    def _draw_first(self, who: Ints) -> Ints:
        stretches = self._stretches
        now, entry = stretches.start[who], stretches.entry[who]
        career = self._atlas.starts.draw(self._describe(who, now), self._rng)
        enters = entry != AT_RANDOM
        career[enters] = self._draw_next(who[enters], now[enters], entry[enters])
        return self._adapt(who, now, career)

    def _draw_next(self, who: Ints, now: Ints, before: Ints) -> Ints:
        """The next career, from careers or entries."""
        place = (before, *self._describe(who, now), self._months[now])
        return self._adapt(who, now, self._atlas.moves.draw(place, self._rng))

    def _describe(self, who: Ints, now: Ints) -> tuple[Ints, Ints]:
        """Sex and age band."""
        person = self._stretches.person[who]
        return self._people.women[person].astype(np.int64), find_band(self._people.age(person, now))

    def _adapt(self, who: Ints, now: Ints, career: Ints) -> Ints:
        """The careers as the year has them, and none that is final before the course."""
        career = self._atlas.in_year(career, self._years[now])
        settles = self._stretches.is_temporary[who] & self._atlas.is_final[career]
        return np.asarray(np.where(settles, self._atlas.at(SELF_SUPPORT), career))

    def _draw_stays(self, who: Ints, now: Ints, career: Ints, under_way: Bools) -> Ints:
        """Weeks that careers last; of those under way, what is left of them."""
        atlas, rng, person = self._atlas, self._rng, self._stretches.person[who]
        age = self._people.age(person, now)
        mean = atlas.stay[career] * atlas.older_stay[career] ** ((age - _USUAL_AGE) / 10.0)
        # A career that is found under way is likelier a long one: gamma with one more in its shape.
        drawn = rng.standard_gamma(_SHAPE + under_way) * mean / _SHAPE
        drawn = np.where(under_way, drawn * rng.random(len(who)), drawn)
        stay = np.where(atlas.is_for_life[career], _NEVER, 1 + drawn.astype(np.int64))
        grown = self._people.first_week_at(ADULT_AGE)[person] - now
        grown += rng.integers(0, 52, len(who))
        return np.where(career == atlas.at(CHILD), np.maximum(grown, 1), stay)

    def _draw_deaths(self) -> Ints:
        """The week of death by Gompertz's law, of adults who live when their stretch begins."""
        stretches, people = self._stretches, self._people
        adult = people.first_week_at(ADULT_AGE)[stretches.person]
        start = np.maximum(stretches.start, adult)
        age = people.age(stretches.person, start)
        at_60 = _DEATHS_AT_60[people.women[stretches.person].astype(np.int64)]
        rate = at_60 * np.exp(_GROWTH * (age - 60.0))
        years = np.log1p(self._rng.standard_exponential(len(age)) * _GROWTH / rate) / _GROWTH
        return np.asarray(start + 1 + (years * WEEKS_PER_YEAR).astype(np.int64))


def _draw_codes(
    atlas: Atlas, careers: NDArray[np.uint8], rng: np.random.Generator
) -> NDArray[np.int16]:
    """Codes of careers, both (persons, weeks); where a career has several, they last a while."""
    has_several = np.any(atlas.codes[:, 1:] > 0, axis=1, keepdims=False)
    codes = atlas.codes[:, 0][careers]
    flat, drawn = careers.ravel(), codes.ravel()
    cells = np.flatnonzero(has_several[flat])
    begins = (cells % careers.shape[1] == 0) | (flat[cells] != flat[cells - 1])
    begins |= rng.random(len(cells)) < _RENEWAL
    career = flat[cells[begins]].astype(np.int64)
    found = atlas.codes[career, atlas.code_chances.draw((career,), rng)]
    drawn[cells] = found[np.cumsum(begins) - 1]
    return codes
