"""What is wrong is said with what, where and what would be right, and with its exit code."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from pipeline.layout import STUDIES

HIR = (STUDIES / "hir.toml").read_text(encoding="utf-8")


def write_study(folder: Path, *changes: tuple[str, str]) -> Path:
    text = HIR
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def broken(delivery, tmp_path):
    """A function that copies the delivery with DREAM changed."""

    def copy(change) -> Path:
        folder = tmp_path / "broken"
        shutil.copytree(delivery, folder)
        change(pl.read_parquet(folder / "dream.parquet")).write_parquet(folder / "dream.parquet")
        return folder

    return copy


def test_a_misspelt_participant_gets_the_nearest_name(indsats, delivery, tmp_path):
    study = write_study(tmp_path, ('"Gladsaxe"', '"Gladsakse"'))
    done = indsats("run", study, "--data", delivery, "--out", tmp_path / "out")
    assert done.returncode == 10
    assert "'Gladsakse' is unknown; did you mean 'Gladsaxe'?" in done.stderr
    assert not (tmp_path / "out").exists()


def test_faults_of_a_study_come_all_at_once(indsats, delivery, tmp_path):
    study = write_study(
        tmp_path, ('"Gladsaxe"', '"Gladsakse"'), ('"ordinary_hours"]', '"ordinary_hour"]')
    )
    done = indsats("run", study, "--data", delivery, "--out", tmp_path / "out")
    assert done.returncode == 10
    assert len(done.stderr.splitlines()) == 2


def test_an_unknown_code_in_the_window_is_named_with_column_and_count(
    indsats, study, broken, tmp_path
):
    rows = pl.int_range(pl.len()) < 7
    folder = broken(
        lambda dream: dream.with_columns(
            y_1810=pl.when(rows).then(pl.lit(811)).otherwise("y_1810").cast(pl.Int16)
        )
    )
    done = indsats("run", study, "--data", folder, "--out", tmp_path / "out")
    assert done.returncode == 11
    assert "dream.y_1810: benefit code 811 is in no code list" in done.stderr
    assert "in 7 person-weeks" in done.stderr
    assert not (tmp_path / "out" / "estimates.csv").exists()
    again = indsats("run", study, "--data", folder, "--out", tmp_path / "out")
    assert again.returncode == 11


def test_an_unknown_code_outside_the_window_does_no_harm(indsats, study, broken, tmp_path):
    folder = broken(lambda dream: dream.with_columns(y_1610=pl.lit(811, pl.Int16)))
    done = indsats(
        "run", study, "--data", folder, "--out", tmp_path / "out", "--until", "analysis.members"
    )
    assert done.returncode == 0, done.stderr
    assert indsats("check", folder).returncode == 11
    assert indsats("check", folder, "--study", "hir").returncode == 0


def test_windows_beyond_the_delivered_weeks(indsats, study, broken, tmp_path):
    folder = broken(lambda dream: dream.drop("y_1913"))
    done = indsats("run", study, "--data", folder, "--out", tmp_path / "out")
    assert done.returncode == 11
    assert "y_1602 to y_1912" in done.stderr


def test_an_unknown_municipality_name_is_wrong_use(indsats, delivery, tmp_path):
    done = indsats(
        "rerun", "hir", "--municipality", "Isøj", "--data", delivery, "--out", tmp_path / "out"
    )
    assert done.returncode == 2
    assert "did you mean 'Ishøj'?" in done.stderr


def test_nobody_on_the_benefit_cannot_be_estimated(indsats, study, broken, tmp_path):
    weeks = pl.col("^y_.*$")
    folder = broken(
        lambda dream: dream.with_columns(
            pl.when(weeks.is_between(810, 818)).then(None).otherwise(weeks).name.keep()
        )
    )
    done = indsats("run", study, "--data", folder, "--out", tmp_path / "out")
    assert done.returncode in (11, 13)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("change", ["truncated", "text"])
def test_no_person_is_shown_whatever_goes_wrong(indsats, study, delivery, tmp_path, change):
    planted = "PLANTED-1234567890"
    folder = tmp_path / "delivery"
    shutil.copytree(delivery, folder)
    dream = pl.read_parquet(folder / "dream.parquet")
    first = pl.int_range(pl.len()) == 0
    dream = dream.with_columns(pnr=pl.when(first).then(pl.lit(planted)).otherwise("pnr"))
    dream.write_csv(folder / "dream.csv")
    toml = (folder / "delivery.toml").read_text(encoding="utf-8")
    (folder / "delivery.toml").write_text(toml.replace("dream.parquet", "dream.csv"))
    text = (folder / "dream.csv").read_text(encoding="utf-8")
    if change == "truncated":
        text = text[: len(text) // 2].rsplit(",", 20)[0]
    else:
        text = text.replace(f"{planted},", f"{planted},what{planted},", 1)
    (folder / "dream.csv").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    log = tmp_path / "log.jsonl"
    done = indsats("run", study, "--data", folder, "--out", out, "--json-log", log)
    assert planted not in done.stdout + done.stderr + log.read_text(encoding="utf-8")
    written = [path for path in out.rglob("*") if path.is_file() and "work" not in path.parts]
    assert not any(planted.encode() in path.read_bytes() for path in written)
    assert not any(planted in path.name for path in out.rglob("*"))
    assert "Traceback" not in done.stderr


def test_a_header_that_is_missing_shows_no_person(indsats, delivery, tmp_path):
    folder = tmp_path / "delivery"
    shutil.copytree(delivery, folder)
    dream = pl.read_parquet(folder / "dream.parquet")
    dream.write_csv(folder / "dream.csv", include_header=False)
    toml = (folder / "delivery.toml").read_text(encoding="utf-8")
    (folder / "delivery.toml").write_text(toml.replace("dream.parquet", "dream.csv"))
    done = indsats("check", folder)
    assert done.returncode == 11
    assert "columns has a documented name" in done.stderr
    assert dream["pnr"][0] not in done.stdout + done.stderr


def test_months_without_jobs_are_not_months_without_hours(indsats, study, delivery, tmp_path):
    folder = tmp_path / "delivery"
    shutil.copytree(delivery, folder)
    jobs = pl.read_parquet(folder / "bfl.parquet")
    late = jobs.filter(pl.col("ajo_job_start_dato") >= pl.date(2018, 4, 1))
    late.write_parquet(folder / "bfl.parquet")
    done = indsats("run", study, "--data", folder, "--out", tmp_path / "out")
    assert done.returncode == 11
    assert "13 months of the window have no job at all, the first 2017-03" in done.stderr


def test_brackets_in_a_path_are_letters(indsats, study, delivery, broken, tmp_path):
    """A pattern would read the neighbour's registers and tables."""
    half = broken(lambda dream: dream[: dream.height // 2])
    assert indsats("run", study, "--data", half, "--out", tmp_path / "o2").returncode == 0
    data = tmp_path / "d[2]"
    shutil.copytree(delivery, data)
    shutil.copytree(half, tmp_path / "d2")
    done = indsats("run", study, "--data", data, "--out", tmp_path / "o[2]")
    assert done.returncode == 0, done.stderr
    ours, theirs = (tmp_path / name / "estimates.csv" for name in ("o[2]", "o2"))
    assert ours.read_bytes() != theirs.read_bytes()


@pytest.mark.parametrize("option", ["--data", "--out"])
def test_a_file_in_the_place_of_a_folder(indsats, study, delivery, tmp_path, option):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    paths = {"--data": delivery, "--out": tmp_path / "out"} | {option: file}
    done = indsats("run", study, *(part for pair in paths.items() for part in pair))
    assert done.returncode == (11 if option == "--data" else 2)
    assert str(file) in done.stderr
    assert "withheld" not in done.stderr


def test_a_mark_before_the_first_letter_is_no_fault(indsats, delivery, tmp_path):
    folder = tmp_path / "delivery"
    shutil.copytree(delivery, folder)
    text = (folder / "delivery.toml").read_text(encoding="utf-8")
    (folder / "delivery.toml").write_text(text, encoding="utf-8-sig")
    assert indsats("check", folder, "--study", "hir").returncode == 0
