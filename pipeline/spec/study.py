"""A study: what is asked, where, when and of whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pipeline.spec.frozen import Frozen
from pipeline.spec.judgement import Gates, Methods
from pipeline.weeks import format_iso_week, parse_iso_week

BEFORE = "before"
INTERVENTION = "intervention"
PARTICIPATING = "participating"
REST_OF_COUNTRY = "rest_of_country"
ORDINARY_HOURS = "ordinary_hours"
STOCK_AND_FLOW = "_stock_and_flow"
# Blocks of time are counted from the start, so that none holds weeks of both sides of it.
WEEKS_OF_BLOCK = {"month": 4, "quarter": 13}
DURATION_KINDS = ("duration_between_measures", "duration_to_first_measure")
MEAN_KINDS = ("share", "hours")
HAZARD_MODELS = ("hazard_ratio_did", "hazard_difference_did")
# Weeks up to which their restricted means go where nobody is followed for 52, the longest first.
SHORTER_HORIZONS = (39, 26, 13)
# The effect on it is the logarithm of a ratio, and no number of weeks.
HAZARD_RATIO = "cox.log_hazard_ratio"
# Columns of the table of members, each with a handful of values.
COVARIATES = ("sex", "age_band", "origin", "time_on_benefit", "earlier_measures")
# Stands in the name of a model for the same persons in every cell, as a variant's name does.
ADJUSTED = "adjusted"
SURVIVAL = "survival"


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


def name_model(model: str, sampling: str) -> str:
    """The name in the estimates of a model, on spells that begin in a window or on all in it."""
    return model if sampling == "flow" else model + STOCK_AND_FLOW


def name_survival(weeks: int) -> str:
    """The name in the estimates of the share that waits longer than so many weeks."""
    return f"{SURVIVAL}_{weeks}"


def is_survival(model: str) -> bool:
    """Whether a model of durations tells a share that still waits, and no number of weeks."""
    return f".{SURVIVAL}_" in model


def name_variant(model: str, variant: str) -> str:
    """The name in the estimates of a model under a variant of the study, or adjusted."""
    base = model.removesuffix(STOCK_AND_FLOW)
    return f"{base}.{variant}{model[len(base) :]}"


Window = Annotated[Weeks, BeforeValidator(parse_weeks)]


class Periods(Frozen):
    """The year before and the intervention."""

    before: Window
    intervention: Window


class Population(Frozen):
    """Who is studied: recipients of one benefit, by the window in which they received it.

    `weeks` are those in which they count in shares and mean hours: on the benefit, or all weeks of
    a period that they make up, alive and in the country. Durations and exits are on the benefit.
    """

    label: str
    benefit: str
    window: Literal["intervention", "each_period"] = "intervention"
    weeks: Literal["on_benefit", "all"] = "on_benefit"


class Outcome(Frozen):
    """What is measured.

    `any_of` names measures and hours of shares, and the ways out that count of exits; `hours` are
    ordinary hours a week, and need no name. `model` and `summary` belong to durations, `sampling`
    to durations and exits. `population` is the one that tables and figures show, where it is not
    the study's first. `covariates` of all but exits: the effect stands once more as if every cell
    held the same mix of them.
    `survival_weeks` of durations: after how many weeks the share still waiting is told.
    """

    label: str
    kind: Literal[
        "duration_between_measures", "duration_to_first_measure", "exits", "share", "hours"
    ]
    favourable: Literal["lower", "higher"]
    model: Literal[
        "exponential",
        "weibull",
        "lognormal",
        "loglogistic",
        "generalised_gamma",
        "piecewise_exponential",
        "kaplan_meier",
        "hazard_ratio_did",
        "hazard_difference_did",
    ] = "exponential"
    summary: Literal["mean", "median", "rmst_52"] = "mean"
    sampling: Literal["flow", "stock_and_flow"] = "flow"
    any_of: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    survival_weeks: tuple[Annotated[int, Field(ge=1, le=520)], ...] = (13, 26, 52)
    population: str | None = None

    @property
    def is_duration(self) -> bool:
        """Whether it is counted in weeks; shares and exits are shares of something."""
        return self.kind in DURATION_KINDS

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean over person-weeks."""
        return self.kind in MEAN_KINDS

    @property
    def model_name(self) -> str:
        """The name in the estimates of the model that is asked for."""
        if self.is_mean:
            return "difference_in_differences"
        if self.kind == "exits":
            return name_model("aalen_johansen", self.sampling)
        summary = "" if self.summary == "mean" else f".{self.summary}"
        return name_model(self.model + summary, self.sampling)


class Table(Frozen):
    """A table of the report, in the published layout of its kind."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    kind: Literal[
        "weeks",
        "measure_mix",
        "share",
        "hours",
        "exits",
        "duration_models",
        "hazard_effects",
        "still_waiting",
        "sensitivity",
    ]
    outcome: str | None = None
    extra_phases: tuple[str, ...] = ()


class Figure(Frozen):
    """A figure of the report; `by` belongs to an event study."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    kind: Literal[
        "survival", "incidence", "forest", "event_study", "specification_curve", "duration_fit"
    ]
    outcome: str
    by: Literal["month", "quarter"] = "quarter"


# It becomes part of a model's name.
VariantName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Variant(Frozen):
    """The pooled effect once more, without some job centres on either side."""

    label: str
    without: tuple[str, ...] = Field(min_length=1)


class Study(Frozen):
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
    variants: dict[VariantName, Variant] = {}
    inference: Methods = Methods()
    gates: Gates = Gates()
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
    def span(self) -> tuple[date, date]:
        """The first and the last week of the study, before and intervention together."""
        return self.periods.before.first_week, self.periods.intervention.last_week

    @property
    def needs_hours(self) -> bool:
        """Whether an outcome is about ordinary hours, which only e-income holds."""
        return any(
            outcome.kind == "hours" or ORDINARY_HOURS in outcome.any_of
            for outcome in self.outcomes.values()
        )

    @property
    def headline_population(self) -> str:
        """The population that the tables show: the first in the file."""
        return next(iter(self.populations))

    def leave_out(self, jobcentres: Collection[str]) -> Study:
        """The same question without some job centres on either side."""
        kept = tuple(name for name in self.participating if name not in jobcentres)
        excluded = (*self.excluded, *sorted(set(jobcentres) - set(self.excluded)))
        return self.model_copy(update={"participating": kept, "excluded": excluded})

    def population_of(self, outcome: str) -> str:
        """The population in which the tables and figures show an outcome."""
        return self.outcomes[outcome].population or self.headline_population
