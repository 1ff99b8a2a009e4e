"""The study and delivery files as frozen types; every fault reported at once."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.errors import ContractError, Fault, IndsatsError, StudyError, nearest
from pipeline.layout import DATA_SCHEMAS, STUDIES
from pipeline.weeks import format_iso_week, parse_iso_week

BEFORE = "before"
INTERVENTION = "intervention"
PARTICIPATING = "participating"
REST_OF_COUNTRY = "rest_of_country"
ORDINARY_HOURS = "ordinary_hours"


class _Frozen(BaseModel):
    """A part of a file: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Weeks:
    """A window of ISO weeks, both ends included, as Mondays."""

    first_week: date
    last_week: date

    def __str__(self) -> str:
        return f"{format_iso_week(self.first_week)}..{format_iso_week(self.last_week)}"

    @property
    def n_weeks(self) -> int:
        """Length in weeks."""
        return (self.last_week - self.first_week).days // 7 + 1


def parse_weeks(text: object) -> Weeks:
    """A window from text such as ``2017-W10..2018-W09``.

    Raises:
        ValueError: if the text is not two ISO weeks in order.
    """
    if isinstance(text, Weeks):
        return text
    first, dots, last = str(text).partition("..")
    if not dots:
        raise ValueError("a window is written as 2017-W10..2018-W09")
    window = Weeks(parse_iso_week(first), parse_iso_week(last))
    if window.last_week < window.first_week:
        raise ValueError("the window ends before it starts")
    return window


Window = Annotated[Weeks, BeforeValidator(parse_weeks)]


class Periods(_Frozen):
    """The year before and the intervention."""

    before: Window
    intervention: Window


class Population(_Frozen):
    """Who is studied: recipients of one benefit, by the window in which they received it."""

    label: str
    benefit: str
    window: Literal["intervention", "each_period"] = "intervention"


class Outcome(_Frozen):
    """What is measured; `any_of` belongs to shares, `model` and `sampling` to durations."""

    label: str
    kind: Literal["duration_between_measures", "share"]
    favourable: Literal["lower", "higher"]
    model: Literal["exponential"] = "exponential"
    sampling: Literal["flow", "stock_and_flow"] = "flow"
    any_of: tuple[str, ...] = ()


class Table(_Frozen):
    """A table of the report, in the published layout of its kind."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    kind: Literal["weeks", "measure_mix", "share"]
    outcome: str | None = None
    extra_phases: tuple[str, ...] = ()


class Figure(_Frozen):
    """A figure of the report."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    kind: Literal["survival", "forest"]
    outcome: str


class Study(_Frozen):
    """What is asked: where, when, whom, and which outcomes."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    question: str
    participating: tuple[str, ...] = Field(min_length=1)
    excluded: tuple[str, ...] = ()
    periods: Periods
    phases: dict[str, Window] = {}
    populations: dict[str, Population] = Field(min_length=1)
    outcomes: dict[str, Outcome] = Field(min_length=1)
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()

    @property
    def windows(self) -> dict[str, Weeks]:
        """Every window by name: the intervention and its phases, after the year before."""
        return {
            BEFORE: self.periods.before,
            INTERVENTION: self.periods.intervention,
            **self.phases,
        }

    @property
    def headline_population(self) -> str:
        """The population that the tables show: the first in the file."""
        return next(iter(self.populations))


class Dream(_Frozen):
    """DREAM: one row per person, one column per week."""

    files: tuple[str, ...] = Field(min_length=1)
    person: str = "pnr"


class Bfl(_Frozen):
    """e-income: one row per job and month."""

    files: tuple[str, ...] = ()
    person: str = "pnr"
    start: str = "ajo_job_start_dato"
    end: str = "ajo_job_slut_dato"
    hours: str = "ajo_loentimer"
    support: str = "stoette_besk_kode"


class Register(_Frozen):
    """A register that is named in the delivery and whose columns have fixed names."""

    files: tuple[str, ...] = ()


class Delivery(_Frozen):
    """Which files hold which register."""

    dream: Dream
    bfl: Bfl = Bfl()
    bef: Register = Register()
    caseload: Register = Register()
    caseworkers: Register = Register()
    survey: Register = Register()


_Parsed = TypeVar("_Parsed", bound=_Frozen)


def load_study(name_or_path: str) -> Study:
    """The study in a TOML file, or the shipped study of that name.

    Raises:
        StudyError: with every fault at once: no such file, not TOML, unknown or missing keys,
            names that are in no code list, windows or references that do not fit together.
    """
    path = _find_study(name_or_path)
    study = _parse(Study, path, StudyError)
    faults = [Fault(str(path), what, remedy) for what, remedy in _misfits(study)]
    if faults:
        raise StudyError(faults)
    return study


def load_delivery(folder: Path) -> Delivery:
    """The delivery that a folder's ``delivery.toml`` describes.

    Raises:
        ContractError: if there is no such file or it is not as documented.
    """
    return _parse(Delivery, folder / "delivery.toml", ContractError)


def read_codes(noun: str) -> list[dict[str, str]]:
    """The rows of a code list of ``data_schemas/codes``, as text."""
    with (DATA_SCHEMAS / "codes" / f"{noun}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def list_jobcentres(window: Weeks) -> set[str]:
    """The job centres that existed in every year of a window."""
    first_year = window.first_week.isocalendar().year
    last_year = window.last_week.isocalendar().year
    return {
        row["jobcentre"]
        for row in read_codes("municipalities")
        if int(row["valid_from_year"]) <= first_year
        and last_year <= int(row["valid_to_year"] or last_year)
    }


def _find_study(name_or_path: str) -> Path:
    shipped = {path.stem: path for path in STUDIES.glob("*.toml")}
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        what = "there is no such study file"
        raise StudyError(Fault(name_or_path, what, nearest(name_or_path, shipped)))
    return path


def _parse(kind: type[_Parsed], path: Path, error: type[IndsatsError]) -> _Parsed:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = f"write a {path.name} as in the README"
        raise error(Fault(str(path), "there is no such file", remedy)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise error(Fault(str(path), f"is not TOML: {fault}", "mend the line named")) from None
    try:
        return kind.model_validate(content)
    except ValidationError as faults:
        raise error(list(_describe(faults, kind, path))) from None


def _describe(faults: ValidationError, kind: type[_Frozen], path: Path) -> Iterator[Fault]:
    """One fault per line of pydantic's list, with the nearest valid key where one is unknown."""
    for fault in faults.errors():
        place = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            valid = _valid_keys(kind, fault["loc"][:-1])
            yield Fault(str(path), f"unknown key {place}", nearest(str(fault["loc"][-1]), valid))
        elif fault["type"] == "missing":
            yield Fault(str(path), f"key {place} is missing", "add it")
        else:
            yield Fault(str(path), f"{place} = {fault['input']!r}", fault["msg"].lower())
