"""Effects on a user's own panel, by every method of inference that suits the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from pipeline.models.did.clusters import infer_cr1, infer_cr2, infer_cr3
from pipeline.models.did.own_panel import OwnPanel
from pipeline.models.estimate import ESTIMATE_KEY, ESTIMATE_SCHEMA
from pipeline.models.inference import (
    CONLEY_TABER,
    CR2,
    CR3,
    EXACT_T,
    FERMAN_PINTO,
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    PLACEBO_T,
    RANDOMIZATION,
    RANDOMIZATION_T,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
    UnitPanel,
    Verdicts,
    assess_each,
    infer_effect,
)
from pipeline.models.inference.clustered import gather_units
from pipeline.models.inference.draws import draw_programmes, randomize_pooled
from pipeline.models.inference.one_unit import UNIT_METHODS, infer_units
from pipeline.models.inference.panel import BoolArray
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.pooled import NO_VARIATION, ONE_CLUSTER, score_units
from pipeline.models.inference.ratios import divide
from pipeline.models.inference.wild import bootstrap_wild
from pipeline.spec import INTERVENTION, PARTICIPATING, REST_OF_COUNTRY

MODEL_NAME = "difference_in_differences"
_CLUSTERED = {JOBCENTRE_CLUSTER: infer_cr1, CR2: infer_cr2, CR3: infer_cr3}
_OF_ONE_UNIT = (PLACEBO_T, CONLEY_TABER, FERMAN_PINTO, EXACT_T)
_BY_RANK = (RANDOMIZATION, RANDOMIZATION_T)
METHODS = (PERSON_CLUSTER, *_CLUSTERED, WILD_BOOTSTRAP, *_OF_ONE_UNIT, *_BY_RANK)
# The first that has an answer speaks for a row. Person clustering never does: it takes no account
# of what happens to a whole unit at once.
_HEADLINES = (PLACEBO_T, EXACT_T, FERMAN_PINTO, CONLEY_TABER, CR3, *_BY_RANK, WILD_BOOTSTRAP)
# Drawn methods hold draws × units in memory; with more units than this clustering needs no help.
_MOST_DRAWN = 5_000


@dataclass(frozen=True)
class OwnQuestion:
    """What is asked of a user's panel.

    Attributes:
        study: as the rows name it.
        outcome: as the rows name it.
        by_unit: whether each treated unit gets rows of its own, beside the pooled ones.
        methods: some of `METHODS`; those that suit the case if empty.
    """

    study: str
    outcome: str
    by_unit: bool = False
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnEffect:
    """The effect on the treated units together, or on one of them.

    Attributes:
        unit: its name, or `participating`.
        figures: as in the estimates.
        verdicts: by method.
        n_untreated: units that it is compared with.
    """

    unit: str
    figures: Mapping[str, float | int | None]
    verdicts: Verdicts
    n_untreated: int

    @property
    def headline(self) -> str | None:
        """The method that speaks for the effect; None where there is none that may."""
        answered = (name for name in _HEADLINES if isinstance(self.verdicts.get(name), Inference))
        return next(answered, None)


def estimate_own_effects(panel: OwnPanel, question: OwnQuestion) -> list[OwnEffect]:
    """The effect on the treated units together, and on each where that is asked for.

    It is the change of the treated units' mean, each row by its weight, minus that of the
    untreated: the coefficient of treated × post in the saturated regression.
    """
    units, treated = panel.units, np.flatnonzero(panel.units.is_treated)
    each = _assess_each(units) if question.by_unit or treated.size == 1 else {}
    groups = {PARTICIPATING: units.is_treated}
    if question.by_unit:
        groups |= {units.units[place]: np.arange(len(units.units)) == place for place in treated}
    effects = []
    n_untreated = int((~units.is_treated).sum())
    for name, members in groups.items():
        one = units.units[np.flatnonzero(members)[0]] if members.sum() == 1 else None
        verdicts = _assess_together(units) if one is None else _assess_alone(each[one])
        verdicts[PERSON_CLUSTER] = _cluster_persons(panel, members)
        asked = question.methods or _list_suitable(panel, is_one=one is not None)
        answers = {method: verdicts[method] for method in asked}
        effects.append(OwnEffect(name, _describe(panel, members), answers, n_untreated))
    return effects


def tabulate_own_effects(
    panel: OwnPanel, question: OwnQuestion, effects: list[OwnEffect]
) -> pl.DataFrame:
    """Rows of `ESTIMATE_SCHEMA`: one for each effect and method, empty where it is refused."""
    rest = _describe(panel, ~panel.units.is_treated)
    no_effect = dict.fromkeys(("effect", "relative_effect"))
    rows = [_build_row(question, REST_OF_COUNTRY, PERSON_CLUSTER, {**rest, **no_effect})]
    for effect in effects:
        for method, verdict in effect.verdicts.items():
            sureness = asdict(verdict) if isinstance(verdict, Inference) else {}
            figures = {**effect.figures, **sureness}
            rows.append(_build_row(question, effect.unit, method, figures))
    return pl.DataFrame(rows, schema=ESTIMATE_SCHEMA).sort(ESTIMATE_KEY)


def _list_suitable(panel: OwnPanel, *, is_one: bool) -> list[str]:
    """The methods that suit a case, and the clustered ones, which are refused aloud if need be."""
    left_out = [] if is_one else [*_OF_ONE_UNIT]
    if panel.persons is None:
        left_out.append(PERSON_CLUSTER)
    return [method for method in METHODS if method not in left_out]


def _assess_each(panel: UnitPanel) -> dict[str, Verdicts]:
    """Each treated unit by itself; looked at jointly where there are not too many to draw from."""
    if len(panel.units) <= _MOST_DRAWN:
        return assess_each(panel)
    placebos = gather_placebos(panel)
    by_method = {method: infer_units(placebos, method) for method in UNIT_METHODS}
    return {
        panel.units[unit]: {method: verdicts[place] for method, verdicts in by_method.items()}
        for place, unit in enumerate(np.flatnonzero(panel.is_treated))
    }


def _assess_alone(verdicts: Verdicts) -> Verdicts:
    return {**verdicts, **dict.fromkeys((*_CLUSTERED, WILD_BOOTSTRAP), Refusal(ONE_CLUSTER))}


def _assess_together(panel: UnitPanel) -> Verdicts:
    """Several treated units as one."""
    effect = gather_units(score_units(panel))
    verdicts: Verdicts = {method: infer(effect) for method, infer in _CLUSTERED.items()}
    what = f"it is for one treated unit, and {int(panel.is_treated.sum())} are treated"
    verdicts |= dict.fromkeys(_OF_ONE_UNIT, Refusal(what))
    if len(panel.units) > _MOST_DRAWN:
        many = Refusal(f"more than {_MOST_DRAWN} units; clustering on them holds without draws")
        return verdicts | dict.fromkeys((WILD_BOOTSTRAP, *_BY_RANK), many)
    verdicts[WILD_BOOTSTRAP] = bootstrap_wild(effect)
    programmes = draw_programmes(panel)
    if isinstance(programmes, Refusal):
        return verdicts | dict.fromkeys(_BY_RANK, programmes)
    return verdicts | {m: randomize_pooled(panel, programmes, m) for m in _BY_RANK}


def _cluster_persons(panel: OwnPanel, members: BoolArray) -> Inference | Refusal:
    """The sandwich clustered on persons, from their sums of residuals."""
    if panel.persons is None:
        return Refusal("no column of persons is named")
    units = panel.units
    groups = []
    for group, signs in ((members, (-1.0, 1.0)), (~units.is_treated, (1.0, -1.0))):
        names = [name for name, is_in in zip(units.units, group, strict=True) if is_in]
        totals = units.pool(group)[1]
        means = divide(*units.pool(group))
        period = {"is_during": [False, True], "sign": signs, "mean": means, "total": totals}
        groups.append(pl.DataFrame({"unit": names}).join(pl.DataFrame(period), how="cross"))
    residual = pl.col("numerator") - pl.col("mean") * pl.col("denominator")
    influences = (
        panel.persons.join(pl.concat(groups), on=["unit", "is_during"])
        .group_by("person")
        .agg((residual * pl.col("sign") / pl.col("total")).sum())
        .sort("person")
        .to_series(1)
    )
    found = infer_effect(_effect(units, members), influences.to_numpy(), PERSON_CLUSTER)
    return found or Refusal(NO_VARIATION)


def _describe(panel: OwnPanel, members: BoolArray) -> dict[str, float | int | None]:
    """The figures of a group of units, whatever the method of inference."""
    before, during = (float(mean) for mean in divide(*panel.units.pool(members)))
    effect = _effect(panel.units, members)
    names = [name for name, is_in in zip(panel.units.units, members, strict=True) if is_in]
    n_persons = None
    if panel.persons is not None:
        n_persons = panel.persons.filter(pl.col("unit").is_in(names))["person"].n_unique()
    return {
        "before": before,
        "during": during,
        "difference": during - before,
        "effect": effect,
        "relative_effect": effect / before if before else None,
        "n_persons": n_persons,
        "n_events": None if panel.events is None else int(panel.events[members].sum()),
    }


def _effect(units: UnitPanel, members: BoolArray) -> float:
    own, rest = (divide(*units.pool(group)) for group in (members, ~units.is_treated))
    return float(own[1] - own[0] - (rest[1] - rest[0]))


def _build_row(
    question: OwnQuestion, unit: str, method: str, figures: Mapping[str, float | int | None]
) -> dict[str, str | float | int | None]:
    key = {
        "study": question.study,
        "population": "all",
        "outcome": question.outcome,
        "phase": INTERVENTION,
        "unit": unit,
        "model": MODEL_NAME,
        "inference": method,
    }
    return {**dict.fromkeys(ESTIMATE_SCHEMA), **key, **figures}
