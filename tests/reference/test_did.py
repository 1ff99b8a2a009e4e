"""Agreement with a published difference in differences on a public panel."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.models.comparison import list_comparisons
from pipeline.models.mean import fit_means
from pipeline.spec import Study

CASE = Path(__file__).parent / "did"


def test_cigarette_packs_after_californias_proposition_99() -> None:
    """Packs per head in 39 states, 1970-2000, California treated from 1989."""
    states = pl.read_csv(CASE / "prop99.csv")
    # Packs have one decimal: tenths are whole numbers, and years weigh alike.
    cells = states.select(
        pl.lit("all").alias("population"),
        pl.lit("packs").alias("outcome"),
        pl.when(pl.col("year") < 1989)
        .then(pl.lit("before"))
        .otherwise(pl.lit("intervention"))
        .alias("period"),
        pl.col("state").alias("jobcentre"),
        pl.col("state").alias("person_id"),
        (pl.col("cigsale") * 10).round().cast(pl.Int64).alias("numerator"),
        pl.lit(10).alias("denominator"),
        pl.lit(1).alias("n_events"),
    )
    study = Study.model_validate(
        {
            "name": "prop99",
            "title": "Proposition 99",
            "question": "Did Californians smoke less?",
            "participating": ["California"],
            "periods": {"before": "2017-W01..2017-W52", "intervention": "2018-W01..2018-W52"},
            "populations": {"all": {"label": "All", "benefit": "resource_course"}},
            "outcomes": {
                "packs": {
                    "label": "Packs",
                    "kind": "hours",
                    "favourable": "lower",
                }
            },
        }
    )

    rows = fit_means(study, cells, list_comparisons(study, set(states["state"]))).rows

    # Every method of inference has a row, and the estimate is the same in all.
    assert rows.filter(unit="California")["effect"].unique().to_list() == [
        pytest.approx(-27.3491, abs=5e-5)
    ]
