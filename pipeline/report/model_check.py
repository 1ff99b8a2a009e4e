"""What a check of duration models shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.report.headline import order_units
from pipeline.report.labels import capitalise, model_label, unit_label
from pipeline.report.survival import PERIODS
from pipeline.spec import Figure, Study

# Weeks in which fewer are followed are in the data, and too uncertain to judge a curve by.
_FEWEST_AT_RISK = 10


@dataclass(frozen=True)
class FittedCurve:
    """One model in one group, by week from the first.

    Attributes:
        label: what a reader calls the model.
        is_headline: whether it is the study's own.
        fitted: share still waiting.
        cox_snell: minus its logarithm.
    """

    label: str
    is_headline: bool
    fitted: tuple[float, ...]
    cox_snell: tuple[float, ...]


@dataclass(frozen=True)
class CheckPanel:
    """One group in one period.

    Attributes:
        label: what a reader calls it.
        weeks: ascending, from 1.
        kaplan_meier: share still waiting, without a model.
        cumulative_hazard: of Nelson and Aalen.
        curves: the models.
    """

    label: str
    weeks: tuple[int, ...]
    kaplan_meier: tuple[float, ...]
    cumulative_hazard: tuple[float, ...]
    curves: tuple[FittedCurve, ...]


@dataclass(frozen=True)
class ModelCheck:
    """Duration models against the data, a panel for each group; the words are as in `Forest`."""

    title: str
    subtitle: str
    panels: tuple[CheckPanel, ...]
    alt: str
    caption: str
    data: pl.DataFrame


def build_model_check(study: Study, figure: Figure, fitted: pl.DataFrame) -> ModelCheck | None:
    """Fitted curves of every model beside the Kaplan-Meier curves, or None where there are none.

    Args:
        study: names the model of the outcome.
        figure: names the outcome.
        fitted: rows of `FIT_SCHEMA`.
    """
    data = fitted.filter(outcome=figure.outcome)
    shown = data.filter(pl.col("at_risk") >= _FEWEST_AT_RISK)
    own = study.outcomes[figure.outcome].model
    panels = tuple(
        _build_panel(rows, f"{unit_label(unit)}, {period}", own)
        for unit in order_units(study, shown["unit"].unique())
        for period in PERIODS
        if not (rows := shown.filter(unit=unit, period=period)).is_empty()
    )
    if not panels:
        return None
    return ModelCheck(
        title=figure.title,
        subtitle="Above: share still waiting. Below: residuals of Cox and Snell",
        panels=panels,
        alt=_write_alt(figure, panels),
        caption=(
            "Above, a model is right where its curve runs along the black one, which assumes no "
            "shape. Below, it is right where it runs along the diagonal: the cumulative hazard of "
            "the residuals is then the residual itself. Weeks in which fewer than "
            f"{_FEWEST_AT_RISK} are followed are left out of the drawing."
        ),
        data=data,
    )


def _build_panel(rows: pl.DataFrame, label: str, own: str) -> CheckPanel:
    curves = tuple(
        FittedCurve(
            capitalise(model_label(str(model))),
            model == own,
            tuple(each["fitted"].to_list()),
            tuple(each["cox_snell"].to_list()),
        )
        for (model,), each in rows.sort("model", "week").group_by("model", maintain_order=True)
    )
    first = rows.filter(pl.col("model") == rows["model"].min()).sort("week")
    names = ("week", "kaplan_meier", "cumulative_hazard")
    weeks, survival, hazard = (tuple(first[name].to_list()) for name in names)
    return CheckPanel(label, weeks, survival, hazard, curves)


def _write_alt(figure: Figure, panels: tuple[CheckPanel, ...]) -> str:
    furthest = "; ".join(
        f"{panel.label}, {curve.label} at most {_find_gap(panel, curve):.1%} away"
        for panel in panels
        for curve in panel.curves
    )
    return f"{figure.title}. From the Kaplan–Meier curve: {furthest}."


def _find_gap(panel: CheckPanel, curve: FittedCurve) -> float:
    return max(abs(a - b) for a, b in zip(panel.kaplan_meier, curve.fitted, strict=True))
