"""Agreement with R's survival package on 6,058 gaps; `survival/make_case.R` made the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.models.contrast import Cell
from pipeline.models.duration_fits import FamilyFits
from pipeline.models.inference import PERSON_CLUSTER, sum_by_cluster
from pipeline.models.spell_book import SpellBook
from pipeline.models.survival import fit_curve

CASE = Path(__file__).parent / "survival"
CELLS = [
    (f"unit_{number:02d}", period) for number in range(1, 7) for period in ("before", "during")
]


@pytest.fixture(scope="module")
def spells() -> pl.DataFrame:
    return pl.read_csv(CASE / "case_a_spells.csv").select(
        pl.col("person").cast(pl.String).alias("person_id"),
        pl.col("unit").alias("jobcentre"),
        "period",
        pl.col("entry").alias("entry_weeks"),
        pl.col("duration").alias("duration_weeks"),
        (pl.col("cause") == 1).alias("has_event"),
    )


def _fit(spells: pl.DataFrame, unit: str, period: str) -> Cell:
    cause = pl.when("has_event").then(0).otherwise(-1)
    place = (frozenset({unit}), period)
    fits = FamilyFits(SpellBook(spells.with_columns(cause=cause)), "exponential", [place])
    return fits.fit_cell("mean", place)


@pytest.mark.parametrize(("unit", "period"), CELLS)
def test_exponential_with_late_entry_is_exposure_over_events(
    spells: pl.DataFrame, unit: str, period: str
) -> None:
    table = pl.read_csv(CASE / "case_a_occurrence_exposure.csv")
    printed = table.row(
        by_predicate=(pl.col("unit") == unit) & (pl.col("period") == period), named=True
    )

    cell = _fit(spells, unit, period)

    assert cell.n_events == printed["events"]
    assert cell.mean == pytest.approx(printed["exposure"] / printed["events"], rel=1e-9)


@pytest.mark.parametrize(("unit", "period"), CELLS)
def test_clustered_standard_error_of_the_mean_equals_survreg(
    spells: pl.DataFrame, unit: str, period: str
) -> None:
    printed = pl.read_csv(CASE / "case_a_quantities.csv").row(
        by_predicate=(pl.col("model") == "exponential")
        & (pl.col("quantity") == "mean")
        & (pl.col("cell") == f"{unit}:{period}"),
        named=True,
    )

    cell = _fit(spells.filter(pl.col("entry_weeks") == 0), unit, period)

    assert cell.mean is not None
    sums = sum_by_cluster([(1, cell.influences[PERSON_CLUSTER])])
    without_factor = np.square(sums).sum() ** 0.5
    assert cell.mean == pytest.approx(printed["estimate"], rel=1e-9)
    # R has no small-sample factor; ours is persons / (persons - 1).
    assert without_factor == pytest.approx(printed["robust_se"], rel=1e-5)
    with_factor = without_factor * (sums.size / (sums.size - 1)) ** 0.5
    assert with_factor == pytest.approx(printed["robust_se"], rel=0.01)


@pytest.mark.parametrize("period", ["before", "during"])
def test_kaplan_meier_with_late_entry_equals_survfit(spells: pl.DataFrame, period: str) -> None:
    printed = pl.read_csv(CASE / "case_a_km.csv").filter(stratum=f"period={period}")

    curve = fit_curve(spells.filter(period=period)).filter(
        pl.col("week").is_in(printed["week"].to_list())
    )

    assert curve["week"].to_list() == printed["week"].to_list()
    assert curve["at_risk"].to_list() == printed["at_risk"].to_list()
    for ours, theirs in {
        "survival": "survival",
        "std_error": "std_err",
        "ci_low": "lower",
        "ci_high": "upper",
    }.items():
        assert curve[ours].to_list() == pytest.approx(printed[theirs].to_list(), abs=1e-8), ours
