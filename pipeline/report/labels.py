"""Words for the codes that estimates, tables and figures carry, and the units of effects."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.report.formats import PER_CENT, PER_MILLE, format_number, format_ratio
from pipeline.spec import (
    ADJUSTED,
    BEFORE,
    HAZARD_RATIO,
    INTERVENTION,
    PARTICIPATING,
    REST_OF_COUNTRY,
    STOCK_AND_FLOW,
    Outcome,
    Study,
    is_survival,
)

_UNITS = {
    PARTICIPATING: "Participating job centres",
    REST_OF_COUNTRY: "Rest of the country",
}
_PARTS = {ADJUSTED: "adjusted for covariates", "log_hazard_ratio": "hazard ratio"}
_PHASES = {BEFORE: "year before", INTERVENTION: "whole period"}
_MODELS = {
    "difference_in_differences": "difference in differences",
    "unit_week_effects": "unit and week effects",
    "aalen_johansen": "Aalen–Johansen",
    "cox": "Cox",
    "kaplan_meier": "Kaplan–Meier",
    "weibull": "Weibull",
    "lognormal": "log-normal",
    "loglogistic": "log-logistic",
    "hazard_ratio_did": "constant ratio of hazards",
    "hazard_difference_did": "constant difference of hazards",
}
_INFERENCES = {
    "person_cluster": "clustered on persons",
    "jobcentre_cluster": "clustered on job centres",
    "cr2": "clustered on job centres, CR2",
    "cr3": "leaving out one job centre at a time (CR3)",
    "wild_bootstrap": "wild bootstrap over job centres",
    "conley_taber": "rank among the other job centres (Conley and Taber)",
    "ferman_pinto": "rank scaled by persons (Ferman and Pinto)",
    "placebo_t": "placebo t",
    "placebo_t_level": "placebo t at own level",
    "placebo_t_joint": "placebo t, all job centres at once",
    "placebo_t_level_joint": "placebo t at own level, all job centres at once",
    "randomization": "randomisation",
    "randomization_t": "randomisation of the t statistic",
    "exact_t": "exact t (Lee and Wooldridge)",
}


def spell_out(code: str) -> str:
    """A code as words, such as ``last 3 months`` for ``last_3_months``."""
    return code.replace("_", " ")


def capitalise(text: str) -> str:
    """The text with its first letter large and the rest as it is: names keep their letters."""
    return text[:1].upper() + text[1:]


def unit_label(unit: str) -> str:
    """What a reader calls a unit: job centres have their own name."""
    return _UNITS.get(unit, unit)


def phase_label(phase: str) -> str:
    """What a reader calls a window."""
    return _PHASES.get(phase, spell_out(phase))


def model_label(model: str) -> str:
    """What a reader calls a model; spells under way are named when they are in."""
    base = model.removesuffix(STOCK_AND_FLOW)
    name, *parts = base.split(".")
    words = ", ".join((_MODELS.get(name, spell_out(name)), *map(summary_label, parts)))
    return f"{words}, with those under way" if base != model else words


def summary_label(part: str) -> str:
    """What a reader calls a summary of durations, a way out or a variant, as models carry it."""
    name, _, weeks = part.partition("_")
    if name == "rmst":
        return f"restricted mean to {weeks} weeks"
    if name == "survival":
        return f"share still waiting after {weeks} weeks"
    return _PARTS.get(part, spell_out(part))


def inference_label(inference: str) -> str:
    """What a reader calls a method of inference."""
    return _INFERENCES.get(inference, spell_out(inference))


def outcome_label(study: Study, outcome: str) -> str:
    """The study's own words for an outcome."""
    return study.outcomes[outcome].label if outcome in study.outcomes else spell_out(outcome)


def population_label(study: Study, population: str) -> str:
    """The study's own words for a population."""
    known = study.populations.get(population)
    return known.label if known else spell_out(population)


@dataclass(frozen=True)
class Measure:
    """What figures are counted in.

    Attributes:
        unit: its name, in the plural.
        scale: how many of it make 1 in the estimates.
        decimals: that are printed.
        is_ratio: whether the estimates hold logarithms, of which the ratio is printed.
    """

    unit: str
    scale: int
    decimals: int = 1
    is_ratio: bool = False

    def format(self, figure: float | None) -> str:
        """A figure of the estimates in this unit; unknown is empty."""
        if self.is_ratio:
            return format_ratio(figure)
        return format_number(figure, self.decimals, self.scale)


def effect_measure(outcome: Outcome, model: str = "") -> Measure:
    """What effects on an outcome are counted in, under a model or under the study's own."""
    if model.startswith(HAZARD_RATIO):
        return Measure("times the hazard", 1, is_ratio=True)
    if is_survival(model):
        return Measure("percentage points", PER_CENT)
    if outcome.kind == "hours":
        # Few have any, so that means are small.
        return Measure("hours a week", 1, decimals=2)
    return Measure("weeks", 1) if outcome.is_duration else Measure("percentage points", PER_CENT)


def path_measure(outcome: Outcome) -> Measure:
    """What effects by time since the start are counted in.

    Of exits it is the chance to leave in a week: a share within a year has no blocks of time.
    """
    if outcome.kind == "exits":
        return Measure("exits per 1,000 weeks", PER_MILLE)
    return effect_measure(outcome)


def effect_unit_label(outcome: Outcome) -> str:
    """The name of what effects on an outcome are counted in."""
    return effect_measure(outcome).unit
