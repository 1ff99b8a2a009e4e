"""The careers there are, and how people pass between them, as the lists beside this file say.

The lists are made up, but so that ages, sexes, seasons and stocks come out about as in Denmark.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.codes import read_codes
from pipeline.synthetic.chances import Chances

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_FOLDER = Path(__file__).parent
WORK, SELF_SUPPORT, CHILD = "work", "self_support", "child"
DEAD, NOT_RESIDENT, PENSION = "dead", "not_resident", "old_age_pension"
BEFORE_COURSE, OFF_COURSE, AFTER_COURSE = "before_course", "off_course", "after_course"
_ENTRIES = (BEFORE_COURSE, OFF_COURSE, AFTER_COURSE)
ADULT_AGE, PENSION_AGE = 18, 65
# A mean stay this long stands for a state that only death or age ends.
_FOR_LIFE = 2_000
# Nobody who may yet come (back) to the course dies, leaves or settles elsewhere meanwhile.
_FINAL = (DEAD, NOT_RESIDENT, PENSION, "disability_pension", "flexible_job", "flex_benefit")
_BANDS = np.array([18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65])
# How a benefit's weeks divide between measures, where it has codes for them.
_MEASURES = {
    "none": 0.70,
    "guidance_and_upskilling": 0.16,
    "ordinary_education": 0.02,
    "wage_subsidy": 0.03,
    "company_internship": 0.07,
    "utility_job": 0.02,
}


@dataclass(frozen=True)
class Atlas:
    """The careers there are, by position.

    Attributes:
        names: careers: benefits by English name, work, and those without either.
        starts: chances of the first career, by sex and age band.
        moves: chances of the next one, by career or entry, sex, age band and month.
        stay: mean weeks.
        older_stay: what a decade of age multiplies them by.
        is_for_life: whether only death or age ends a career.
        is_final: whether nobody comes from it to the course.
        introduced: first year.
        before_it: what stood in its place in the years before.
        codes: codes by career, 0 for none, shape (careers, most codes).
        code_shares: probabilities of these, likewise.
        code_chances: for draws of these, by career.
    """

    names: tuple[str, ...]
    starts: Chances
    moves: Chances
    stay: Floats
    older_stay: Floats
    is_for_life: Bools
    is_final: Bools
    introduced: Ints
    before_it: Ints
    codes: NDArray[np.int16]
    code_shares: Floats
    code_chances: Chances

    def at(self, name: str) -> int:
        """Position of a career, or of an entry in `moves`."""
        return (*self.names, *_ENTRIES).index(name)

    def in_year(self, careers: Ints, years: Ints) -> Ints:
        """The careers, or what stood in their place where they come before their time."""
        return np.where(self.introduced[careers] > years, self.before_it[careers], careers)


def find_band(ages: Floats) -> Ints:
    """The age band of each age in years; children are in the first."""
    return np.searchsorted(_BANDS, ages, side="right")


def read_career_rows() -> list[dict[str, str]]:
    """The rows of ``careers.csv``: one career each."""
    return _read_rows("careers")


def read_introduction(benefit: str) -> int:
    """The first year of a benefit; 0 if it has always been there."""
    return int(_read_row(benefit)["introduced"] or 0)


def read_stock(benefit: str) -> float:
    """How many in the country have a benefit at a time."""
    return float(_read_row(benefit)["recipients"])


def _read_row(career: str) -> dict[str, str]:
    return next(row for row in _read_rows("careers") if row["career"] == career)


def read_atlas(study_benefit: str) -> Atlas:
    """The careers, without ways to the study's own benefit: only its citizens receive that."""
    rows = _read_rows("careers")
    names = tuple(row["career"] for row in rows)
    allowed = np.array([name != study_benefit for name in names])
    # Positions (sex, band, career): men and women, of the ages the list says.
    fits = np.stack([np.ones(len(rows)), _read_numbers(rows, "women")])[:, None] * _fit_ages(rows)
    start = allowed * _read_numbers(rows, "start_share") * fits
    codes, weights = _career_codes(names)
    before_it = [row["before_it"] or row["career"] for row in rows]
    stay = _read_numbers(rows, "stay_weeks")
    return Atlas(
        names=names,
        starts=Chances(_or_self_support(start, names)),
        moves=Chances(_or_self_support(_weigh_moves(rows, allowed, fits), names)),
        stay=stay,
        older_stay=_read_numbers(rows, "older_stay"),
        is_for_life=stay >= _FOR_LIFE,
        is_final=np.array([name in _FINAL for name in names]),
        introduced=np.array([int(row["introduced"] or 0) for row in rows]),
        before_it=np.array(
            [names.index(SELF_SUPPORT if name == study_benefit else name) for name in before_it]
        ),
        codes=codes,
        code_shares=weights / weights.sum(axis=1, keepdims=True),
        code_chances=Chances(weights),
    )


def _read_rows(noun: str) -> list[dict[str, str]]:
    with (_FOLDER / f"{noun}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _read_numbers(rows: list[dict[str, str]], column: str) -> Floats:
    return np.array([float(row[column]) for row in rows])


def _fit_ages(rows: list[dict[str, str]]) -> Bools:
    """Whether an age band begins within a career's ages, shape (bands, careers)."""
    begins = np.concatenate([[0], _BANDS])[:, None]
    lowest, highest = (_read_numbers(rows, column) for column in ("min_age", "max_age"))
    return (begins >= lowest) & (begins <= highest)


def _weigh_moves(rows: list[dict[str, str]], allowed: Bools, fits: Floats) -> Floats:
    """Weights of the next career, shape (careers and entries, sexes, bands, months, careers)."""
    names = [row["career"] for row in rows]
    moves = np.zeros((len(names) + len(_ENTRIES), len(names)))
    for move in _read_rows("career_moves"):
        row = (*names, *_ENTRIES).index(move["career"])
        moves[row, names.index(move["next_career"])] = float(move["weight"])
    seasons = {row.pop("season"): list(map(float, row.values())) for row in _read_rows("seasons")}
    season = np.array([seasons[row["season"]] for row in rows]).T
    return np.asarray(
        (moves * allowed)[:, None, None, None] * fits[None, :, :, None] * season[None, None, None]
    )


def _or_self_support(weights: Floats, names: tuple[str, ...]) -> Floats:
    """The weights, and self-support where there is nothing else."""
    weights[weights.sum(axis=-1) == 0.0, names.index(SELF_SUPPORT)] = 1.0
    return weights


def _career_codes(names: tuple[str, ...]) -> tuple[NDArray[np.int16], Floats]:
    """Codes of each career and their weights; unverified meanings left out."""
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
    return codes, weights
