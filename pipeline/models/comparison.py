"""Who is compared with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import Fault, UsageError, nearest
from pipeline.spec import PARTICIPATING, Study


@dataclass(frozen=True)
class Comparison:
    """One unit, or the pooled participating units, against the rest of the country.

    Attributes:
        unit: a job centre's name, or `participating`.
        treated: the job centres that the unit consists of.
        rest: the job centres it is compared with.
    """

    unit: str
    treated: frozenset[str]
    rest: frozenset[str]

    @property
    def is_pooled(self) -> bool:
        """Whether all participating units stand together here."""
        return self.unit == PARTICIPATING


def takes_part(study: Study, comparisons: Iterable[Comparison]) -> bool:
    """Whether any of those compared is a participating job centre, or all of them."""
    asked = {comparison.unit for comparison in comparisons}
    return not asked.isdisjoint({PARTICIPATING, *study.participating})


def list_family(study: Study, comparisons: Iterable[Comparison]) -> tuple[str, ...]:
    """The job centres whose effects are judged together.

    A participating unit's family are all participating ones, also where it is asked for alone, so
    that its p-value that allows for all of them is the one of the whole run.
    """
    if takes_part(study, comparisons):
        return study.participating
    return tuple(sorted(comparison.unit for comparison in comparisons))


def choose_shown(comparisons: Sequence[Comparison]) -> Comparison:
    """The comparison that figures show: the pooled one, or the only one where none is pooled."""
    return next((each for each in comparisons if each.is_pooled), comparisons[0])


def list_variants(study: Study, comparisons: Sequence[Comparison]) -> dict[str, Comparison]:
    """The pooled comparison without the job centres that each variant of the study leaves out.

    Returns:
        By the variant's name; nothing where nothing is pooled.
    """
    pooled = next((each for each in comparisons if each.is_pooled), None)
    if pooled is None:
        return {}
    return {
        name: replace(
            pooled,
            treated=pooled.treated - {*variant.without},
            rest=pooled.rest - {*variant.without},
        )
        for name, variant in study.variants.items()
    }


def list_comparisons(
    study: Study, jobcentres: Iterable[str], only: str | None = None
) -> list[Comparison]:
    """Each participating unit in the study's order, then all of them pooled.

    With `only` there is that unit's comparison alone. Its rest is the one of the whole run,
    without the unit itself, so a participating unit gets the very figures of the whole run.

    Raises:
        UsageError: if `only` is not a job centre.
    """
    participating = frozenset(study.participating)
    rest = frozenset(jobcentres) - participating - frozenset(study.excluded)
    if only is not None:
        valid = rest | participating | frozenset(study.excluded)
        if only not in valid:
            raise UsageError(Fault(only, "there is no such job centre", nearest(only, valid)))
        return [Comparison(only, frozenset({only}), rest - {only})]
    units = [Comparison(unit, frozenset({unit}), rest) for unit in study.participating]
    return [*units, Comparison(PARTICIPATING, participating, rest)]
