"""The wheel holds all it needs: it works in a folder that has never seen the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ContractError
from tests.house.checkout import ROOT

LIST_RESOURCES = """
import pipeline
from pipeline.layout import DATA_SCHEMAS, SQL, STUDIES
print(pipeline.__file__)
for root in (SQL, DATA_SCHEMAS, STUDIES):
    print(*sorted(f"{root.name}/{path.relative_to(root).as_posix()}" for path in root.rglob("*.*")))
"""


def run_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a folder with the package that lies in its ``site``.

    The folder comes before the site-packages in which the checkout may be installed.
    """
    environment = {**os.environ, "PYTHONPATH": str(folder / "site"), "COLUMNS": "200"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, check=False, text=True
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder far from the checkout with the wheel unpacked in ``site``."""
    folder = tmp_path_factory.mktemp("elsewhere")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    target = ["--no-compile", "--target", str(folder / "site"), str(wheel)]
    subprocess.run([*pip, *target], check=True, capture_output=True)
    return folder


def test_the_wheel_carries_its_sql_contracts_and_studies(folder: Path) -> None:
    done = run_python(folder, "-c", LIST_RESOURCES)
    assert done.returncode == 0, done.stderr
    where, *resources = done.stdout.splitlines()
    assert Path(where).is_relative_to(folder)
    for line, name in zip(resources, ("sql", "data_schemas", "studies"), strict=True):
        shipped = {path for path in line.split() if "/." not in path}
        in_checkout = {path.relative_to(ROOT).as_posix() for path in (ROOT / name).rglob("*.*")}
        assert shipped == in_checkout


def test_the_wheel_starts_its_commands(folder: Path) -> None:
    done = run_python(folder, "-m", "pipeline", "--help")
    assert done.returncode == 0, done.stderr
    assert "simulate" in done.stdout


def test_the_wheel_tells_what_a_folder_without_a_delivery_lacks(folder: Path) -> None:
    done = run_python(folder, "-m", "pipeline", "check", "nowhere")
    assert done.returncode == ContractError.exit_code, done.stderr
    assert "delivery.toml" in done.stderr
    assert "Traceback" not in done.stderr
