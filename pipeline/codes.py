"""The code lists that ship with the package."""

from __future__ import annotations

import csv
from datetime import MAXYEAR, date
from functools import cache

from pipeline.layout import DATA_SCHEMAS


@cache
def read_codes(noun: str) -> list[dict[str, str]]:
    """The rows of a code list of ``data_schemas/codes``, every value as text."""
    with (DATA_SCHEMAS / "codes" / f"{noun}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def list_ways_out() -> list[str]:
    """The ways out of a benefit, in printed order."""
    return [row["way_out"] for row in read_codes("ways_out")]


def list_jobcentres(first_week: date, last_week: date) -> set[str]:
    """The job centres that existed in every ISO year from one week to another."""
    first_year, last_year = first_week.isocalendar().year, last_week.isocalendar().year
    return {
        name for name, years in _list_validity() if years[0] <= first_year and last_year <= years[1]
    }


def list_jobcentres_of_any_year(first_week: date, last_week: date) -> set[str]:
    """The job centres that existed in some ISO year from one week to another."""
    first_year, last_year = first_week.isocalendar().year, last_week.isocalendar().year
    return {
        name for name, years in _list_validity() if years[0] <= last_year and first_year <= years[1]
    }


def list_relatives(jobcentre: str, first_week: date, last_week: date) -> set[str]:
    """The job centres that it was one with in some ISO year between two weeks, itself included."""
    there = list_jobcentres_of_any_year(first_week, last_week)
    served = [(row["jobcentre"], row["code"]) for row in read_codes("municipalities")]
    related, n_before = {jobcentre}, 0
    while len(related) > n_before:
        n_before = len(related)
        codes = {code for name, code in served if name in related}
        related |= {name for name, code in served if code in codes and name in there}
    return related


def find_years(jobcentre: str) -> tuple[int, int]:
    """The first and the last year of a job centre that is in the code list; 9999 while it lasts."""
    return next(years for name, years in _list_validity() if name == jobcentre)


def _list_validity() -> list[tuple[str, tuple[int, int]]]:
    """Each job centre with the first and the last year in which it served a municipality."""
    return [
        (row["jobcentre"], (int(row["valid_from_year"]), int(row["valid_to_year"] or MAXYEAR)))
        for row in read_codes("municipalities")
    ]


def list_benefits() -> list[str]:
    """The benefits, by their names from the staging layer on."""
    return [row["benefit"] for row in read_codes("benefit_groups")]


def list_measures() -> list[str]:
    """The kinds of measure that are active, by their names from the staging layer on."""
    return [row["measure"] for row in read_codes("measure_groups") if row["is_measure"] == "true"]


def find_jobcentre(name: str, first_week: date, last_week: date) -> str | None:
    """The job centre that a job centre's name, a municipality's name or its code stands for.

    Case does not matter, nor leading zeros of a code.

    Returns:
        The job centre's name, or None if nothing has that name in these weeks.
    """
    jobcentres = list_jobcentres(first_week, last_week)
    wanted = name.strip().casefold()
    for row in read_codes("municipalities"):
        names = {row["jobcentre"].casefold(), row["name"].casefold(), row["code"]}
        if row["jobcentre"] in jobcentres and {wanted, wanted.lstrip("0")} & names:
            return row["jobcentre"]
    return None
