"""Repetitions are kept, and one that was cut short is run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.errors import StudyError, UsageError
from pipeline.events import Event
from pipeline.layout import OutFolder
from pipeline.montecarlo import series
from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.series import run_repetitions
from pipeline.montecarlo.trial import Options, Trial, narrow_study
from pipeline.run import score_estimators
from pipeline.spec import load_study


@pytest.fixture(autouse=True)
def library(people: PersonRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "draw_library", lambda *_: people)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repetition's verdicts are what it draws: the sums of all persons, and no placebo."""

    def add_up(_: Trial, rows: PersonRows) -> pl.DataFrame:
        return pl.DataFrame({"effect": rows.amounts.sum(axis=0).ravel()})

    def draw_once(_: Trial, rows: PersonRows, rng: np.random.Generator) -> pl.DataFrame:
        return pl.DataFrame({"effect": [rng.random()]})

    monkeypatch.setattr(series, "judge_programme", add_up)
    monkeypatch.setattr(series, "judge_placebos", draw_once)


def read_kept(out: OutFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out.work / "repetitions").iterdir()}


def run(trial: Trial, count: int, folder: Path) -> tuple[pl.DataFrame, dict[str, bytes]]:
    out = OutFolder(folder)
    verdicts = run_repetitions(trial, count, out, lambda _: None)
    return verdicts, read_kept(out)


@pytest.mark.usefixtures("quick")
def test_more_repetitions_leave_the_first_ones_as_they_are(trial: Trial, tmp_path: Path) -> None:
    first, kept = run(trial, 2, tmp_path / "a")
    assert first["repetition"].unique().to_list() == [1, 2]
    _, more = run(trial, 3, tmp_path / "a")
    _, anew = run(trial, 3, tmp_path / "b")
    assert more.keys() == {f"00000{number}.parquet" for number in (1, 2, 3)}
    assert more == anew
    assert {name: more[name] for name in kept} == kept
    assert len(set(more.values())) == 3


@pytest.mark.usefixtures("quick")
def test_a_run_that_is_killed_goes_on_where_it_was(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = run(trial, 3, tmp_path / "whole")
    judge = series.judge_placebos
    calls = iter(range(10))

    def die_in_the_second(*arguments: object) -> pl.DataFrame:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return judge(*arguments)

    monkeypatch.setattr(series, "judge_placebos", die_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        run(trial, 3, tmp_path / "cut")
    assert list(read_kept(OutFolder(tmp_path / "cut"))) == ["000001.parquet"]
    _, resumed = run(trial, 3, tmp_path / "cut")
    assert resumed == whole


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("change", [{"seed": 2}, {"shocks": 0.2}, {"level": "person"}])
def test_another_trial_is_refused(trial: Trial, tmp_path: Path, change: dict[str, object]) -> None:
    run(trial, 1, tmp_path)
    other = Trial(trial.study, replace(trial.options, **change))
    with pytest.raises(UsageError, match="repetitions of another trial"):
        run(other, 1, tmp_path)


@pytest.mark.usefixtures("quick")
def test_another_seed_gives_other_repetitions(trial: Trial, tmp_path: Path) -> None:
    other = Trial(trial.study, replace(trial.options, seed=2))
    _, first = run(trial, 1, tmp_path / "a")
    _, second = run(other, 1, tmp_path / "b")
    assert first != second


def test_a_study_without_a_known_outcome_is_refused() -> None:
    hir = load_study("hir")
    exits = hir.outcomes["exits"].model_copy(update={"population": "resource_course"})
    with pytest.raises(StudyError, match="no outcome has a truth"):
        narrow_study(hir.model_copy(update={"outcomes": {"exits": exits}}))


def test_the_sheet_is_written_whole(tmp_path: Path) -> None:
    events: list[Event] = []
    options = Options(persons=20_000)
    sheet = score_estimators("hir", options, 1, OutFolder(tmp_path), events.append)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {"scores.csv", "quantities.csv", "truth.csv", "manifest.json"} <= names
    assert {"tables/scores.csv", "tables/scores.html", "tables/quantities.html"} <= names
    assert {f"figures/scores.{kind}" for kind in ("svg", "png", "csv")} <= names
    assert sheet.scores == tmp_path / "tables" / "scores.html"
    assert any("placebo_t: size" in line for line in sheet.lines)
    assert [event.name for event in events if event.kind == "finished"][-1] == "repetition 1 of 1"


def test_shocks_are_of_the_size_and_correlation_asked_for(trial: Trial) -> None:
    asked = Trial(trial.study, Options(shocks=0.3, shock_correlation=0.5))
    shocks = asked.course.calibration.shocks
    assert (shocks.restart, shocks.hours, shocks.correlation) == (0.3, 0.3, 0.5)
