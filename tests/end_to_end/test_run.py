"""A whole run through the command line: what it leaves, what it says, what it does again."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from pipeline.models.estimate import ESTIMATE_SCHEMA

FIGURES = ("figure2_weeks_without_measure", "forest_weeks_between_measures")


def read_estimates(out: Path) -> pl.DataFrame:
    return pl.read_csv(out / "estimates.csv", schema_overrides=ESTIMATE_SCHEMA)


def test_every_promised_file_is_there(whole_run):
    for name in ("estimates.csv", "manifest.json", "report.html"):
        assert (whole_run / name).stat().st_size > 0
    tables = {path.name for path in (whole_run / "tables").iterdir()}
    for table in ("table2_weeks_between_measures", "table3_measure_shares"):
        assert {f"{table}.csv", f"{table}.html"} <= tables
    figures = {path.name for path in (whole_run / "figures").iterdir()}
    for figure in FIGURES:
        assert {f"{figure}.svg", f"{figure}.png", f"{figure}.csv"} <= figures
    assert not list(whole_run.rglob("*unfinished*"))


def test_estimates_have_the_promised_columns_and_the_effect_is_the_printed_difference(whole_run):
    estimates = read_estimates(whole_run)
    assert estimates.columns == list(ESTIMATE_SCHEMA)
    key = ["population", "outcome", "phase", "model"]
    rest = estimates.filter(pl.col("unit") == "rest_of_country").select(
        *key, rest_difference="difference"
    )
    # Effects on hazards, and beside unit and week effects, are no difference of printed columns.
    is_printed = ~pl.col("model").str.contains("^(hazard_|cox|unit_week_effects)")
    units = estimates.filter(is_printed, pl.col("effect").is_not_null()).join(rest, on=key)
    assert units.height > 20
    level = units.select((pl.col("during") - pl.col("before") - pl.col("difference")).abs().max())
    effect = units.select(
        (pl.col("difference") - pl.col("rest_difference") - pl.col("effect")).abs().max()
    )
    assert max(level.item(), effect.item()) < 1e-7
    assert (
        estimates.filter(pl.col("unit") == "rest_of_country")["effect"].null_count() == rest.height
    )


def test_only_the_pooled_row_is_clustered_on_job_centres(whole_run):
    clustered = read_estimates(whole_run).filter(pl.col("inference") == "jobcentre_cluster")
    assert clustered["unit"].unique().to_list() == ["participating"]


def test_the_manifest_names_inputs_stages_and_outputs_with_their_level(whole_run):
    manifest = json.loads((whole_run / "manifest.json").read_text(encoding="utf-8"))
    # DREAM, e-income, the caseworkers and their cases.
    assert [len(source["sha256"]) for source in manifest["inputs"]] == [64] * 4
    assert all(stage["rows"] >= 0 for stage in manifest["stages"])
    levels = {output["file"]: output["level"] for output in manifest["outputs"]}
    assert levels["estimates.csv"] == "aggregate"
    assert levels["work/core/benefit_spells.parquet"] == "person"


def test_a_second_run_builds_no_stage_and_gives_the_same_bytes(
    indsats, study, delivery, whole_run, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(whole_run, out)
    log = tmp_path / "log.jsonl"
    done = indsats("run", study, "--data", delivery, "--out", out, "--json-log", log)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    built = [e["name"] for e in events if e["event"] == "finished" and "." in e["name"]]
    assert [name for name in built if not name.startswith("raw.")] == []
    assert sum(event["event"] == "unchanged" for event in events) >= 15
    for name in ("estimates.csv", "report.html", *(f"figures/{figure}.png" for figure in FIGURES)):
        assert (out / name).read_bytes() == (whole_run / name).read_bytes(), name


def test_until_stops_after_a_table(indsats, study, delivery, tmp_path):
    out = tmp_path / "out"
    done = indsats("run", study, "--data", delivery, "--out", out, "--until", "core.residences")
    assert done.returncode == 0, done.stderr
    tables = {path.stem for path in out.rglob("*.parquet")}
    assert tables == {"municipalities", "registered_residences", "residences"}


def test_a_folder_in_use_is_left_alone(indsats, study, delivery, tmp_path):
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"):
        done = indsats("run", study, "--data", delivery, "--out", tmp_path)
    assert done.returncode == 15
    assert "another run holds this folder" in done.stderr


def test_a_killed_run_leaves_nothing_half_and_the_next_one_ends(
    indsats, study, delivery, whole_run, tmp_path
):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pipeline", "run", str(study)]
    command += ["--data", str(delivery), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not (out / "work" / "core").is_dir() and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.wait()
    for path in out.rglob("*.parquet"):
        if "unfinished" not in path.name:
            assert pl.read_parquet(path).width > 0
    done = indsats("run", study, "--data", delivery, "--out", out)
    assert done.returncode == 0, done.stderr
    assert (out / "estimates.csv").read_bytes() == (whole_run / "estimates.csv").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "Ishøj",
        pytest.param("183", marks=pytest.mark.slow),
        pytest.param("Vallensbæk-Ishøj", marks=pytest.mark.slow),
    ],
)
def test_a_rerun_gives_the_figures_of_the_whole_run(
    indsats, study, delivery, whole_run, tmp_path, name
):
    out = tmp_path / "out"
    shutil.copytree(whole_run / "work", out / "work")
    done = indsats("rerun", study, "--municipality", name, "--data", delivery, "--out", out)
    assert done.returncode == 0, done.stderr
    whole = (whole_run / "estimates.csv").read_text(encoding="utf-8").splitlines()
    alone = (out / "estimates.csv").read_text(encoding="utf-8").splitlines()
    unit = [line for line in whole if ",Vallensbæk-Ishøj," in line]
    rest = [line for line in whole if ",rest_of_country," in line]
    assert alone == [whole[0], *sorted(unit + rest, key=whole.index)]
    assert "Vallensbæk-Ishøj: effect" in done.stdout


def read_results(out: Path) -> dict[str, bytes]:
    """The estimates and every table, with what stands under it."""
    files = [out / "estimates.csv", *sorted((out / "tables").iterdir())]
    return {file.name: file.read_bytes() for file in files}


def test_a_rerun_in_the_folder_of_a_whole_run_touches_nobody_else(
    indsats, study, delivery, whole_run, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(whole_run, out)
    arguments = ("--data", delivery, "--out", out)
    assert indsats("rerun", study, "--municipality", "Gladsaxe", *arguments).returncode == 0
    assert read_results(out) == read_results(whole_run)
    done = indsats("rerun", study, "--municipality", "Aalborg", *arguments)
    assert done.returncode == 2
    assert "Aalborg: is set against another rest of the country" in done.stderr
    assert (out / "estimates.csv").read_bytes() == (whole_run / "estimates.csv").read_bytes()


def test_a_job_centre_that_did_not_take_part_is_set_against_the_rest_without_it(
    indsats, study, delivery, whole_run, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(whole_run / "work", out / "work")
    arguments = ("--municipality", "Aalborg", "--data", delivery, "--out", out)
    done = indsats("rerun", study, *arguments)
    assert done.returncode == 0, done.stderr
    assert set(read_estimates(out)["unit"]) == {"Aalborg", "rest_of_country"}
    rest = pl.col("unit") == "rest_of_country"
    whole = read_estimates(whole_run).filter(rest)["n_persons"]
    assert (read_estimates(out).filter(rest)["n_persons"] < whole).all()


def test_a_rerun_on_another_delivery_is_refused_and_changes_nothing(
    indsats, study, delivery, whole_run, tmp_path
):
    out, other = tmp_path / "out", tmp_path / "other"
    shutil.copytree(whole_run, out)
    shutil.copytree(delivery, other)
    pl.read_parquet(other / "dream.parquet")[:-9].write_parquet(other / "dream.parquet")
    arguments = ("--municipality", "Gladsaxe", "--data", other, "--out", out)
    done = indsats("rerun", study, *arguments)
    assert done.returncode == 2
    assert "results of another delivery" in done.stderr
    # The log of files tells what was last looked at, which is no result.
    for path in (path for path in whole_run.rglob("*.*") if path.name != "conversions.jsonl"):
        assert (out / path.relative_to(whole_run)).read_bytes() == path.read_bytes(), path


def test_estimates_of_a_run_that_did_not_end_are_no_ground_for_a_rerun(
    indsats, study, delivery, whole_run, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(whole_run, out)
    (out / "manifest.json").unlink()
    arguments = ("--municipality", "Gladsaxe", "--data", delivery, "--out", out)
    done = indsats("rerun", study, *arguments)
    assert done.returncode == 2
    assert "a run that did not end" in done.stderr


@pytest.mark.slow
def test_what_an_earlier_study_left_and_a_kill_is_swept(
    indsats, study, delivery, whole_run, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(whole_run, out)
    (out / "work" / "core" / ".x.1.unfinished.parquet").write_bytes(b"")
    text = study.read_text(encoding="utf-8")
    renamed = tmp_path / "renamed.toml"
    renamed.write_text(text.replace("table3_measure_shares", "table_three"), encoding="utf-8")
    assert indsats("run", renamed, "--data", delivery, "--out", out).returncode == 0
    assert (out / "tables" / "table_three.csv").exists()
    assert not (out / "tables" / "table3_measure_shares.csv").exists()
    assert not list(out.rglob("*unfinished*"))


def test_a_check_logs_its_events_and_keeps_its_limit_of_memory(indsats, delivery, tmp_path):
    log = tmp_path / "log.jsonl"
    limit = ("--memory-limit", "1GB", "--threads", 1)
    done = indsats("check", delivery, "--study", "hir", *limit, "--json-log", log)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {"core.residences", "core.benefit_spells"} <= {event["name"] for event in events}
    refused = indsats("check", delivery, "--memory-limit", "much")
    assert refused.returncode == 2
    assert "--memory-limit" in refused.stderr
