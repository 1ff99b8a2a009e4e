"""The table of every way the headline effect was estimated."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.models.inference import JOBCENTRE_CLUSTER
from pipeline.report.formats import format_p_value, known
from pipeline.report.headline import choose_inference, choose_model, focus_unit
from pipeline.report.labels import (
    capitalise,
    effect_measure,
    inference_label,
    model_label,
    outcome_label,
    phase_label,
    population_label,
    unit_label,
)
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import INTERVENTION, Study

NAME = "specifications"

_COLUMNS = (
    Column("population", "Population", is_text=True),
    Column("model", "Model", is_text=True),
    Column("phase", "Period", is_text=True),
    Column("inference", "Inference", is_text=True),
    Column("unit", "Unit", is_hidden=True),
    Column("effect", "Effect"),
    Column("ci_low", "95 % from"),
    Column("ci_high", "to"),
    Column("p_value", "p"),
    Column("effect_unit", "Counted in", is_text=True),
    Column("is_headline", "Headline", is_hidden=True),
)


def build_specifications_table(study: Study, estimates: pl.DataFrame) -> PublishedTable:
    """The effect under every model and population, the headline's in every detail; it is bold."""
    focus = focus_unit(study, estimates)
    title = f"The effect under every specification: {unit_label(focus or 'no unit')}"
    rows = list_specifications(study, estimates)
    footnotes = (
        "Bold: the specification that the other tables show, whether significant or not. "
        "The point estimate is the same under every inference; only its uncertainty differs. "
        "Models beside the headline's stand with the whole period and one inference each; an "
        "empty effect is one that the model cannot tell, as where a mean is infinite. Adjusted for "
        "covariates: as if every group held the same mix of persons.",
        "Shares still waiting are in percentage points; their effects ask that shares would have "
        "moved in parallel, which does not follow from hazards that do. The hazard ratio is that "
        "of a unit's change to the rest of the country's: 1 is no effect.",
    )
    stub = Column("outcome", "Outcome", is_text=True)
    printed = tuple(_print_row(study, row) for row in rows)
    return PublishedTable(NAME, title, stub, _COLUMNS, printed, footnotes)


def list_specifications(study: Study, estimates: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of the answer's unit with the study's outcomes, headline choices first.

    Of the headline's model every phase and inference, of the others the whole period with the
    first of their inferences.
    """
    focus = focus_unit(study, estimates)
    rows = estimates.filter(
        (pl.col("unit") == focus) & pl.col("outcome").is_in(list(study.outcomes))
    )
    shown, seen = [], set()
    for row in sorted(rows.iter_rows(named=True), key=lambda row: _rank(study, row)):
        key = (row["outcome"], row["population"], row["model"])
        is_own = row["model"] == choose_model(study.outcomes[row["outcome"]])
        if is_own or (row["phase"] == INTERVENTION and key not in seen):
            shown.append(row)
            seen.add(key)
    return shown


def choose_specifications(study: Study, estimates: pl.DataFrame) -> list[dict[str, Any]]:
    """One row of the whole period for each outcome, population and model of the answer's unit.

    Its uncertainty is the headline's, or that which stands for a model that lacks it.
    """
    chosen: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in list_specifications(study, estimates):
        if row["phase"] == INTERVENTION:
            chosen.setdefault((row["outcome"], row["population"], row["model"]), row)
    return list(chosen.values())


def is_headline(study: Study, row: dict[str, Any]) -> bool:
    """Whether the row is the one that the tables, figures and the summary show."""
    return bool(
        row["population"] == study.population_of(row["outcome"])
        and row["model"] == choose_model(study.outcomes[row["outcome"]])
        and row["inference"] == choose_inference(study, row["outcome"], row["unit"])
        and row["phase"] == INTERVENTION
    )


def _rank(study: Study, row: dict[str, Any]) -> tuple[object, ...]:
    """Where a row stands: the study's order, the headline's choice first, then by name."""
    phases = list(study.windows)
    populations = list(study.populations)
    return (
        list(study.outcomes).index(row["outcome"]),
        populations.index(row["population"]) if row["population"] in populations else 99,
        phases.index(row["phase"]) if row["phase"] in phases else 99,
        row["model"] != choose_model(study.outcomes[row["outcome"]]),
        row["model"],
        row["inference"] != choose_inference(study, row["outcome"], row["unit"], row["model"]),
        row["inference"] != JOBCENTRE_CLUSTER,
        row["inference"],
    )


def _print_row(study: Study, row: dict[str, Any]) -> Row:
    outcome = study.outcomes[row["outcome"]]
    measure = effect_measure(outcome, row["model"])
    figures = [measure.format(known(row[name])) for name in ("effect", "ci_low", "ci_high")]
    headline = is_headline(study, row)
    texts = (
        capitalise(population_label(study, row["population"])),
        capitalise(model_label(row["model"])),
        capitalise(phase_label(row["phase"])),
        capitalise(inference_label(row["inference"])),
        unit_label(row["unit"]),
        *figures,
        format_p_value(known(row["p_value"])),
        measure.unit,
        str(headline).lower(),
    )
    cells = tuple(Cell(text, headline and text in figures) for text in texts)
    return Row(row["outcome"], outcome_label(study, row["outcome"]), cells)
