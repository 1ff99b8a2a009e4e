"""A joint job centre splits within a study: the rest of the country has it, and then its parts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import UsageError
from pipeline.layout import OutFolder
from pipeline.montecarlo.trial import Options
from pipeline.run import score_estimators
from tests.end_to_end.conftest import Command

PARTS = {183: "Ishøj", 187: "Vallensbæk"}
_WINDOWS = (
    ("2017-W10..2018-W09", "2020-W10..2021-W09"),
    ("2018-W10..2019-W13", "2021-W10..2022-W13"),
    ("2018-W10..2018-W35", "2021-W10..2021-W35"),
    ("2019-W01..2019-W13", "2022-W01..2022-W13"),
)


@pytest.fixture(scope="module")
def later(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study of HIR three years later, without the participant that splits."""
    text = study.read_text(encoding="utf-8").replace(', "Vallensbæk-Ishøj"', "")
    for old, new in _WINDOWS:
        text = text.replace(old, new)
    path = tmp_path_factory.mktemp("later") / "later.toml"
    path.write_text(text.replace('name = "hir"', 'name = "later"'), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(indsats: Command, later: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    options = ("--persons", 6_000, "--weeks", "2019-W01..2022-W13", "--dirt")
    done = indsats("simulate", folder, "--study", later, *options)
    assert done.returncode == 0, done.stderr
    return folder


def test_weeks_belong_to_the_job_centre_of_their_year(
    indsats: Command, later: Path, data: Path, tmp_path: Path
) -> None:
    command = ("run", later, "--data", data, "--out", tmp_path)
    done = indsats(*command, "--until", "analysis.attrition")
    assert done.returncode == 0, done.stderr
    dream = pl.read_parquet(data / "dream.parquet").rename(str.lower).unique("pnr")
    homes = dream.select("pnr", "^nykom202[0-2]$").unpivot(index="pnr", value_name="code")
    homes = homes.with_columns(pl.col("variable").str.tail(4).cast(pl.Int32).alias("year"))
    weeks = pl.read_parquet(tmp_path / "work" / "analysis" / "person_weeks.parquet")
    joined = weeks.with_columns(pl.col("week").dt.iso_year().alias("year")).join(
        homes.rename({"pnr": "person_id"}), on=["person_id", "year"]
    )
    ours = joined.filter(pl.col("code").is_in(list(PARTS)))
    parts = pl.col("code").replace_strict(PARTS, return_dtype=pl.String)
    right = pl.when(pl.col("year") < 2022).then(pl.lit("Vallensbæk-Ishøj")).otherwise(parts)
    assert ours.select((pl.col("jobcentre") == right).all()).item()
    assert set(ours["jobcentre"]) == {"Vallensbæk-Ishøj", "Ishøj", "Vallensbæk"}
    counts = dict(pl.read_csv(data / "dirt.csv").select("kind", "count").iter_rows())
    told = f"dream.nykom2022: from 2022 on {counts['split_jobcentres']} persons who have not moved"
    assert told in done.stderr


def test_a_participant_that_splits_is_refused(
    indsats: Command, later: Path, data: Path, tmp_path: Path
) -> None:
    text = later.read_text(encoding="utf-8").replace('"Gladsaxe"', '"Gladsaxe", "Ishøj"')
    path = tmp_path / "asks.toml"
    path.write_text(text, encoding="utf-8")
    done = indsats("run", path, "--data", data, "--out", tmp_path / "out")
    assert done.returncode == 10
    assert "Ishøj is there from 2022 on only" in done.stderr
    assert "weeks from 2022-W01 on" in done.stderr


def test_a_trial_across_a_split_is_refused(later: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a joint job centre splits in 2022"):
        score_estimators(str(later), Options(), 1, OutFolder(tmp_path), lambda _: None)


@pytest.mark.slow
def test_a_whole_run_has_estimates_beside_a_truth(
    indsats: Command, later: Path, data: Path, tmp_path: Path
) -> None:
    done = indsats("run", later, "--data", data, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    estimates = pl.read_csv(tmp_path / "estimates.csv", infer_schema_length=None)
    pooled = estimates.filter(unit="participating", outcome="share_practice_or_hours")
    assert pooled["effect"].null_count() == 0
    truth = pl.read_csv(data / "truth.csv").filter(unit="participating")
    assert truth.filter(outcome="share_practice_or_hours")["effect"].null_count() == 0
    assert "have not moved belong to" in (tmp_path / "report.html").read_text(encoding="utf-8")
