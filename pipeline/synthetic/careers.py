"""Weeks off the course, and everybody else's: careers of benefits, jobs and blank weeks."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.synthetic.chain import State

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_FOLDER = Path(__file__).parent
WORK, SELF_SUPPORT = "work", "self_support"
DEAD, NOT_RESIDENT, PENSION = "dead", "not_resident", "old_age_pension"
BEFORE_COURSE, OFF_COURSE, AFTER_COURSE = "before_course", "off_course", "after_course"
_ENTRIES = (BEFORE_COURSE, OFF_COURSE, AFTER_COURSE)
PENSION_AGE = 65
WEEKS_PER_YEAR = 52
# A mean stay this long in careers.csv stands for a state that only death or age ends.
_FOR_LIFE, _NEVER = 2_000, 30_000
# Nobody who may yet come (back) to the course dies, leaves or settles elsewhere meanwhile.
_FINAL = (DEAD, NOT_RESIDENT, PENSION, "disability_pension", "flexible_job", "flex_benefit")
_RENEWAL = 0.125
# How a benefit's weeks divide between measures, where it has codes for them.
_MEASURES = {
    "none": 0.70,
    "guidance_and_upskilling": 0.16,
    "ordinary_education": 0.02,
    "wage_subsidy": 0.03,
    "company_internship": 0.07,
    "utility_job": 0.02,
}
# Deaths per year up to each age.
_DEATHS = ((40, 0.0006), (65, 0.004), (80, 0.022), (200, 0.1))


@dataclass(frozen=True)
class Atlas:
    """The careers there are, by position, and how people pass between them.

    Attributes:
        names: careers: benefits by English name, work, and self-support.
        start: shares at the start of those who are never on the course.
        stay: mean weeks.
        ages: lowest and highest age at the start, shape (careers, 2).
        reached: cumulated probabilities of the next career, by career and then by entry.
        codes: codes by career, 0 for none, shape (careers, most codes).
        code_reached: cumulated probabilities of these.
    """

    names: tuple[str, ...]
    start: Floats
    stay: Floats
    ages: Ints
    reached: Floats
    codes: NDArray[np.int16]
    code_reached: Floats

    def at(self, name: str) -> int:
        """Position of a career, or of an entry in `reached`."""
        return (*self.names, *_ENTRIES).index(name)


@dataclass(frozen=True)
class Lives:
    """All persons: first those never on the course, then its citizens.

    Attributes:
        ages: age in the first week.
        careers: career by week (as it would be, for those on the course), (weeks, persons).
        codes: benefit codes, 0 for none, (weeks, persons).
    """

    ages: Ints
    careers: NDArray[np.uint8]
    codes: NDArray[np.int16]


def read_career_rows() -> list[dict[str, str]]:
    """The rows of ``careers.csv``: one career each."""
    with (_FOLDER / "careers.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read_atlas(study_benefit: str) -> Atlas:
    """The careers, without ways to the study's own benefit: only its citizens receive that."""
    rows = read_career_rows()
    names = tuple(row["career"] for row in rows)
    allowed = np.array([name != study_benefit for name in names])
    reached = np.zeros((len(names) + len(_ENTRIES), len(names)))
    with (_FOLDER / "career_moves.csv").open(encoding="utf-8", newline="") as lines:
        for move in csv.DictReader(lines):
            row = (*names, *_ENTRIES).index(move["career"])
            reached[row, names.index(move["next_career"])] = float(move["weight"])
    reached = reached * allowed
    reached[reached.sum(axis=1) == 0, names.index(SELF_SUPPORT)] = 1.0
    start = np.array([float(row["start_share"]) for row in rows]) * allowed
    codes, code_reached = _career_codes(names)
    return Atlas(
        names=names,
        start=start / start.sum(),
        stay=np.array([float(row["stay_weeks"]) for row in rows]),
        ages=np.array([[int(row["min_age"]), int(row["max_age"])] for row in rows]),
        reached=np.cumsum(reached / reached.sum(axis=1, keepdims=True), axis=1)[:, :-1],
        codes=codes,
        code_reached=code_reached,
    )


def _career_codes(names: tuple[str, ...]) -> tuple[NDArray[np.int16], Floats]:
    """Codes of each career and their cumulated probabilities; unverified meanings left out."""
    groups = {row["benefit_group"]: row["benefit"] for row in read_codes("benefit_groups")}
    measures = {row["measure_group"]: row["measure"] for row in read_codes("measure_groups")}
    found: dict[str, dict[int, float]] = {name: {} for name in names}
    listed = read_codes("benefit_codes")
    for row in listed:
        peers = [
            other
            for other in listed
            if (other["benefit_group"], other["measure_group"])
            == (row["benefit_group"], row["measure_group"])
        ]
        measure = measures[row["measure_group"]]
        weight = 0.0 if measure == "unknown" else _MEASURES.get(measure, 1.0)
        found[groups[row["benefit_group"]]][int(row["code"])] = weight / len(peers)
    width = max(len(codes) for codes in found.values())
    codes = np.zeros((len(names), width), dtype=np.int16)
    weights = np.zeros((len(names), width))
    # Careers without a benefit have the one code 0; others overwrite this.
    weights[:, 0] = 1.0
    for position, name in enumerate(names):
        codes[position, : len(found[name])] = list(found[name])
        weights[position, : len(found[name])] = list(found[name].values())
    return codes, np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)[:, :-1]


def draw_lives(
    atlas: Atlas, course_states: NDArray[np.uint8], n_others: int, rng: np.random.Generator
) -> Lives:
    """Careers and codes of all persons, the course's citizens last; a loop over weeks."""
    walk = _Walk(atlas, course_states[0], n_others, rng)
    n_weeks = len(course_states)
    careers = np.empty((n_weeks, len(walk.ages)), dtype=np.uint8)
    codes = np.empty((n_weeks, len(walk.ages)), dtype=np.int16)
    ages = walk.ages.copy()
    for week in range(n_weeks):
        if week:
            walk.step(course_states[week - 1], course_states[week])
        careers[week], codes[week] = walk.career, walk.code
    return Lives(ages, careers, codes)


class _Walk:
    """Everybody's career in the current week."""

    def __init__(
        self, atlas: Atlas, course: NDArray[np.uint8], n_others: int, rng: np.random.Generator
    ) -> None:
        self._atlas, self._rng, self._n_others = atlas, rng, n_others
        first = np.searchsorted(np.cumsum(atlas.start), (np.arange(n_others) + 0.5) / n_others)
        entry = np.where(course == State.OFF, atlas.at(OFF_COURSE), atlas.at(BEFORE_COURSE))
        self.career = np.concatenate([first, self._next(entry)])
        low, high = atlas.ages[self.career].T
        on_course = np.arange(len(self.career)) >= n_others
        low, high = np.where(on_course, 20, low), np.where(on_course, 58, high)
        self.ages = (low + rng.random(len(low)) * (high - low + 1)).astype(np.int64)
        to_pension = (PENSION_AGE - self.ages) * WEEKS_PER_YEAR
        self._to_pension = to_pension - rng.integers(0, WEEKS_PER_YEAR, len(low))
        self._death = self._death_rates()
        everyone = np.arange(len(self.career))
        self._left = self._stay(everyone)
        self._left = (self._left * rng.random(len(everyone))).astype(np.int64) + 1
        self.code = np.zeros(len(everyone), dtype=np.int16)
        self._renew_codes(everyone)
        self._weeks_gone = 0

    def step(self, before: NDArray[np.uint8], course: NDArray[np.uint8]) -> None:
        """Passes to the next week, given the course's states before and in it."""
        atlas, rng, career = self._atlas, self._rng, self.career
        self._weeks_gone += 1
        self._left -= 1
        fixed = np.zeros(len(career), dtype=np.bool_)
        fixed[self._n_others :] = course != State.GONE
        previous = career.copy()
        ended = self._left <= 0
        career[ended] = self._next(career[ended])
        old = ~fixed & (self._to_pension <= self._weeks_gone)
        career[old & (career != atlas.at(NOT_RESIDENT))] = atlas.at(PENSION)
        dies = ~fixed & (rng.random(len(career)) < self._death)
        career[dies | (previous == atlas.at(DEAD))] = atlas.at(DEAD)
        career[fixed & np.isin(career, [atlas.at(name) for name in _FINAL])] = atlas.at(
            SELF_SUPPORT
        )
        left_course = self._n_others + np.flatnonzero((before != course) & (course >= State.OFF))
        comes_back = course[left_course - self._n_others] == State.OFF
        entry = np.where(comes_back, atlas.at(OFF_COURSE), atlas.at(AFTER_COURSE))
        career[left_course] = self._next(entry)
        changed = (career != previous) | ended
        changed[left_course] = True
        who = np.flatnonzero(changed)
        self._left[who] = self._stay(who)
        self._renew_codes(np.flatnonzero(changed | (rng.random(len(career)) < _RENEWAL)))

    def _next(self, rows: Ints) -> Ints:
        """The next career, from careers or entries."""
        return _draw(self._atlas.reached[rows], self._rng)

    def _stay(self, who: Ints) -> Ints:
        """Weeks in the career just begun: gamma, so that the longer the likelier to end."""
        mean = self._atlas.stay[self.career[who]]
        drawn = 1 + (self._rng.standard_gamma(2.0, len(who)) * mean / 2).astype(np.int64)
        return np.where(mean >= _FOR_LIFE, _NEVER, drawn)

    def _renew_codes(self, who: Ints) -> None:
        atlas = self._atlas
        position = _draw(atlas.code_reached[self.career[who]], self._rng)
        self.code[who] = atlas.codes[self.career[who], position]

    def _death_rates(self) -> Floats:
        limits, yearly = np.array(_DEATHS).T
        return np.asarray(yearly[np.searchsorted(limits, self.ages, side="right")] / WEEKS_PER_YEAR)


def _draw(reached: Floats, rng: np.random.Generator) -> Ints:
    """One position per row of cumulated probabilities."""
    return np.asarray((rng.random(len(reached))[:, None] >= reached).sum(axis=1))
