"""The size certificate as a table, and what it says under the tables of effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from pipeline.models.certificate import SHORTEST_WEEKS
from pipeline.report.formats import PER_CENT, format_count, format_number
from pipeline.report.headline import FALLBACK_INFERENCE, POOLED_INFERENCE, choose_inference
from pipeline.report.labels import capitalise, inference_label, outcome_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import Study

NAME = "certificate"
_TESTED = {"one_unit": "one job centre", "pooled": "several together"}
_SIZES = {
    "all": "All",
    "smallest": "Smallest quarter",
    "second": "Second",
    "third": "Third",
    "largest": "Largest",
}


def build_certificate_table(study: Study, certificate: pl.DataFrame) -> PublishedTable:
    """Per cent of placebo programmes in which each method finds an effect at nominal 5 %.

    Args:
        study: what is asked.
        certificate: `outcome, tested, inference, size, rejection_rate, std_error, n_units,
            n_placebos, holds`.
    """
    columns = (
        Column("tested", "Programme", is_text=True),
        Column("inference", "Method", is_text=True),
        *(Column(f"{size}_pct", label) for size, label in _SIZES.items()),
        Column("all_error_pct", "± (all)"),
        *(Column(f"{size}_error_pct", "±", is_hidden=True) for size in _SIZES if size != "all"),
        Column("n_placebos", "Placebos"),
        Column("fails", "Shown to fail", is_text=True),
        Column("method", "Method", is_hidden=True),
    )
    rows = [_print_row(study, rows) for rows in _group(study, certificate)]
    footnotes = (
        "Per cent of placebo programmes, where there was no programme, in which the method finds "
        "an effect at the 5 % level. One job centre: each that did not take part, with the start "
        f"put at every week that leaves {SHORTEST_WEEKS} weeks on both sides, against the others; "
        "quarters are by members. Several together: as many as took part, drawn, with a drawn "
        "start.",
        "±: one Monte-Carlo error. A method is shown to fail where a per cent is above 5 by more "
        "than two, in bold. One that finds less than 5 is safe; its intervals are longer than "
        "they need be.",
    )
    title = "Size certificate: effects found where there was no programme, per cent"
    stub = Column("outcome", "Outcome", is_text=True)
    return PublishedTable(NAME, title, stub, columns, tuple(rows), footnotes)


def describe_certificate(study: Study, certificate: pl.DataFrame, outcome: str) -> Iterator[str]:
    """Footnotes of a table of effects: the rates of its methods, and which of all methods fail."""
    rows = certificate.filter(outcome=outcome)
    whole = {(row["tested"], row["inference"]): row for row in rows.filter(size="all").to_dicts()}
    headline = [("one_unit", choose_inference(study, outcome)), ("pooled", POOLED_INFERENCE)]
    rates = [
        f"{format_number(whole[key]['rejection_rate'], 1, PER_CENT)} % for {_TESTED[key[0]]}"
        for key in headline
        if key in whole and whole[key]["rejection_rate"] is not None
    ]
    if rates:
        yield (
            "Where there was no programme, the methods behind bold find an effect this often, 5 % "
            f"being right: {', '.join(rates)} (size certificate)."
        )
    failing = rows.filter(~pl.col("holds").fill_null(value=True))
    for tested, words in _TESTED.items():
        methods = failing.filter(tested=tested)["inference"].unique().sort()
        if methods.len():
            names = "; ".join(inference_label(method) for method in methods)
            yield f"Found too often on this outcome for {words}: {names}."


def _group(study: Study, certificate: pl.DataFrame) -> Iterable[list[dict[str, Any]]]:
    """The rows of each outcome, kind of programme and method; the methods behind bold first."""
    place = pl.struct("outcome", "tested").rle_id()
    alone = {name: choose_inference(study, name) for name in study.outcomes}
    own = pl.col("outcome").replace_strict(alone, default=FALLBACK_INFERENCE)
    headline = (pl.col("inference") == POOLED_INFERENCE) | (pl.col("inference") == own)
    ordered = certificate.sort(place, ~headline, maintain_order=True)
    key = ["outcome", "tested", "inference"]
    for _, rows in ordered.group_by(key, maintain_order=True):
        yield rows.to_dicts()


def _print_row(study: Study, rows: list[dict[str, Any]]) -> Row:
    by_size = {row["size"]: row for row in rows}
    first = rows[0]
    holds = all(row["holds"] is not False for row in rows)

    def print_per_cent(size: str, figure: str) -> Cell:
        value = by_size.get(size, {}).get(figure)
        fails = by_size.get(size, {}).get("holds") is False and figure == "rejection_rate"
        return Cell(format_number(value, 1, PER_CENT), is_bold=fails)

    return Row(
        first["outcome"],
        outcome_label(study, first["outcome"]),
        (
            Cell(capitalise(_TESTED[first["tested"]])),
            Cell(capitalise(inference_label(first["inference"]))),
            *(print_per_cent(size, "rejection_rate") for size in _SIZES),
            *(print_per_cent(size, "std_error") for size in _SIZES),
            Cell(format_count(by_size["all"]["n_placebos"])),
            Cell("no" if holds else "yes"),
            Cell(first["inference"]),
        ),
    )
