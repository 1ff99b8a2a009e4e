"""The table of what the members were like before anything was tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from pipeline.codes import read_codes
from pipeline.report.formats import PER_CENT, format_number, known
from pipeline.report.headline import focus_unit
from pipeline.report.labels import capitalise, spell_out, unit_label
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.spec import BEFORE, PARTICIPATING, REST_OF_COUNTRY, Study

NAME = "balance"
_SHARE = "_share"
# Above this, groups are commonly said to differ (Austin 2009).
LARGE_DIFFERENCE = 0.1
_LABELS = {
    "woman_share": "Women, per cent",
    "age": "Age at the study's start, years",
    "danish_origin_share": "Of Danish origin, per cent",
    "weeks_on_benefit": "Weeks on the benefit in that year",
    "earlier_weeks_on_benefit": "Weeks on the benefit before that year",
    "earlier_measures": "Measures before that year",
    "ordinary_hours": "Ordinary hours per week",
}


def build_balance_table(
    study: Study, estimates: pl.DataFrame, balance: pl.DataFrame
) -> PublishedTable:
    """Means of the unit in question and of the rest, and how far they lie apart.

    Args:
        study: names the population and the year before.
        estimates: rows of `ESTIMATE_SCHEMA`, of which one unit is in question.
        balance: rows of `BALANCE_SCHEMA`.
    """
    focus = focus_unit(study, estimates) or PARTICIPATING
    rows = balance.filter(pl.col("population") == study.headline_population).to_dicts()
    columns = (
        Column("mean", unit_label(focus)),
        Column("mean_rest", unit_label(REST_OF_COUNTRY)),
        Column("standardised_difference", "Standardised difference"),
        Column("n_persons", "Persons", is_hidden=True),
        Column("n_persons_rest", "Persons, rest of the country", is_hidden=True),
    )
    footnotes = (
        "Means over the persons of the population who were on the benefit in "
        f"{study.windows[BEFORE]}, by the job centre of their first week in that year. What came "
        "before that year is counted as far back as the register was delivered.",
        "Standardised difference: the difference in means, in standard deviations. Differences in "
        "level do not bias a difference in differences; they say how alike the groups are. "
        f"Bold: more than {LARGE_DIFFERENCE} either way.",
    )
    title = f"Before anything was tried: {unit_label(focus)} and the rest of the country"
    stub = Column("characteristic", "Characteristic", is_text=True)
    kept = [row for row in rows if row["characteristic"] != f"none{_SHARE}"]
    ordered = sorted(kept, key=_rank)
    return PublishedTable(NAME, title, stub, columns, tuple(map(_print_row, ordered)), footnotes)


def _rank(row: dict[str, Any]) -> tuple[int, str]:
    names = list(_LABELS)
    name = row["characteristic"]
    return (names.index(name) if name in names else len(names), name)


def _print_row(row: dict[str, Any]) -> Row:
    name = row["characteristic"]
    show = _choose_format(name)
    difference = known(row["standardised_difference"])
    is_large = difference is not None and abs(difference) > LARGE_DIFFERENCE
    cells = (
        Cell(show(known(row["mean"]))),
        Cell(show(known(row["mean_rest"]))),
        Cell(format_number(difference, 2), is_large),
        *(Cell(str(row[name] or "")) for name in ("n_persons", "n_persons_rest")),
    )
    return Row(name, _label(name), cells)


def _choose_format(name: str) -> Callable[[float | None], str]:
    if name.endswith(_SHARE):
        return lambda mean: format_number(mean, 1, PER_CENT)
    return lambda mean: format_number(mean, 1)


def _label(name: str) -> str:
    if name in _LABELS:
        return _LABELS[name]
    measures = {row["measure"]: row["label"] for row in read_codes("measure_groups")}
    kind = name.removesuffix(_SHARE)
    return f"Per cent of the weeks: {measures.get(kind, capitalise(spell_out(kind))).lower()}"
