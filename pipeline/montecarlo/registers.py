"""Whole registers, written, read and evaluated as those of a real study are."""

from __future__ import annotations

import tempfile
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.layout import OutFolder
from pipeline.models.cell_model import CellModel
from pipeline.models.certificate.certificate import ONE_UNIT, POOLED
from pipeline.models.certificate.rejections import LEVEL
from pipeline.models.comparison import list_comparisons
from pipeline.models.contrast import Cell
from pipeline.models.duration import WaitPanels
from pipeline.models.duration_fits import MEAN, FamilyFits
from pipeline.models.durations.families import EXPONENTIAL
from pipeline.models.effect import Question, fit_effects
from pipeline.models.estimate import combine_estimates
from pipeline.models.exits import fit_exits
from pipeline.models.mean import fit_means
from pipeline.models.spell_book import SpellBook
from pipeline.montecarlo.judge import VERDICT_SCHEMA, judge_placebos
from pipeline.montecarlo.persons import PersonRows, read_person_rows, read_rows
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
        estimates = fit_headlines(trial, out)
        rows = read_person_rows(trial, out)
    asked = {name: outcome.model_name for name, outcome in trial.outcomes.items()}
    programme = estimates.filter(
        pl.col("population") == pl.col("outcome").replace_strict(trial.populations),
        pl.col("model") == pl.col("outcome").replace_strict(asked),
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


def fit_headlines(trial: Trial, out: OutFolder) -> pl.DataFrame:
    """The rows that are scored, as a run of the study has them among all its others.

    Returns:
        `ESTIMATE_SCHEMA`, of the outcomes' own models.
    """
    study, comparisons = trial.study, list_comparisons(trial.study, trial.units)
    parts = [
        fit_means(study, read_rows(out, "share"), comparisons),
        fit_exits(study, read_rows(out, "exits"), comparisons),
    ]
    for name, outcome in trial.outcomes.items():
        if not outcome.is_duration:
            continue
        population = trial.populations[name]
        spells = read_rows(out, outcome.kind).filter(
            population=population, sampling=outcome.sampling
        )
        book = SpellBook(spells.with_columns(cause=pl.when("has_event").then(0).otherwise(-1)))
        groups = [comparisons[0].rest, *(each.treated for each in comparisons)]
        fits = FamilyFits(book, EXPONENTIAL.name, product(groups, study.windows))
        model = CellModel(partial(_fit_mean, fits), WaitPanels(spells))
        question = Question(study, population, name, outcome.model_name)
        parts.append(fit_effects(question, model, comparisons))
    return combine_estimates(parts).rows


def _fit_mean(fits: FamilyFits, jobcentres: frozenset[str], period: str) -> Cell:
    return fits.fit_cell(MEAN, (jobcentres, period))
