"""A tiny delivery and study for tests of what is wrong, and all that a command tells of them.

Everyone's key, and whatever a test puts in the place of a value, begins with `PLANTED`, so that
nothing of a person can be told without being seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import polars as pl
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.spec import parse_weeks
from pipeline.weeks import list_weeks
from tests.support.careers import Career
from tests.support.staged import NO_JOBS

PLANTED = "PLANTED"
SPAN = parse_weeks("2017-W48..2018-W24")
WEEKS = list_weeks(SPAN.first_week, SPAN.last_week)
YEARS = (2017, 2018)
MONTHS = [date(2017, 12, 1)] + [date(2018, month, 1) for month in range(1, 7)]
HOMES = (253, 159, 320, 101)  # Greve, which participates, and the rest of the country
STUDY = """
name = "tiny"
title = "Tiny"
question = "Does it hold?"
participating = ["Greve"]

[periods]
before = "2018-W01..2018-W10"
intervention = "2018-W11..2018-W22"

[gates]
min_persons = 0
min_events = 0

[populations.course]
label = "on a course"
benefit = "resource_course"

[outcomes.weeks]
label = "Weeks between measures"
kind = "duration_between_measures"
favourable = "lower"

[outcomes.share]
label = "Share with hours"
kind = "share"
favourable = "higher"
any_of = ["company_internship", "ordinary_hours"]
"""
DELIVERY = """
[dream]
files = ["dream.parquet"]

[bfl]
files = ["bfl.parquet"]
"""
# Further registers, as columns.
CASELOAD = {
    "jobcentre": ["Greve", "Greve"],
    "period_start": ["2018-01-01", "2018-02-01"],
    "period_end": ["2018-01-31", "2018-02-28"],
    "caseworker_id": [PLANTED, PLANTED],
    "cases": ["38,5", "30"],
    "weekly_hours": [37, 37],
}
LINKS = {"pnr": [PLANTED], "caseworker_id": ["c"], "start_date": ["2018-01-01"], "end_date": [""]}
ANSWERS = {
    "respondent_id": [PLANTED, PLANTED],
    "municipality_code": [253, 253],
    "role": ["citizen", "citizen"],
    "round": [1, 1],
    "item": ["trust", "trust"],
    "answer": [PLANTED, PLANTED],
}


@cache
def make_dream() -> pl.DataFrame:
    """Forty persons on and off measures, as text where text may stand."""
    chance = Random(5)
    rows = []
    for number in range(40):
        runs = tuple((chance.choice((810, 810, 813, 817)), chance.randint(1, 5)) for _ in range(9))
        home = HOMES[number % len(HOMES)]
        rows.append(Career(runs, (home, home)).row(f"{PLANTED}{number:04d}", WEEKS, YEARS[0]))
    types = dict.fromkeys(rows[0], pl.Int64) | {"pnr": pl.String}
    return pl.DataFrame(rows, schema=types)


@cache
def make_jobs() -> pl.DataFrame:
    """A job of everyone in every month, every other one with support."""
    rows = [
        (f"{PLANTED}{number:04d}", month, month, 12.5 * (number % 4), number % 2)
        for month in MONTHS
        for number in range(40)
    ]
    return pl.DataFrame(rows, schema=NO_JOBS, orient="row")


@dataclass(frozen=True)
class Told:
    """What a command answered, and all that it left behind.

    Attributes:
        code: the exit code.
        output: standard output and standard error.
        left: text of the log, of every file but the tables of persons, and the names of all.
    """

    code: int
    output: str
    left: str


@dataclass(frozen=True)
class Place:
    """The folders of one test: a sound delivery and study, until the test breaks them."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def study(self) -> Path:
        return self.root / "study.toml"

    @property
    def log(self) -> Path:
        return self.root / "log.jsonl"

    def lay_out(self) -> None:
        """Write the sound delivery and study."""
        self.data.mkdir()
        make_dream().write_parquet(self.data / "dream.parquet")
        make_jobs().write_parquet(self.data / "bfl.parquet")
        self.describe(DELIVERY)
        self.study.write_text(STUDY, encoding="utf-8")

    def describe(self, text: str) -> None:
        (self.data / "delivery.toml").write_text(text, encoding="utf-8")

    def check(self, *options: str) -> Told:
        """Check the delivery."""
        return self.call("check", str(self.data), *options)

    @property
    def folders(self) -> tuple[str, ...]:
        """Where a run reads and writes, as options."""
        log = ("--json-log", str(self.log))
        return ("--data", str(self.data), "--out", str(self.out), *log)

    def run(self, *options: str) -> Told:
        """Run the study on the delivery."""
        return self.call("run", str(self.study), *self.folders, *options)

    def call(self, *arguments: str) -> Told:
        """Call the command line, in this process."""
        result = CliRunner().invoke(app, arguments)
        files = [path for path in (self.log, *self.out.rglob("*")) if path.is_file()]
        shown = [path.read_bytes() for path in files if path.suffix != ".parquet"]
        names = [path.relative_to(self.root).as_posix() for path in files]
        left = "\n".join([*names, *(text.decode("utf-8", "replace") for text in shown)])
        return Told(result.exit_code, result.output, left)
