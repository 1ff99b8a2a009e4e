"""The quantities that can be planted, by window, and what of them does not fit a study."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pipeline.errors import nearest
from pipeline.spec import ORDINARY_HOURS, Study
from pipeline.spec.frozen import Frozen
from pipeline.synthetic.pay import FULL_TIME_WEEK

# Of an even distribution, in standard deviations: no job centre lies further from their mean.
WIDEST_SPREAD = 3.0**0.5

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
SomeShare = Annotated[float, Field(gt=0.0, lt=1.0)]
WeekHours = Annotated[float, Field(gt=0.0, le=FULL_TIME_WEEK)]


class PlantedWeeks(Frozen):
    """Expected weeks between measures, exposure over events, in the year before and during."""

    before: Positive
    during: Positive


class PlantedShare(Frozen):
    """Share of person-weeks before, during, and in phases of the intervention."""

    before: Share
    during: Share
    phases: dict[str, Share] = {}


class PlantedHours(Frozen):
    """Mean ordinary hours a week of all weeks before, during, and in phases of the intervention."""

    before: WeekHours
    during: WeekHours
    phases: dict[str, WeekHours] = {}


class PlantedWithHours(Frozen):
    """Share of the weeks with ordinary hours before, during, and in phases of the intervention."""

    before: SomeShare
    during: SomeShare
    phases: dict[str, SomeShare] = {}


Quantity = PlantedShare | PlantedHours | PlantedWithHours


def find_phase_misfits(study: Study, place: str, planted: Quantity) -> Iterator[tuple[str, str]]:
    """Phases that the study does not have, and phases that overlap."""
    for phase in sorted(planted.phases.keys() - study.phases.keys()):
        yield f"{place}: the study has no phase '{phase}'", nearest(phase, study.phases)
    windows = sorted(
        (study.phases[phase].first_week, study.phases[phase].last_week)
        for phase in planted.phases.keys() & study.phases.keys()
    )
    for (_, last), (first, _) in itertools.pairwise(windows):
        if first <= last:
            yield f"{place}: planted phases overlap", "plant figures of phases that lie apart"


def find_unasked(study: Study, place: str, noun: str) -> Iterator[tuple[str, str]]:
    """Hours that no outcome of the study would show."""
    asked = study.outcomes.values()
    if noun == "hours" and not any(outcome.kind == "hours" for outcome in asked):
        what = f"{place}: the study has no outcome of mean hours to plant them for"
        yield what, "leave them out, or ask for an outcome of kind 'hours'"
    if noun == "with_hours" and not study.needs_hours:
        what = f"{place}: no outcome of the study is about ordinary hours"
        yield what, f"leave it out, or name '{ORDINARY_HOURS}' in an outcome's any_of"
