from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.spec import Study

JOBCENTRES = ["Anholt", "Brund", "Cortsø", "Dragør", "Egense", "Falslev"]


@pytest.fixture(scope="session")
def study() -> Study:
    """Anholt and Brund participate, Falslev is left out, the other three are the rest."""
    return Study.model_validate(
        {
            "name": "small",
            "title": "Small",
            "question": "Does it work?",
            "participating": ["Brund", "Anholt"],
            "excluded": ["Falslev"],
            "periods": {
                "before": "2017-W10..2018-W09",
                "intervention": "2018-W10..2019-W13",
            },
            "phases": {"last": "2019-W01..2019-W13"},
            "populations": {"everyone": {"label": "Everyone", "benefit": "resource_course"}},
            "outcomes": {
                "weeks": {
                    "label": "Weeks",
                    "kind": "duration_between_measures",
                    "favourable": "lower",
                },
                "share": {
                    "label": "Share",
                    "kind": "share",
                    "favourable": "higher",
                    "any_of": ["ordinary_hours"],
                },
            },
        }
    )


@pytest.fixture(scope="session")
def jobcentres() -> list[str]:
    return JOBCENTRES


@pytest.fixture(scope="session")
def many_spells(study: Study) -> pl.DataFrame:
    """Gaps of 80 persons who have several and move about, drawn once and for all."""
    draw = np.random.default_rng(20180305)
    n = 1200
    duration = draw.integers(1, 40, n)
    sampling = draw.choice(["flow", "stock_and_flow"], n)
    late = (sampling == "stock_and_flow") & (draw.random(n) < 0.4)
    return pl.DataFrame(
        {
            "population": "everyone",
            "sampling": sampling,
            "period": draw.choice(list(study.windows), n),
            "person_id": [f"p{number:03d}" for number in draw.integers(0, 80, n)],
            "jobcentre": draw.choice(JOBCENTRES, n),
            "entry_weeks": np.where(late, draw.integers(0, duration), 0),
            "duration_weeks": duration,
            "has_event": draw.random(n) < 0.5,
        }
    ).with_columns(pl.col("entry_weeks", "duration_weeks").cast(pl.Int32))


@pytest.fixture(scope="session")
def many_cells(study: Study) -> pl.DataFrame:
    """Person cells of 80 persons, some in two job centres in one window."""
    draw = np.random.default_rng(20190325)
    n = 900
    weeks = draw.integers(1, 14, n)
    return (
        pl.DataFrame(
            {
                "population": "everyone",
                "outcome": "share",
                "period": draw.choice(list(study.windows), n),
                "jobcentre": draw.choice(JOBCENTRES, n),
                "person_id": [f"p{number:03d}" for number in draw.integers(0, 80, n)],
                "numerator": draw.binomial(weeks, 0.3),
                "denominator": weeks,
            }
        )
        .with_columns(n_events="numerator")
        .unique(["period", "jobcentre", "person_id"], maintain_order=True)
    )
