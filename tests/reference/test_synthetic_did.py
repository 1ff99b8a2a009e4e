"""Synthetic difference in differences against the figure its authors print."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.models.synthetic_did import fit_synthetic_did

PROP99 = Path(__file__).parent / "did" / "prop99.csv"


def read_panel() -> tuple[np.ndarray, np.ndarray]:
    wide = (
        pl.read_csv(PROP99)
        .select("state", "year", "cigsale")
        .pivot("year", index="state", values="cigsale")
    )
    values = wide.drop("state").to_numpy()
    is_treated = (wide["state"] == "California").to_numpy()
    return values[is_treated], values[~is_treated]


def test_prop_99_gives_the_printed_effect():
    """Arkhangelsky and others 2021, table 1: -15.6, standard error 8.4 by placebos."""
    treated, comparison = read_panel()
    found = fit_synthetic_did(treated, comparison, 19)
    assert found.effect == pytest.approx(-15.604, abs=5e-3)
    # 100 placebo draws of a heavy-tailed spread.
    assert 6 < found.std_error < 14


def test_the_same_panel_gives_the_same_figures():
    treated, comparison = read_panel()
    assert fit_synthetic_did(treated, comparison, 19) == fit_synthetic_did(treated, comparison, 19)


def test_too_little_to_weigh_has_no_opinion():
    treated, comparison = read_panel()
    assert fit_synthetic_did(treated, comparison, 1) is None
    assert fit_synthetic_did(treated, comparison, 31) is None
    assert fit_synthetic_did(treated, comparison[:1], 19) is None
    assert fit_synthetic_did(treated[:0], comparison, 19) is None
