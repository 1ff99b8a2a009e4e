"""ISO weeks as Mondays, and the names registers give them.

Weeks are dates here and everywhere: arithmetic on the digits of ``YYWW`` is wrong at every
year's end and in week 53.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

WEEK = timedelta(days=7)
WEEK_COLUMN = re.compile(r"^y_(\d{2})(\d{2})$")
_ISO_WEEK = re.compile(r"^(\d{4})-W(\d{2})$")


def parse_iso_week(text: str) -> date:
    """The Monday of an ISO week such as ``2018-W10``.

    Raises:
        ValueError: if the text is not an ISO week or the year has no such week.
    """
    match = _ISO_WEEK.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not an ISO week such as 2018-W10")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def format_iso_week(monday: date) -> str:
    """The ISO name of a week, such as ``2018-W10``."""
    iso = monday.isocalendar()
    return f"{iso.year}-W{iso.week:02d}"


def parse_week_column(name: str) -> date:
    """The Monday of a DREAM column such as ``y_1810``; years under 90 are 20YY.

    Raises:
        ValueError: if the name is not a week column or the year has no such week.
    """
    match = WEEK_COLUMN.match(name)
    if match is None:
        raise ValueError(f"'{name}' is not a week column such as y_1810")
    short_year = int(match[1])
    year = 2000 + short_year if short_year < 90 else 1900 + short_year
    return date.fromisocalendar(year, int(match[2]), 1)


def format_week_column(monday: date) -> str:
    """The DREAM column of a week, such as ``y_1810``."""
    iso = monday.isocalendar()
    return f"y_{iso.year % 100:02d}{iso.week:02d}"


def list_weeks(first_week: date, last_week: date) -> list[date]:
    """Every Monday from `first_week` to `last_week`, both included."""
    count = (last_week - first_week) // WEEK + 1
    return [first_week + WEEK * i for i in range(count)]
