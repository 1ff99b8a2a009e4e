"""The bench of durations measures the same model in both packages."""

from __future__ import annotations

import json
from pathlib import Path

import lifelines
import numpy as np
import polars as pl
import pytest

from pipeline.bench import durations
from pipeline.bench.durations import fit_file, fit_in_lifelines, make_up_spells, measure_durations
from pipeline.bench.measure import Trial
from pipeline.bench.suite import write_measures
from pipeline.spec import parse_weeks


def test_both_fit_the_same_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durations, "_UNITS", 2)
    spells = make_up_spells(600)
    spells.write_parquet(tmp_path / "spells.parquet")

    ours = fit_file(tmp_path / "spells.parquet").rows.filter(quantity="median")
    theirs = fit_in_lifelines(lifelines, spells)

    assert ours["estimate"].to_list() == pytest.approx(list_medians(theirs), rel=1e-3)


def list_medians(fit: lifelines.WeibullAFTFitter) -> list[float]:
    location = fit.params_["lambda_"]
    shift = [0.0, *(location[name] for name in location.index if name != "Intercept")]
    power = np.exp(fit.params_[("rho_", "Intercept")])
    return [float(np.exp(location["Intercept"] + s) * np.log(2) ** (1 / power)) for s in shift]


def test_the_spells_are_sound() -> None:
    spells = make_up_spells(500)
    assert spells.filter(pl.col("entry") >= pl.col("duration")).is_empty()
    assert spells["has_event"].mean() > 0.2


def test_what_is_too_small_for_a_peer_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "_UNITS", 2)
    trial = Trial(2000, parse_weeks("2015-W01..2015-W10"), "2GB", tmp_path)

    whole, ratio, growth, memory = measure_durations(trial)
    write_measures([whole, ratio, growth, memory], tmp_path / "bench.json")

    assert len(json.loads((tmp_path / "bench.json").read_text())) == 4
    assert ratio.value is None
    assert (whole.value, whole.met, whole.detail) == (None, None, "needs 1,000,000 spells")
    assert "20,000 spells" in ratio.detail
    assert growth.unit == "exponent"
    assert memory.unit == "bytes"
    assert memory.value is None or memory.value > 1e7


def test_a_million_spells_have_seconds_beside_their_goal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "_UNITS", 2)
    monkeypatch.setattr(durations, "_WHOLE", 2000)
    whole = measure_durations(Trial(2000, parse_weeks("2015-W01..2015-W10"), "2GB", tmp_path))[0]
    assert (whole.unit, whole.goal) == ("seconds", "at most 5")
    assert whole.value is not None
    assert whole.met is (whole.value <= 5)
    assert "survival after 13, 26, 52 weeks" in whole.detail
