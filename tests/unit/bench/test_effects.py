"""The bench of effects times the same figures, whoever makes them."""

from __future__ import annotations

from pathlib import Path

import linearmodels
import pyfixest
import pytest

from pipeline.bench import effects
from pipeline.bench.measure import Trial
from pipeline.engine import Engine
from pipeline.spec import parse_weeks


def test_every_way_gives_the_same_effect_and_standard_error(tmp_path: Path) -> None:
    file = tmp_path / "panel.parquet"
    effects.make_up_panel(file, 30_000)
    with Engine(tmp_path) as engine:
        engine.add_table("bench.panel", file)
        own = effects.fit_by_cells(engine)

    assert own == pytest.approx(effects.fit_in_pyfixest(pyfixest, file), rel=1e-5)
    assert own == pytest.approx(effects.fit_in_linearmodels(linearmodels, file), rel=1e-9)


def test_a_peer_that_is_not_installed_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "find_peer", lambda name: None)
    trial = Trial(1_000, parse_weeks("2015-W01..2015-W02"), "1GB", tmp_path)

    measures = effects.measure_effects(trial)

    assert [(measure.value, measure.met) for measure in measures] == [(None, None)] * 2
    assert measures[0].detail == "pyfixest is not installed"


def test_ratios_are_set_against_their_goals(tmp_path: Path) -> None:
    trial = Trial(5_000, parse_weeks("2015-W01..2015-W02"), "1GB", tmp_path)

    measures = effects.measure_effects(trial)

    assert [measure.goal for measure in measures] == ["at least 20", "at least 30"]
    assert all(measure.value is not None and measure.value > 0 for measure in measures)
    assert "20,000 person-weeks" in measures[0].detail
