"""The same registers as Parquet, CSV and SAS give the same estimates."""

import shutil
from pathlib import Path

import polars as pl
import pytest

REGISTERS = Path(__file__).parents[1] / "data" / "registers"


def write_delivery(folder: Path, ending: str) -> Path:
    folder.mkdir()
    for register in ("dream", "bfl"):
        source = REGISTERS / f"{register}.parquet"
        target = folder / f"{register}.{ending}"
        if ending == "csv":
            pl.read_parquet(source).write_csv(target)
        else:
            shutil.copy(source.with_suffix(f".{ending}"), target)
    files = [f'[{name}]\nfiles = ["{name}.{ending}"]\n' for name in ("dream", "bfl")]
    (folder / "delivery.toml").write_text("\n".join(files), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def estimates(indsats, study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")

    def run(ending: str) -> bytes:
        data, out = write_delivery(folder / ending, ending), folder / f"out_{ending}"
        done = indsats("run", study, "--data", data, "--out", out)
        assert done.returncode == 0, done.stderr
        return (out / "estimates.csv").read_bytes()

    return {ending: run(ending) for ending in ("parquet", "csv", "sas7bdat")}


@pytest.mark.parametrize("ending", ["csv", "sas7bdat"])
def test_estimates_are_the_same_bytes(estimates, ending):
    assert estimates[ending] == estimates["parquet"]


def test_the_delivery_has_something_to_estimate(estimates):
    frame = pl.read_csv(estimates["parquet"])
    assert frame["effect"].count() > 5
