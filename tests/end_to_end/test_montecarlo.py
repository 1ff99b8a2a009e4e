"""`indsats montecarlo`: whole trials, and what is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.layout import OutFolder
from pipeline.models.estimate import ESTIMATE_SCHEMA, round_figures
from pipeline.montecarlo.registers import fit_headlines
from pipeline.montecarlo.trial import Options, Trial, narrow_study
from pipeline.spec import load_study
from tests.benchmark.page import measure_distances
from tests.end_to_end.conftest import Command


def test_what_is_scored_is_what_a_run_estimates(study: Path, whole_run: Path) -> None:
    trial = Trial(narrow_study(load_study(str(study))), Options(level="person"))
    scored = round_figures(fit_headlines(trial, OutFolder(whole_run)))
    models = {name: outcome.model_name for name, outcome in trial.outcomes.items()}
    assert set(models.values()) == {"exponential", "difference_in_differences"}
    run = pl.read_csv(whole_run / "estimates.csv", schema_overrides=ESTIMATE_SCHEMA).filter(
        pl.col("model") == pl.col("outcome").replace_strict(models, default=None)
    )
    key = ["outcome", "phase", "unit", "model", "inference"]
    assert scored.sort(key).equals(run.sort(key))


@pytest.mark.slow
def test_whole_registers_are_scored(indsats: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["montecarlo", "hir", "--level", "person", "--persons", 6_000, "--out", out]
    done = indsats(*command, "--reps", 2)
    assert done.returncode == 0, done.stderr
    scores = pl.read_csv(out / "scores.csv")
    assert set(scores["tested"]) == {"one_unit", "pooled"}
    assert scores.filter(inference="person_cluster", size="all")["coverage"].null_count() == 0
    quantities = pl.read_csv(out / "quantities.csv")
    assert set(quantities["phase"]) == {"intervention", "first_half_year", "last_3_months"}
    left = {path.name for path in (out / "work").iterdir()}
    assert left == {"trial.json", "repetitions"}
    again = indsats(*command, "--reps", 2)
    assert "unchanged  2 repetitions" in again.stderr


@pytest.mark.slow
def test_sums_are_scored_and_the_same_seed_gives_the_same_bytes(
    indsats: Command, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        done = indsats("montecarlo", "hir", "--reps", 2, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert "placebo_t: size" in done.stdout
    files = [
        path.relative_to(tmp_path / "a")
        for path in (tmp_path / "a").rglob("*.*")
        if path.is_file() and path.name not in {"library.npz", ".lock"}
    ]
    assert len(files) > 10
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


@pytest.mark.slow
def test_means_of_five_large_registers_lie_around_the_truth(
    indsats: Command, tmp_path: Path
) -> None:
    """Minutes: five registers of 300,000 persons, simulated, read and evaluated.

    Within two Monte-Carlo errors lie all quantities of the participating together, and nine in ten
    of their job centres.
    """
    command = ["montecarlo", "hir", "--level", "person", "--persons", 300_000, "--reps", 5]
    done = indsats(*command, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    quantities = measure_distances(pl.read_csv(tmp_path / "quantities.csv").drop_nulls("bias"))
    is_pooled = pl.col("unit") == "participating"
    pooled, units = quantities.filter(is_pooled), quantities.filter(~is_pooled)
    # Four outcomes, three phases; ways out are not known in every small job centre.
    assert pooled.height == 4 * 3 * 3
    assert 3 * 15 * 3 * 3 < units.height <= 4 * 15 * 3 * 3
    assert pooled["distance"].max() <= 2
    assert units.select((pl.col("distance") <= 2).mean()).item() >= 0.9


def test_a_plant_that_is_not_there_is_a_faulty_study(indsats: Command, tmp_path: Path) -> None:
    plant = tmp_path / "none.toml"
    done = indsats("montecarlo", "hir", "--reps", 1, "--plant", plant, "--out", tmp_path / "out")
    assert done.returncode == 10
    assert "none.toml" in done.stderr


def test_no_repetition_is_wrong_use(indsats: Command, tmp_path: Path) -> None:
    assert indsats("montecarlo", "hir", "--reps", 0, "--out", tmp_path).returncode == 2
