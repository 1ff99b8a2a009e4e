"""The table of effects by hazards, beside those by means."""

from __future__ import annotations

import polars as pl

from pipeline.report.effect_tables import print_weeks_effect
from pipeline.report.formats import format_number
from pipeline.report.headline import (
    FALLBACK_INFERENCE,
    POOLED_INFERENCE,
    Effect,
    select_effects,
    select_effects_under,
)
from pipeline.report.labels import inference_label, model_label, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import (
    HAZARD_MODELS,
    PARTICIPATING,
    REST_OF_COUNTRY,
    SHORTER_HORIZONS,
    Study,
    Table,
    name_model,
)

_LONGEST = 52
_CURVE = f"kaplan_meier.rmst_{_LONGEST}"


def build_hazard_table(study: Study, table: Table, estimates: pl.DataFrame) -> PublishedTable:
    """Effects in restricted mean weeks, by hazards that keep their ratio or their difference.

    Args:
        study: what is asked.
        table: names the outcome.
        estimates: rows of `ESTIMATE_SCHEMA`.
    """
    name = table.outcome or ""
    outcome = study.outcomes[name]
    by_horizon = {
        weeks: [_select(study, estimates, name, f"{m}.rmst_{weeks}") for m in HAZARD_MODELS]
        for weeks in (_LONGEST, *SHORTER_HORIZONS)
    }
    own = select_effects(study, estimates, name)
    curve = _select(study, estimates, name, _CURVE)
    rows = []
    for place, unit in enumerate(own):
        for weeks in (_LONGEST, *SHORTER_HORIZONS):
            rules = [found[place] for found in by_horizon[weeks]]
            if any(each.effect is not None for each in rules):
                break
        else:
            weeks, rules = None, [Effect(unit.unit)] * len(HAZARD_MODELS)
        rows.append(_build_row(unit, curve[place], weeks, rules))
    stub = Column("unit", "Job centre", is_text=True)
    footnotes = _write_footnotes(model_label(outcome.model_name))
    return PublishedTable(table.name, table.title, stub, _list_columns(), tuple(rows), footnotes)


def _select(study: Study, estimates: pl.DataFrame, outcome: str, model: str) -> list[Effect]:
    name = name_model(model, study.outcomes[outcome].sampling)
    return select_effects_under(study, estimates, outcome, name)


def _list_columns() -> tuple[Column, ...]:
    by_rule = [
        (
            Column(f"{rule}_effect", f"Effect, {model_label(rule)}"),
            Column(f"{rule}_low", "95 % from"),
            Column(f"{rule}_high", "to"),
            Column(f"{rule}_p_value", "p", is_hidden=True),
        )
        for rule in HAZARD_MODELS
    ]
    return (
        Column("rmst_52_before", "Before"),
        Column("rmst_52_during", "During"),
        Column("mean_effect", "Effect, expected weeks"),
        Column("rmst_52_effect", "Effect, mean of 52 weeks"),
        Column("counted_weeks", "Weeks counted by hazards"),
        *(column for columns in by_rule for column in columns),
        Column("n_persons", "Persons", is_hidden=True),
    )


def _build_row(own: Effect, curve: Effect, weeks: int | None, hazards: list[Effect]) -> Row:
    cells = [Cell(format_number(level, 1)) for level in (curve.before, curve.during)]
    cells += [Cell(print_weeks_effect(own, 1), own.is_significant is True)]
    cells += [Cell(format_number(curve.effect, 1)), Cell("" if weeks is None else str(weeks))]
    for each in hazards:
        cells += [
            Cell(format_number(each.effect, 1), each.is_significant is True),
            *(Cell(format_number(end, 1)) for end in (each.ci_low, each.ci_high)),
            Cell(format_number(each.p_value, 4)),
        ]
    cells.append(Cell("" if curve.n_persons is None else str(curve.n_persons)))
    is_summary = own.unit in (PARTICIPATING, REST_OF_COUNTRY)
    return Row(own.unit, unit_label(own.unit), tuple(cells), is_summary)


def _write_footnotes(model: str) -> tuple[str, ...]:
    return (
        "Before, during and the effects but for the expected weeks: means of the weeks cut at 52, "
        "which need no model of what nobody saw. Expected weeks: as the other tables show them "
        f"({model}). Bold: differs from zero at the 5 % level, by hazards "
        f"{inference_label(FALLBACK_INFERENCE)} for a single job centre, "
        f"{inference_label(POOLED_INFERENCE)} for all together.",
        "A difference in differences of means asks that means would have moved in parallel. Those "
        "who still wait differ from week to week, so that they need not where hazards do. Constant "
        "ratio, constant difference: in each week of waiting the job centre's chance of a measure "
        "is set to what it would have been, had its ratio to the rest of the country, or its "
        "difference from it, stayed what it was the year before; the effect is the weeks that were "
        "less the weeks that this leads to (Deaner and Ku 2024). Where nobody is followed in some "
        "of the 52 weeks, in either period, weeks are counted up to the longest of 39, 26 and 13 "
        "that somebody is followed in all of; such an effect is smaller by its making, and not to "
        "be set beside those of 52 weeks. Where that is none it is unknown.",
    )
