"""Which delivered columns are used, and what they are called from here on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pipeline.contract import load_contract
from pipeline.errors import ContractError, Fault, nearest
from pipeline.registers.delivered import DeliveredFile
from pipeline.spec import Dream, Register
from pipeline.weeks import (
    WEEK,
    WEEK_COLUMN,
    format_week_column,
    list_weeks,
    parse_week_column,
)

_RESIDENCE_COLUMN = re.compile(r"^nykom(\d{4})$")
_PAY_COLUMN = re.compile(r"^(?:grad|branche)_(\d{4})_(\d{2})$")
_PERSON_COLUMNS = ("kon", "alder9131")
# E-income begins here; what a delivery without monthly columns of pay has instead of one.
_FIRST_MONTH_OF_PAY = "grad_2008_01"


@dataclass(frozen=True)
class DreamColumns:
    """The columns of DREAM that are used.

    Attributes:
        names: delivered name to the documented name; weeks, years and months in order.
        first_week: Monday of the first week column.
        last_week: Monday of the last week column.
        first_year: of the first municipality column.
        last_year: of the last municipality column.
        unreported: how many columns at the end of a set were left out, by the first of them.
    """

    names: dict[str, str]
    first_week: date
    last_week: date
    first_year: int
    last_year: int
    unreported: dict[str, int] = field(default_factory=dict)

    @property
    def weeks(self) -> list[str]:
        """The week columns by their documented names, in order."""
        return [name for name in self.names.values() if WEEK_COLUMN.match(name)]

    @property
    def years(self) -> list[str]:
        """The municipality columns by their documented names, in order."""
        return [name for name in self.names.values() if _RESIDENCE_COLUMN.match(name)]

    @property
    def months(self) -> list[str]:
        """The columns that say by month whether there was pay, in order; none if not delivered."""
        return [name for name in self.names.values() if _PAY_COLUMN.match(name)]

    @property
    def first_month(self) -> date:
        """First day of the first month in `months`, or in which anyone could have had pay."""
        return _parse_month((self.months or [_FIRST_MONTH_OF_PAY])[0])

    @property
    def absent(self) -> list[str]:
        """Columns that stages name and the delivery lacks."""
        months = [] if self.months else [_FIRST_MONTH_OF_PAY]
        return [*(name for name in _PERSON_COLUMNS if name not in self.names.values()), *months]

    def leave_out(
        self, weeks: Sequence[str], years: Sequence[str] = (), months: Sequence[str] = ()
    ) -> DreamColumns:
        """What is left without the last of each set."""
        ends = {columns[0]: len(columns) for columns in (weeks, years, months) if columns}
        return replace(
            self,
            last_week=self.last_week - WEEK * len(weeks),
            last_year=self.last_year - len(years),
            unreported=self.unreported | ends,
        )


def choose_dream_columns(delivered: Sequence[str], dream: Dream) -> DreamColumns:
    """The person key, the weeks, the municipalities and what tells of pay among DREAM's columns.

    Raises:
        ContractError: if the key is missing, names collide without regard to case, a week does
            not exist, or weeks, years or months have gaps.
    """
    weekly = [name for name in delivered if WEEK_COLUMN.match(name.lower())]
    by_name = _fold(delivered, "dream", [dream.person, *weekly])
    faults = _check_present({"person": dream.person}, by_name, "dream")
    weeks: dict[date, str] = {}
    for name in filter(WEEK_COLUMN.match, by_name):
        try:
            weeks[parse_week_column(name)] = name
        except ValueError:
            what = "that year has no such ISO week"
            faults.append(Fault(f"dream.{name}", what, "rename or remove the column"))
    years = {int(match[1]): name for name in by_name if (match := _RESIDENCE_COLUMN.match(name))}
    months = _choose_months(by_name)
    faults += _check_unbroken(weeks, years) + _check_months(months)
    if faults:
        raise ContractError(faults)
    person = {by_name[dream.person.lower()]: "pnr"}
    ordered = [weeks[week] for week in sorted(weeks)] + [years[year] for year in sorted(years)]
    ordered += [name for name in _PERSON_COLUMNS if name in by_name] + months
    names = person | {by_name[name]: name for name in ordered}
    return DreamColumns(names, min(weeks), max(weeks), min(years), max(years))


def choose_columns(delivered: Sequence[str], name: str, register: Register) -> dict[str, str]:
    """Delivered name to documented name for the columns that are used of a register.

    Columns that its contract calls optional may be lacking, unless delivery.toml names another.

    Raises:
        ContractError: if a column that the delivery file names is missing or named twice.
    """
    named, documented = register.named, register.documented
    by_name = _fold(delivered, name, {*named.values(), *documented.values()})
    contract = load_contract(f"raw.{name}")
    named = {
        key: column
        for key, column in named.items()
        if column.lower() in by_name
        or column != documented[key]
        or not contract.columns[column].optional
    }
    faults = _check_present(named, by_name, name)
    lowered = [column.lower() for column in named.values()]
    for column in sorted({column for column in lowered if lowered.count(column) > 1}):
        what = f"two keys of [{name}] in delivery.toml name this column"
        faults.append(Fault(f"{name}.{column}", what, "a column of its own for each key"))
    if faults:
        raise ContractError(faults)
    return {by_name[named[key].lower()]: documented[key] for key in named}


def leave_out_undelivered(dream: DreamColumns, files: Sequence[DeliveredFile]) -> DreamColumns:
    """DREAM's columns without the last weeks that some of its files do not have yet.

    They are unknown for the persons of these files, and not weeks without a benefit.
    """
    weeks = dream.weeks
    held = [{name.lower() for name in file.columns} for file in files]
    while len(weeks) > 1 and any(weeks[-1] not in names for names in held):
        weeks.pop()
    left_out = dream.weeks[len(weeks) :]
    names = {old: new for old, new in dream.names.items() if new not in left_out}
    return replace(dream.leave_out(left_out), names=names)


def follow_columns(
    names: Mapping[str, str], first: str, file: DeliveredFile, faults: list[Fault]
) -> dict[str, str]:
    """The columns of a register's first file in another one, whatever their order and case.

    Args:
        names: delivered to documented name in the first file.
        first: what the first file is called.
        file: the other file, or the first itself.
        faults: grows by what is wrong: a column that is missing would be read as empty.
    """
    by_name: dict[str, list[str]] = {}
    for name in file.columns:
        by_name.setdefault(name.lower(), []).append(name)
    found = {old: by_name.get(old.lower(), []) for old in names}
    lacking = [old for old, held in found.items() if not held]
    if lacking:
        what = f"{len(lacking)} columns of {first} are missing, the first {lacking[0]}"
        faults.append(Fault(file.place, what, "the same columns in every file of a register"))
    for old, held in found.items():
        if len(held) > 1:
            what = f"two columns are called {old.lower()} when case is ignored"
            faults.append(Fault(file.place, what, "keep one"))
    return {held[0]: names[old] for old, held in found.items() if held}


def _fold(delivered: Sequence[str], register: str, documented: Iterable[str]) -> dict[str, str]:
    """Lowered name to delivered name.

    Raises:
        ContractError: if no name is a documented one, or two names differ in case only. Without a
            header the first row is a person's, so nothing of it is shown.
    """
    counts = Counter(name.lower() for name in delivered)
    if not counts.keys() & {name.lower() for name in documented}:
        what = f"none of {len(delivered)} columns has a documented name"
        remedy = "a first row with the names of the columns, parted by one separator throughout"
        raise ContractError(Fault(register, what, remedy))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        what = "two columns have this name when case is ignored"
        raise ContractError(Fault(f"{register}.{name}", what, "keep one") for name in twice)
    return {name.lower(): name for name in delivered}


def _check_present(named: dict[str, str], by_name: Iterable[str], register: str) -> list[Fault]:
    known = list(by_name)
    return [
        Fault(f"{register}.{name}", f"there is no such column ({key} in delivery.toml)", hint)
        for key, name in named.items()
        if name.lower() not in known
        for hint in [nearest(name, known)]
    ]


def _check_unbroken(weeks: Iterable[date], years: Iterable[int]) -> list[Fault]:
    """Weeks and years without a hole between the first and the last."""
    mondays, calendar_years = set(weeks), set(years)
    columns = {"week columns": ("y_YYWW", mondays), "municipalities": ("nykomYYYY", calendar_years)}
    lacking = [
        Fault(f"dream.{name}", f"there are no {what}", f"deliver {what}, named {name}")
        for what, (name, found) in columns.items()
        if not found
    ]
    if lacking:
        return lacking
    missing = [w for w in list_weeks(min(mondays), max(mondays)) if w not in mondays]
    faults = [
        Fault(f"dream.{format_week_column(week)}", "this week is missing", "deliver every week")
        for week in missing
        if week - WEEK in mondays
    ]
    for year in set(range(min(calendar_years), max(calendar_years))) - calendar_years:
        faults.append(Fault(f"dream.nykom{year}", "this year is missing", "deliver every year"))
    return faults


def _parse_month(name: str) -> date:
    """First day of the month of a column such as ``grad_2018_03``.

    Raises:
        ValueError: if there is no such month.
    """
    return date.fromisoformat(f"{name[-7:-3]}-{name[-2:]}-01")


def _choose_months(by_name: Iterable[str]) -> list[str]:
    """The monthly columns that tell of pay, in order: `grad`, or `branche` where there is none."""
    monthly = sorted(name for name in by_name if _PAY_COLUMN.match(name))
    return [name for name in monthly if name.startswith("grad")] or monthly


def _check_months(names: Sequence[str]) -> list[Fault]:
    """Months that exist, without a hole between the first and the last."""
    faults, expected = [], None
    for name in names:
        try:
            month = _parse_month(name)
        except ValueError:
            faults.append(Fault(f"dream.{name}", "there is no such month", "rename the column"))
            continue
        if expected not in (None, month):
            what = "months before this one are missing"
            faults.append(Fault(f"dream.{name}", what, "deliver every month"))
        expected = (month + timedelta(days=31)).replace(day=1)
    return faults
