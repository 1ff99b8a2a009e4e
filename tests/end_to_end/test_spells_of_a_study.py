"""What a study says of its durations is what `indsats durations` says of the study's own spells."""

from __future__ import annotations

from math import exp
from pathlib import Path

import polars as pl
import pytest
from scipy import stats
from typer.testing import CliRunner

from pipeline.cli import app

PARTICIPANTS = ["Gladsaxe", "Slagelse", "Vallensbæk-Ishøj"]
# Pieces break where the spells of a table do, which is not where those of one group do.
MODELS = ["exponential", "weibull", "lognormal", "loglogistic"]
KAPLAN_MEIER = "kaplan_meier"
QUANTITIES = {"mean": "mean_weeks", "median": "median_weeks", "rmst": "rmst_52_weeks"}
KEY = ["unit", "period"]


@pytest.fixture(scope="module")
def spells(whole_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gaps that table 2 is made of, as a user would take them out of the work folder."""
    table = pl.read_parquet(whole_run / "work" / "analysis" / "duration_spells.parquet")
    unit = pl.when(pl.col("jobcentre").is_in(PARTICIPANTS)).then(pl.lit("participating"))
    own = table.filter(
        pl.col("period").is_in(["before", "intervention"]), sampling="flow"
    ).with_columns(unit=unit.otherwise(pl.lit("rest_of_country")), event="has_event")
    file = tmp_path_factory.mktemp("spells") / "spells.parquet"
    own.with_columns(pl.col("event").cast(pl.Int8)).write_parquet(file)
    return file


@pytest.fixture(scope="module")
def answers(spells: Path) -> dict[str, pl.DataFrame]:
    return {model: ask(spells, model) for model in (*MODELS, KAPLAN_MEIER)}


def ask(spells: Path, model: str) -> pl.DataFrame:
    """The rows of the command, with errors that carry the factor of each cell by itself."""
    out = spells.with_name(f"{model}.csv")
    columns = ("--duration", "duration_weeks", "--event", "event", "--entry", "entry_weeks")
    options = ("--by", "unit,period", *columns, "--cluster", "person_id", "--model", model)
    options += ("--own-shape",) if model != KAPLAN_MEIER else ()
    done = CliRunner().invoke(app, ["durations", str(spells), *options, "--out", str(out)])
    assert done.exit_code == 0, done.output
    people = pl.read_parquet(spells)
    own = people.group_by(KEY).agg(n=pl.col("person_id").n_unique())
    n_all = people["person_id"].n_unique()
    factor = (pl.col("n") / (pl.col("n") - 1) * (n_all - 1) / n_all).sqrt()
    return pl.read_csv(out).join(own, on=KEY).with_columns(std_error=pl.col("std_error") * factor)


@pytest.mark.parametrize("unit", ["participating", "rest_of_country"])
def test_levels_are_those_of_the_estimates(
    answers: dict[str, pl.DataFrame], whole_run: Path, unit: str
) -> None:
    estimates = pl.read_csv(whole_run / "estimates.csv", infer_schema_length=None).filter(
        outcome="weeks_between_measures",
        phase="intervention",
        inference="person_cluster",
        unit=unit,
    )
    every = {"mean": "", "median": ".median", "rmst": ".rmst_52"}
    for model, answer in answers.items():
        summaries = {"rmst": ".rmst_52"} if model == KAPLAN_MEIER else every
        for quantity, suffix in summaries.items():
            (row,) = estimates.filter(model=model + suffix).to_dicts()
            levels = answer.filter(unit=unit, quantity=quantity).sort("period")["estimate"]
            shown = [row["before"], row["during"]]
            assert shown == [each and pytest.approx(each, rel=1e-7) for each in levels]


@pytest.mark.parametrize("model", MODELS)
def test_printed_weeks_and_intervals_are_those_of_the_command(
    answers: dict[str, pl.DataFrame], whole_run: Path, model: str
) -> None:
    table = pl.read_csv(
        whole_run / "tables" / "models_of_weeks_between_measures.csv", infer_schema=False
    )
    printed = table.filter(model=model)
    found = answers[model]
    quantile = float(stats.norm.ppf(0.975))

    n_compared = 0
    for row in printed.iter_rows(named=True):
        unit = "rest_of_country" if row["unit"].startswith("Rest") else "participating"
        period = "before" if row["period"] == "Before" else "intervention"
        for quantity, column in QUANTITIES.items():
            told = found.row(
                by_predicate=(pl.col("unit") == unit)
                & (pl.col("period") == period)
                & (pl.col("quantity") == quantity),
                named=True,
            )
            n_compared += _compare(row[column], told["estimate"])
            if quantity != "median" and told["estimate"] is not None:
                factor = exp(quantile * told["std_error"] / told["estimate"])
                stem = column.removesuffix("_weeks")
                n_compared += _compare(row[f"{stem}_low"], told["estimate"] / factor)
                n_compared += _compare(row[f"{stem}_high"], told["estimate"] * factor)
    assert n_compared >= 10


def _compare(printed: str | None, figure: float | None) -> bool:
    """Whether there was a number to compare; one beyond a year is printed as such."""
    if figure is None or not printed:
        assert figure is None
        assert not printed
        return False
    if printed == ">52":
        assert figure > 52
        return True
    assert float(printed) == pytest.approx(figure, abs=0.0500001)
    return True
