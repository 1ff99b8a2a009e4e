"""Agreement with `survfit` of R's survival package for several causes (`survival/make_case.R`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.models.incidence import Incidence, Spells

CASE = Path(__file__).parent / "survival"
CAUSES = {"measure": 0, "exit": 1}


@pytest.mark.parametrize("period", ["before", "during"])
def test_incidence_and_its_standard_error(period: str) -> None:
    """R's standard error is the infinitesimal jackknife with a cluster per spell."""
    rows = pl.read_csv(CASE / "case_a_spells.csv").filter(period=period, entry=0)
    kinds = rows.group_by("duration", "cause").len()
    spells = Spells(
        np.zeros(kinds.height, dtype=np.int64),
        kinds["duration"].to_numpy(),
        kinds["cause"].to_numpy() - 1,
        kinds["len"].cast(pl.Int64).to_numpy(),
    )
    found = Incidence(spells, 2, 56)

    printed = pl.read_csv(CASE / "case_a_aalen_johansen.csv").filter(stratum=f"period={period}")
    assert printed["week"].to_list() == [13, 26, 52]
    for row in printed.iter_rows(named=True):
        for name, cause in CAUSES.items():
            influence = found.influence(np.array([cause]), row["week"])
            error = (spells.weight @ np.square(influence)) ** 0.5
            assert found.incidence[cause, row["week"]] == pytest.approx(row[f"p_{name}"], rel=1e-12)
            assert error == pytest.approx(row[f"se_{name}"], rel=1e-10)
