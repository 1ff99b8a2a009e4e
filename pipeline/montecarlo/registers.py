"""Whole registers, written, read and evaluated as those of a real study are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.evaluate import fit_estimates
from pipeline.layout import OutFolder
from pipeline.models.certificate.certificate import ONE_UNIT, POOLED
from pipeline.models.certificate.rejections import LEVEL
from pipeline.montecarlo.judge import VERDICT_SCHEMA, judge_placebos
from pipeline.montecarlo.persons import PersonRows, read_person_rows
from pipeline.montecarlo.trial import Trial
from pipeline.prepare import Job, prepare_tables
from pipeline.spec import PARTICIPATING, REST_OF_COUNTRY
from pipeline.synthetic.delivery import Request, simulate_delivery


def build_registers(trial: Trial, request: Request, folder: Path) -> OutFolder:
    """The out folder of one simulated DREAM, with every table that estimates come from."""
    data, out = folder / "delivery", OutFolder(folder / "out")
    simulate_delivery(trial.study, data, request)
    prepare_tables(trial.study, Job(data, out, lambda _: None))
    return out


def draw_library(trial: Trial, folder: Path) -> PersonRows:
    """The rows of the one DREAM from which the cell level learns how persons differ.

    It has no shocks: those of each repetition are drawn by themselves.
    """
    options = trial.options
    request = Request(
        options.library_persons,
        trial.weeks,
        seed=options.seed,
        plant=options.plant,
        shocks=0.0,
    )
    with tempfile.TemporaryDirectory(prefix="library-", dir=folder) as place:
        out = build_registers(trial, request, Path(place))
        return read_person_rows(trial, out)


def judge_registers(trial: Trial, seed: int, folder: Path) -> pl.DataFrame:
    """One repetition at person level: the estimates of a run, and placebos from its tables.

    Args:
        trial: what is simulated.
        seed: of the registers.
        folder: for the registers, which are gone afterwards.

    Returns:
        `VERDICT_SCHEMA`; estimates of every phase, placebos of the whole period.
    """
    options = trial.options
    request = Request(
        options.persons,
        trial.weeks,
        seed=seed,
        plant=options.plant,
        shocks=options.shocks,
        shock_correlation=options.shock_correlation,
    )
    with tempfile.TemporaryDirectory(prefix="registers-", dir=folder) as place:
        out = build_registers(trial, request, Path(place))
        estimates = fit_estimates(trial.study, out, lambda _: None)
        rows = read_person_rows(trial, out)
    asked = {
        name: f"{trial.study.population_of(name)} {outcome.model_name}"
        for name, outcome in trial.outcomes.items()
    }
    programme = estimates.rows.filter(
        pl.format("{} {}", "population", "model") == pl.col("outcome").replace_strict(asked),
        pl.col("unit") != REST_OF_COUNTRY,
    ).select(
        pl.lit(value=False).alias("is_placebo"),
        pl.when(pl.col("unit") == PARTICIPATING)
        .then(pl.lit(POOLED))
        .otherwise(pl.lit(ONE_UNIT))
        .alias("tested"),
        (pl.col("p_value") <= LEVEL).alias("is_rejected"),
        pl.exclude(["study", "population", "model", "p_value"]),
    )
    placebos = judge_placebos(trial, rows, np.random.default_rng(seed))
    return pl.concat([programme.select(list(VERDICT_SCHEMA)), placebos])
