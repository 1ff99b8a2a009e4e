"""What the gates of a study look at, taken from the frames that the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.models.certificate import ONE_UNIT, POOLED
from pipeline.models.gates import Evidence
from pipeline.report.headline import choose_inference
from pipeline.spec import PARTICIPATING, Study

# Blocks of thirteen weeks: few enough for a joint test among few treated units.
_BLOCKS = "quarter"
_Row = dict[str, Any]


def collect_evidence(study: Study, shown: Mapping[str, pl.DataFrame]) -> Evidence:
    """Detectable effects, pre-trends and certificates by the row they speak of.

    Args:
        study: names the methods behind bold.
        shown: `power`, `pre_trend` and `certificate`, as the report has them.
    """
    power = {
        (row["outcome"], row["phase"], row["unit"]): row["detectable_effect"]
        for row in shown["power"].iter_rows(named=True)
    }
    pre_trends = {
        (row["population"], row["outcome"], row["unit"]): row["p_value"]
        for row in shown["pre_trend"].filter(by=_BLOCKS).iter_rows(named=True)
    }
    holds = (
        shown["certificate"]
        .group_by("outcome", "tested", "inference")
        .agg(pl.col("holds").all(ignore_nulls=False))
    )
    sizes = {tuple(row[:3]): row[3] for row in holds.iter_rows()}

    def find_power(row: _Row) -> float | None:
        return power.get((row["outcome"], row["phase"], row["unit"]))

    def find_pre_trend(row: _Row) -> float | None:
        return pre_trends.get((row["population"], row["outcome"], row["unit"]))

    def find_size(row: _Row) -> bool | None:
        tested = POOLED if row["unit"] == PARTICIPATING else ONE_UNIT
        return sizes.get(
            (row["outcome"], tested, choose_inference(study, row["outcome"], row["unit"]))
        )

    return Evidence(find_power, find_pre_trend, find_size)
