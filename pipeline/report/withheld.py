"""What gates withhold from a table, in words under it."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.report.headline import order_units
from pipeline.report.labels import phase_label, unit_label
from pipeline.spec import INTERVENTION, Study, Table


def describe_withheld(study: Study, table: Table, withheld: pl.DataFrame) -> Iterator[str]:
    """One footnote for each period and reason that empties a row of the table.

    Args:
        study: names the order of the units.
        table: names the outcome, and periods beside the whole one.
        withheld: rows of `WITHHELD_SCHEMA`.
    """
    for phase in (INTERVENTION, *table.extra_phases):
        rows = withheld.filter(outcome=table.outcome, phase=phase)
        for (reason,), own in rows.group_by("reason", maintain_order=True):
            present = set(own["unit"])
            ordered = [unit for unit in order_units(study, present) if unit in present]
            names = ", ".join(map(unit_label, ordered))
            yield f"Withheld by the study's gates, {phase_label(phase)}: {names} ({reason})."
