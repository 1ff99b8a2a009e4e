"""The table of shares that still wait after some weeks, and of hazard ratios."""

from __future__ import annotations

import polars as pl

from pipeline.report.formats import PER_CENT, format_number, format_ratio
from pipeline.report.headline import (
    FALLBACK_INFERENCE,
    POOLED_INFERENCE,
    Effect,
    select_effects_under,
)
from pipeline.report.labels import inference_label, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import (
    HAZARD_RATIO,
    PARTICIPATING,
    REST_OF_COUNTRY,
    Study,
    Table,
    name_model,
    name_survival,
)


def build_waiting_table(study: Study, table: Table, estimates: pl.DataFrame) -> PublishedTable:
    """Shares still waiting, without a model, and the hazard ratio, with their effects.

    Args:
        study: what is asked; its outcome names the weeks.
        table: names the outcome.
        estimates: rows of `ESTIMATE_SCHEMA`.
    """
    name = table.outcome or ""
    outcome = study.outcomes[name]
    shares = [f"kaplan_meier.{name_survival(weeks)}" for weeks in outcome.survival_weeks]
    by_model = [
        select_effects_under(study, estimates, name, name_model(model, outcome.sampling))
        for model in (*shares, HAZARD_RATIO)
    ]
    rows = tuple(_build_row(effects) for effects in zip(*by_model, strict=True))
    stub = Column("unit", "Job centre", is_text=True)
    columns = _list_columns(outcome.survival_weeks)
    return PublishedTable(table.name, table.title, stub, columns, rows, _write_footnotes())


def _list_columns(survival_weeks: tuple[int, ...]) -> tuple[Column, ...]:
    by_week = [
        (
            Column(f"{name_survival(weeks)}_before", f"After {weeks} weeks, before"),
            Column(f"{name_survival(weeks)}_during", "During"),
            Column(f"{name_survival(weeks)}_effect", "Effect"),
            Column(f"{name_survival(weeks)}_low", "95 % from", is_hidden=True),
            Column(f"{name_survival(weeks)}_high", "to", is_hidden=True),
            Column(f"{name_survival(weeks)}_p_value", "p", is_hidden=True),
        )
        for weeks in survival_weeks
    ]
    return (
        *(column for columns in by_week for column in columns),
        # The page is not wide enough for levels that the ratio of both says in one figure.
        Column("hazard_ratio_before", "Hazard ratio, before", is_hidden=True),
        Column("hazard_ratio_during", "During", is_hidden=True),
        Column("hazard_ratio_effect", "Ratio of hazard ratios"),
        Column("hazard_ratio_low", "95 % from"),
        Column("hazard_ratio_high", "to"),
        Column("hazard_ratio_p_value", "p", is_hidden=True),
        Column("n_persons", "Persons", is_hidden=True),
    )


def _build_row(effects: tuple[Effect, ...]) -> Row:
    *shares, ratio = effects
    cells = []
    for each in shares:
        figures = (each.before, each.during, each.effect, each.ci_low, each.ci_high)
        texts = [format_number(figure, 1, PER_CENT) for figure in figures]
        cells += _mark(texts, each)
    figures = (ratio.before, ratio.during, ratio.effect, ratio.ci_low, ratio.ci_high)
    cells += _mark([format_ratio(figure) for figure in figures], ratio)
    cells.append(Cell("" if ratio.n_persons is None else str(ratio.n_persons)))
    is_summary = ratio.unit in (PARTICIPATING, REST_OF_COUNTRY)
    return Row(ratio.unit, unit_label(ratio.unit), tuple(cells), is_summary)


def _mark(texts: list[str], effect: Effect) -> list[Cell]:
    """Before, during, effect and its interval; the effect is bold where it is significant."""
    before, during, size, *interval = texts
    told = [Cell(before), Cell(during), Cell(size, effect.is_significant is True)]
    return [*told, *map(Cell, interval), Cell(format_number(effect.p_value, 4))]


def _write_footnotes() -> tuple[str, ...]:
    return (
        "Per cent still without a measure so many weeks after the wait began, by Kaplan and Meier; "
        "effects in percentage points. They ask that shares would have moved in parallel, which "
        "does not follow from chances of a measure that do: who is left differs from week to week. "
        "Read them beside the effects by hazards. A share is empty where nobody is followed so "
        "long.",
        "Hazard ratio: the chance of a measure from week to week, against that of the rest of the "
        "country in the year before at the same length of wait (Cox). Ratio of hazard ratios: the "
        "job centre's change over that of the rest of the country; 1 is no effect, above 1 a "
        "measure comes sooner. Its interval is that of its logarithm, which estimates.csv has.",
        "Bold: differs from no effect at the 5 % level, "
        f"{inference_label(FALLBACK_INFERENCE)} for a single job centre, "
        f"{inference_label(POOLED_INFERENCE)} for all together.",
    )
