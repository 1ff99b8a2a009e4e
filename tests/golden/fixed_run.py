"""The fixed run: a small study on a small delivery made in code, the same every time."""

from __future__ import annotations

from pathlib import Path

from pipeline.layout import OutFolder
from pipeline.prepare import Job
from pipeline.run import run_study
from tests.support.small_delivery import make_registers
from tests.support.staged import hush

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
# Some unknown, some under the joint job centre, and others by how many people live there.
MUNICIPALITIES = (None, 159, 159, 253, 183, 187, 101, 101, 101, 751, 561, 563, 657, 851)


def list_results(folder: Path) -> dict[str, str]:
    """The text of the estimates and of every table, by path."""
    paths = [folder / "estimates.csv", *sorted((folder / "tables").glob("*.csv"))]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


def run_fixed_study(folder: Path) -> dict[str, str]:
    """The results of the fixed run, made in a folder."""
    data = make_registers(300, seed=1954, municipalities=MUNICIPALITIES).write(folder / "delivery")
    out = OutFolder(folder / "out")
    run_study(str(HERE / "study.toml"), Job(data, out, hush))
    return list_results(out.root)
