"""The same registers in every format give the same estimates, tables and rows on the way."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

REGISTERS = Path(__file__).parents[1] / "data" / "registers"
TABLES = ("core.benefit_spells", "core.residences", "staging.jobs", "analysis.mean_cells")
NAMES = {"pnr": "LøbeNr"}


def read(register: str) -> pl.DataFrame:
    return pl.read_parquet(REGISTERS / f"{register}.parquet")


def deliver_parquet(folder: Path) -> str:
    for register in ("dream", "bfl"):
        shutil.copy(REGISTERS / f"{register}.parquet", folder)
    return describe("dream.parquet", "bfl.parquet")


def deliver_sas(folder: Path) -> str:
    for register in ("dream", "bfl"):
        shutil.copy(REGISTERS / f"{register}.sas7bdat", folder)
    return describe("dream.sas7bdat", "bfl.sas7bdat")


def deliver_comma(folder: Path) -> str:
    read("dream").write_csv(folder / "dream.csv")
    read("bfl").write_csv(folder / "bfl.csv")
    return describe("dream.csv", "bfl.csv")


def deliver_danish(folder: Path) -> str:
    """Semicolons, decimal commas, Latin-1, dates and codes as SAS writes them."""
    dream = read("dream").with_columns(pl.col("^y_17.*$").cast(pl.Float64).fill_null(float("nan")))
    dream = dream.with_columns(pl.col("^y_17.*$").cast(pl.String).str.replace("NaN", "."))
    write_danish(dream, folder / "dream.csv")
    days = [pl.col(f"ajo_job_{end}_dato") for end in ("start", "slut")]
    bfl = read("bfl").with_columns(days[0].dt.strftime("%d%b%Y").str.to_uppercase())
    bfl = bfl.with_columns((days[1] - pl.date(1960, 1, 1)).dt.total_days())
    write_danish(bfl, folder / "bfl.csv")
    return describe("dream.csv", "bfl.csv", "person = 'løbenr'\n")


def write_danish(frame: pl.DataFrame, path: Path) -> None:
    frame = frame.rename(NAMES).with_columns(pl.lit("Søren").alias("navn"))
    frame = frame.with_columns(
        pl.col(pl.Float64).cast(pl.String).str.replace(".", ",", literal=True)
    )
    with path.open("w", encoding="latin-1", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(frame.columns)
        rows.writerows(frame.rows())


def deliver_mixed(folder: Path) -> str:
    """A file of each format for e-income, and keys as numbers in one of them."""
    shutil.copy(REGISTERS / "dream.sas7bdat", folder)
    bfl = read("bfl")
    bfl[:700].write_parquet(folder / "bfl1.parquet")
    bfl[700:1400].write_csv(folder / "bfl2.csv")
    last = bfl[1400:].with_columns(pl.col("pnr").cast(pl.Int64))
    last.select(reversed(bfl.columns)).rename(str.upper).write_parquet(folder / "bfl3.parquet")
    return describe("dream.sas7bdat", "bfl*")


def describe(dream: str, bfl: str, person: str = "") -> str:
    return f"[dream]\nfiles = ['{dream}']\n{person}[bfl]\nfiles = ['{bfl}']\n{person}"


@pytest.fixture(scope="module")
def run(indsats, study, tmp_path_factory) -> Callable[[Callable[[Path], str]], Path]:
    """The out folder of a run on a delivery."""
    folder = tmp_path_factory.mktemp("formats")

    def run_on(deliver: Callable[[Path], str]) -> Path:
        data, out = folder / deliver.__name__, folder / f"out_{deliver.__name__}"
        data.mkdir()
        (data / "delivery.toml").write_text(deliver(data), encoding="utf-8")
        done = indsats("run", study, "--data", data, "--out", out)
        assert done.returncode == 0, done.stderr
        return out

    return run_on


@pytest.fixture(scope="module")
def expected(run) -> Path:
    return run(deliver_parquet)


@pytest.mark.parametrize(
    "deliver",
    [
        deliver_sas,
        pytest.param(deliver_comma, marks=pytest.mark.slow),
        pytest.param(deliver_danish, marks=pytest.mark.slow),
        deliver_mixed,
    ],
)
def test_every_format_gives_the_same(run, expected: Path, deliver: Callable[[Path], str]) -> None:
    out = run(deliver)
    results = [expected / "estimates.csv", *expected.glob("tables/*.csv")]
    assert len(results) > 3
    for path in results:
        assert (out / path.relative_to(expected)).read_bytes() == path.read_bytes()
    for table in TABLES:
        path = f"work/{table.replace('.', '/')}.parquet"
        assert pl.read_parquet(out / path).equals(pl.read_parquet(expected / path)), table


def test_the_delivery_has_something_to_estimate(expected: Path) -> None:
    assert pl.read_csv(expected / "estimates.csv")["effect"].count() > 5


def test_the_manifest_and_the_report_say_what_was_read(expected: Path) -> None:
    manifest = json.loads((expected / "manifest.json").read_text(encoding="utf-8"))
    assert [file["file"] for file in manifest["files"]] == ["dream.parquet", "bfl.parquet"]
    assert manifest["files"][1]["rows"] == 2106
    assert manifest["files"][1]["types"]["ajo_job_start_dato"] == "DATE"
    report = (expected / "report.html").read_text(encoding="utf-8")
    assert "bfl.parquet: 2,106 rows of 5 columns in\nParquet; SHA-256" in report
