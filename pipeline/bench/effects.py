"""Unit and week effects on person-weeks, against the packages that others would take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.bench.measure import Goal, Measure, Trial, find_peer, judge, skip, time_tasks
from pipeline.engine import Engine
from pipeline.models.did.two_way import fit_unit_week_effects

_WEEKS_OF_A_PERSON = 4
_UNITS, _TREATED, _WEEKS, _START = 94, 15, 108, 52
_COLLAPSE = """
select
    unit,
    week,
    sum(outcome) as numerator,
    count(*) as denominator,
    bool_or(is_exposed = 1) as is_exposed
from bench.panel
group by unit, week
"""
_GOALS = {"pyfixest": Goal("at least", 20), "linearmodels": Goal("at least", 30)}
# Effect and standard error, clustered on units with the factor G / (G - 1).
Estimate = tuple[float, float]


def measure_effects(trial: Trial) -> list[Measure]:
    """How long the effect and its clustered standard error take, from Parquet."""
    file = trial.folder / "panel.parquet"
    rows = _WEEKS_OF_A_PERSON * trial.persons
    make_up_panel(file, rows)
    peers = {"pyfixest": _find_pyfixest(file), "linearmodels": _find_linearmodels(file)}
    with Engine(trial.folder) as engine:
        engine.add_table("bench.panel", file)
        tasks: dict[str, Callable[[], object]] = {"own": lambda: fit_by_cells(engine)}
        tasks |= {name: peer for name, peer in peers.items() if peer is not None}
        seconds = time_tasks(tasks)
    detail = f"{rows:,} person-weeks, {_UNITS} units, {_WEEKS} weeks; the same figures from Parquet"
    return [
        skip(_name(peer), goal, f"{peer} is not installed")
        if peers[peer] is None
        else judge(_name(peer), seconds[peer] / seconds["own"], goal, detail)
        for peer, goal in _GOALS.items()
    ]


def _name(peer: str) -> str:
    return f"{peer} / unit and week effects on cells"


def make_up_panel(file: Path, rows: int) -> None:
    """Person-weeks in units of unequal size, 15 of 94 treated from week 52 on."""
    draw = np.random.default_rng(1)
    unit = draw.choice(_UNITS, rows, p=draw.dirichlet(np.full(_UNITS, 2.0)))
    week = draw.integers(0, _WEEKS, rows)
    exposed = (unit < _TREATED) & (week >= _START)
    outcome = draw.random(rows) < 0.2 + 0.01 * (unit % 7) + 0.02 * exposed
    columns = {"unit": unit, "week": week, "outcome": outcome, "is_exposed": exposed}
    pl.DataFrame(columns).cast(pl.Int32).write_parquet(file)


def fit_by_cells(engine: Engine) -> Estimate:
    """The project's own way: collapsed in the engine, fitted on one cell per unit and week."""
    fit = fit_unit_week_effects(engine.read(_COLLAPSE, {}))
    found = fit.infer_sandwich()
    return fit.effect, float("nan") if found is None or found.std_error is None else found.std_error


def _find_pyfixest(file: Path) -> Callable[[], Estimate] | None:
    peer = find_peer("pyfixest")
    return None if peer is None else lambda: fit_in_pyfixest(peer, file)


def fit_in_pyfixest(peer: Any, file: Path) -> Estimate:
    """Every row, effects absorbed."""
    rows = pl.read_parquet(file).to_pandas()
    settings = {"vcov": {"CRV1": "unit"}, "ssc": peer.ssc(k_adj=False, G_adj=True)}
    fit = peer.feols("outcome ~ is_exposed | unit + week", rows, **settings)
    return float(fit.coef().iloc[0]), float(fit.se().iloc[0])


def _find_linearmodels(file: Path) -> Callable[[], Estimate] | None:
    peer = find_peer("linearmodels")
    return None if peer is None else lambda: fit_in_linearmodels(peer, file)


def fit_in_linearmodels(peer: Any, file: Path) -> Estimate:
    """Every row, effects absorbed; its panel estimator takes no unit and week twice."""
    rows = pl.read_parquet(file).to_pandas()
    effects = rows[["unit", "week"]].astype("category")
    model = peer.AbsorbingLS(rows["outcome"], rows[["is_exposed"]], absorb=effects)
    fit = model.fit(cov_type="clustered", clusters=rows["unit"], debiased=False)
    factor = (_UNITS / (_UNITS - 1)) ** 0.5
    return float(fit.params.iloc[0]), float(fit.std_errors.iloc[0]) * factor
