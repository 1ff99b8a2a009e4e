"""Durations of a user's own spells: one row per cell and quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.errors import Fault, ModelError, UsageError
from pipeline.models.durations.families import FAMILY_NAMES, choose_family
from pipeline.models.durations.kaplan_meier import Curve, fit_curves
from pipeline.models.durations.parametric import fit_family, fit_family_by_cell
from pipeline.models.durations.quantities import find_extrapolated_share
from pipeline.models.durations.spells import Spells, collapse_spells
from pipeline.models.durations.summaries import (
    Figures,
    Summary,
    summarise_curves,
    summarise_fit,
    summarise_ratios,
    trace_curve,
)
from pipeline.models.tally import FloatArray, IntArray

KAPLAN_MEIER, COX = "kaplan_meier", "cox"
MODELS = (*FAMILY_NAMES, KAPLAN_MEIER, COX)
FIGURES = ("estimate", "std_error", "ci_low", "ci_high")
_MOST_CELLS = 2000
# Beyond this a curve is told where it changes, and not week by week.
_MOST_WEEKS = 10_000


@dataclass(frozen=True)
class SpellQuestion:
    """What is asked of a table of spells.

    Attributes:
        model: one of `MODELS`.
        summary: what is wanted of each cell.
        has_own_shapes: whether each cell has a shape of its own, in a parametric model.
    """

    model: str
    summary: Summary
    has_own_shapes: bool = False


@dataclass(frozen=True)
class SpellAnswer:
    """What the spells say.

    Attributes:
        rows: the columns of the cells, then `model, quantity, estimate, std_error, ci_low,
            ci_high, n_spells, n_events`; unknown is null.
        curves: of Kaplan-Meier, the columns of the cells, then `week, at_risk, survival,
            std_error, ci_low, ci_high`; None for other models.
        beyond: of each cell the share of its mean that lies beyond the last duration seen; NaN
            where unknown, empty where the model tells none.
    """

    rows: pl.DataFrame
    curves: pl.DataFrame | None
    beyond: FloatArray


def estimate_spells(
    spells: pl.DataFrame, by: Sequence[str], question: SpellQuestion, table: str
) -> SpellAnswer:
    """The quantities of every cell.

    Errors are robust: clustered on `cluster` where there is such a column, else on the spell
    (Kaplan-Meier without clusters and weights: Greenwood's). They carry the house's G / (G - 1).
    A cell without an event has no estimate; in a parametric model with one shape it has the
    lower end of `bound_cells`.

    Args:
        spells: one row per spell: the columns `by`, `duration, has_event`, and where there are
            such `entry, weight, cluster`; at least one, complete, as `check_spells` asks.
        by: the columns whose values make a cell.
        question: what is asked.
        table: the name of the table, for errors.

    Raises:
        UsageError: if there are too many cells.
        ModelError: if nothing can be estimated.
    """
    collapsed = collapse_spells(spells, by)
    if collapsed.n_cells > _MOST_CELLS:
        what = f"they make {collapsed.n_cells} cells, and {_MOST_CELLS} can be estimated at once"
        raise UsageError(Fault("--by", what, "columns with fewer values"))
    clusters = np.arange(spells.height)
    has_clusters = "cluster" in spells.columns
    if has_clusters:
        clusters = spells["cluster"].rank("dense").cast(pl.Int64).to_numpy() - 1
    curves, beyond = None, np.zeros(0)
    if question.model == KAPLAN_MEIER:
        fitted = [*fit_curves(collapsed, clusters if has_clusters else None)]
        figures = summarise_curves(fitted, question.summary)
        curves = _tabulate_curves(collapsed, fitted)
    elif question.model == COX:
        figures = summarise_ratios(collapsed, clusters)
    else:
        figures, beyond = _estimate_family(collapsed, clusters, question)
    rows = _tabulate(collapsed, question.model, figures)
    if rows["estimate"].count() == 0:
        what = f"{question.model} can be fitted to none of {collapsed.n_cells} cells"
        remedy = "spells that end with an event, at several durations and in several cells"
        raise ModelError(Fault(table, what, remedy))
    return SpellAnswer(rows, curves, beyond)


def check_spells(spells: pl.DataFrame, places: Mapping[str, str]) -> list[Fault]:
    """What is wrong with complete spells, by column, with the number of such rows.

    Args:
        spells: `duration`, and where there are such `entry` and `weight`.
        places: what each of them is called in a fault.
    """
    duration, entry = pl.col("duration"), pl.col("entry")
    late = (entry >= duration) & (duration > 0)
    rules = [
        ("duration", duration <= 0, "are not above 0", "durations above 0"),
        ("entry", entry < 0, "are below 0", "0 for a spell that is seen from its start"),
        ("entry", late, "are not below the duration", "an entry before the end of the spell"),
        ("weight", pl.col("weight") < 0, "are below 0", "weights of 0 or more"),
    ]
    found = []
    for name, wrong, what, remedy in rules:
        if name in spells.columns and (count := int(spells.select(wrong.sum()).item())):
            found.append(Fault(places[name], f"{count} of {spells.height} {what}", remedy))
    return found


def _estimate_family(
    spells: Spells, clusters: IntArray, question: SpellQuestion
) -> tuple[Figures, FloatArray]:
    family = choose_family(question.model, spells)
    fit = (fit_family_by_cell if question.has_own_shapes else fit_family)(spells, family)
    if fit is not None:
        return summarise_fit(fit, clusters, question.summary), find_extrapolated_share(fit)
    unknown = np.full((spells.n_cells, len(FIGURES)), np.nan)
    return dict.fromkeys(question.summary.list_measures(), unknown), np.zeros(0)


def _tabulate(spells: Spells, model: str, figures: Figures) -> pl.DataFrame:
    """Cells in order, and in each the quantities in theirs."""
    order = list(spells.cells.columns)
    counts = {"n_spells": spells.n_spells, "n_events": spells.n_events}
    parts = [
        spells.cells.with_row_index("cell number").with_columns(
            pl.lit(model).alias("model"),
            pl.lit(quantity).alias("quantity"),
            *[pl.Series(name, values) for name, values in zip(FIGURES, found.T, strict=True)],
            *[pl.Series(name, values) for name, values in counts.items()],
        )
        for quantity, found in figures.items()
    ]
    rows = pl.concat(parts).sort("cell number", maintain_order=True)
    figures_to_null = pl.col(*FIGURES).fill_nan(None)
    return rows.select(*order, "model", "quantity", figures_to_null, *counts)


def _tabulate_curves(spells: Spells, curves: Sequence[Curve | None]) -> pl.DataFrame:
    """Each cell's curve by whole weeks, from 0 to the last that is seen."""
    parts = []
    for cell, curve in enumerate(curves):
        if curve is not None:
            labels = [
                pl.lit(value, pl.String).alias(name)
                for name, value in spells.cells.row(cell, named=True).items()
            ]
            parts.append(_trace_weeks(curve).select(*labels, pl.all()))
    table = pl.concat(parts)
    whole = [name for name in ("week", "at_risk") if (table[name] % 1 == 0).all()]
    return table.with_columns(pl.col(whole).cast(pl.Int64))


def _trace_weeks(curve: Curve) -> pl.DataFrame:
    weeks = np.concatenate([[0.0], curve.times])
    if curve.last <= _MOST_WEEKS:
        weeks = np.arange(np.floor(curve.last) + 1)
    traced = trace_curve(curve, weeks)
    names = ("survival", *FIGURES[1:])
    columns = dict(zip(names, traced.T, strict=True))
    rows = pl.DataFrame({"week": weeks, "at_risk": curve.count_at_risk(weeks), **columns})
    return rows.with_columns(pl.col(*names).fill_nan(None))
