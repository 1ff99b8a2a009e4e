"""The true figures of a delivery, by the study's own definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.codes import list_ways_out
from pipeline.spec import BEFORE, HAZARD_MODELS, PARTICIPATING, REST_OF_COUNTRY, Outcome, Study
from pipeline.synthetic.all_weeks import AllWeeks, counts_all_weeks
from pipeline.synthetic.followed import (
    HORIZON,
    follow_gaps,
    follow_waits,
    median_weeks,
    restricted_mean,
    share_lasting,
)
from pipeline.synthetic.shocks import spread_shocks
from pipeline.synthetic.stays import follow_stays, share_left
from pipeline.synthetic.truth import Course, expect_members, expect_weeks
from pipeline.synthetic.ways_out import draw_ways_out

Floats = NDArray[np.float64]
_Figures = tuple[float | None, float | None, float | None]

# Of an outcome's model and summary, with the expected spells at risk and events by their weeks.
Summarise = Callable[[str, str, Floats, Floats], float | None]
EXACT, LIMIT, DRAW = "exact", "limit", "draw"
_FIGURES = ("before", "during", "effect")
# Of durations, what no model shapes.
_BESIDE: dict[str, Callable[[Floats, Floats], float | None]] = {
    f"rmst_{HORIZON}": restricted_mean,
    "median": median_weeks,
    **{f"survival_{week}": partial(share_lasting, week) for week in (13, 26, 52)},
}
TRUTH_SCHEMA = {
    "outcome": pl.String,
    "phase": pl.String,
    "unit": pl.String,
    **dict.fromkeys(_FIGURES, pl.Float64),
    "source": pl.String,
    **{f"{figure}_{name}": pl.Float64 for name in _BESIDE for figure in _FIGURES},
}
_FOLLOW = {"duration_between_measures": follow_gaps, "duration_to_first_measure": follow_waits}


@dataclass(frozen=True)
class _Sums:
    """What adds up over job centres, which are the last axis of each, and the figure made of it."""

    parts: tuple[Floats, ...]
    figure: Callable[..., float | None]

    def of(self, members: list[int]) -> float | None:
        """The figure of some job centres together."""
        return self.figure(*(part[..., members].sum(-1) for part in self.parts))


def true_figures(course: Course, summarise: Summarise | None = None) -> pl.DataFrame:
    """The truth by outcome, phase and unit: what estimates of many deliveries are on average.

    Durations are weeks, shares are 0 to 1, hours are by the week. Each is the figure of the
    outcome's own model, summary, sampling and population, and of all persons of a unit together; of
    job centres that have shocks it is the mean over these (decision 0034), which do next to nothing
    to ways out. The effect is the change beyond the rest of the country's, which itself has none.
    Columns of durations that end in ``rmst_52``, ``median``, ``survival_13`` and so on hold what no
    model shapes. `source` is ``exact`` if all is computed from the generator's own probabilities,
    ``limit`` if it is what the outcome's model tends to as persons grow in number, which the
    generator knows only by that model, and ``draw`` if what people do off the benefit is from a
    large draw; with ``_mean`` if it is a mean over shocks. Null is what is not defined, or not
    known.

    Args:
        course: the generator.
        summarise: gives the weeks of models with a shape; these are not known if None.
    """
    names = _list_known(course)
    exits = [name for name in names if course.study.outcomes[name].kind == "exits"]
    others = [name for name in names if name not in exits]
    find = partial(_find_figures, AllWeeks(course), summarise)
    shocked = (find(own, others) for own in spread_shocks(course))
    both = pl.concat([_average(shocked), find(course, exits)])
    place = {name: number for number, name in enumerate(names)}
    return both.sort(pl.col("outcome").replace_strict(place), maintain_order=True)


def planted_figures(course: Course, summarise: Summarise | None = None) -> pl.DataFrame:
    """The figures that the course's own rates have, as `true_figures`, without shocks."""
    return _find_figures(AllWeeks(course), summarise, course, _list_known(course))


def _list_known(course: Course) -> list[str]:
    return [name for name in course.study.outcomes if is_known(course.study, name)]


def _find_figures(
    everywhere: AllWeeks, summarise: Summarise | None, course: Course, names: list[str]
) -> pl.DataFrame:
    rows = [row for name in names for row in _outcome_rows(course, everywhere, name, summarise)]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")


def _average(truths: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The mean of each figure that is known in all."""
    first, *others = truths
    if not others:
        return first
    numbers = [name for name, dtype in TRUTH_SCHEMA.items() if dtype == pl.Float64]
    each = np.stack([truth.select(numbers).to_numpy() for truth in (first, *others)])
    mean = pl.DataFrame(each.mean(axis=0), schema=dict.fromkeys(numbers, pl.Float64))
    source = pl.format("{}_mean", "source").alias("source")
    return first.with_columns(source, *mean.fill_nan(None).get_columns())


def is_known(study: Study, name: str) -> bool:
    """Whether the course knows of an outcome: of its kind, and of its population's benefit."""
    kind, population = study.outcomes[name].kind, study.populations[study.population_of(name)]
    if kind == "exits" and population.window != "each_period":
        # What people go on to says whether they are back later.
        return False
    return population.benefit == study.populations[study.headline_population].benefit


def _outcome_rows(
    course: Course, everywhere: AllWeeks, name: str, summarise: Summarise | None
) -> Iterator[tuple[object, ...]]:
    outcome, is_off = course.study.outcomes[name], counts_all_weeks(course.study, name)
    groups = _group_units(course.study, course.geography.units)
    expectation = expect_members(course, course.study.populations[course.study.population_of(name)])
    ways = draw_ways_out(course) if outcome.kind == "exits" else None
    figures: dict[str, _Sums] = {}
    shapeless: dict[str, dict[str, _Sums]] = {beside: {} for beside in _BESIDE}
    for window, weeks in course.study.windows.items():
        span = course.chain.calendar.span(weeks)
        since = span.start if outcome.sampling == "flow" else 1
        for own in shapeless.values():
            own[window] = _Sums((), _know_nothing)
        if is_off:
            figures[window] = _Sums(everywhere.expect(course, name, window), _divide)
        elif outcome.is_mean:
            figures[window] = _Sums(expect_weeks(course, outcome, expectation, span), _divide)
        elif ways is not None:
            exits = follow_stays(expectation, ways, span, since)
            counted = np.array([list_ways_out().index(way) for way in outcome.any_of])
            figures[window] = _Sums(
                (exits.at_risk, exits.events), partial(share_left, counted=counted)
            )
        else:
            followed = _FOLLOW[outcome.kind](expectation, span, since)
            parts = followed.at_risk, followed.events
            figures[window] = _Sums(parts, _find_summary(outcome, summarise))
            for beside, own in shapeless.items():
                own[window] = _Sums(parts, _BESIDE[beside])
    compared = [_compare(own, groups) for own in shapeless.values()]
    for key, found in _compare(figures, groups).items():
        others = [figure for own in compared for figure in own[key]]
        source = DRAW if is_off else _name_source(outcome)
        yield name, *key, *found, source, *others


def _group_units(study: Study, units: Sequence[str]) -> dict[str, list[int]]:
    """Positions of the job centres that are behind each unit of the truth."""
    left_out = {*study.participating, *study.excluded}
    return {
        **{unit: [units.index(unit)] for unit in study.participating},
        PARTICIPATING: [units.index(unit) for unit in study.participating],
        REST_OF_COUNTRY: [place for place, unit in enumerate(units) if unit not in left_out],
    }


def _name_source(outcome: Outcome) -> str:
    if outcome.kind == "exits":
        return DRAW
    return EXACT if outcome.model in ("exponential", "kaplan_meier") else LIMIT


def _find_summary(
    outcome: Outcome, summarise: Summarise | None
) -> Callable[[Floats, Floats], float | None]:
    """The summary that an outcome's model has of spells followed week by week.

    The exponential model's follows from sums. Those of hazards whose changes are set against each
    other are no figures of one unit, and are not known.
    """
    if outcome.model == "exponential":
        summarize = _EXPONENTIAL[outcome.summary]
        return lambda at_risk, events: summarize(at_risk.sum() / events.sum())
    if outcome.model == "kaplan_meier":
        return _BESIDE[outcome.summary]
    if summarise is None or outcome.model in HAZARD_MODELS:
        return _know_nothing
    return partial(summarise, outcome.model, outcome.summary)


_EXPONENTIAL: dict[str, Callable[[float], float]] = {
    "mean": float,
    "median": lambda mean: mean * log(2.0),
    f"rmst_{HORIZON}": lambda mean: mean * (1.0 - exp(-HORIZON / mean)),
}


def _divide(numerator: float, denominator: float) -> float:
    return float(numerator / denominator)


def _know_nothing(*_: Floats) -> None:
    return None


def _compare(
    windows: Mapping[str, _Sums], groups: Mapping[str, list[int]]
) -> dict[tuple[str, str], _Figures]:
    """Before, during and effect by phase and unit."""
    found = {
        window: {unit: sums.of(members) for unit, members in groups.items()}
        for window, sums in windows.items()
    }
    before = found.pop(BEFORE)
    changes = {
        phase: {unit: _subtract(during[unit], before[unit]) for unit in groups}
        for phase, during in found.items()
    }
    return {
        (phase, unit): (before[unit], found[phase][unit], _find_effect(changed, unit))
        for phase, changed in changes.items()
        for unit in groups
    }


def _find_effect(changes: Mapping[str, float | None], unit: str) -> float | None:
    if unit == REST_OF_COUNTRY:
        return None
    return _subtract(changes[unit], changes[REST_OF_COUNTRY])


def _subtract(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
