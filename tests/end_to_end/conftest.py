"""One small simulated delivery and one whole run of it, shared by every test that only looks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.layout import STUDIES
from pipeline.spec import load_study, parse_weeks
from pipeline.synthetic.delivery import Request, simulate_delivery
from tests.support.tiny import Place

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Folders with a tiny delivery and study."""
    place = Place(tmp_path)
    place.lay_out()
    return place


@pytest.fixture(scope="session")
def indsats() -> Command:
    """The command line, in a process of its own."""

    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=False, **options
        )

    return call


@pytest.fixture(scope="session")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    weeks = parse_weeks("2016-W01..2019-W13")
    simulate_delivery(load_study("hir"), folder, Request(persons=4_000, weeks=weeks, seed=3))
    return folder


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HIR with three participants, one of them joint, and one population: quick to fit."""
    hir = (STUDIES / "hir.toml").read_text(encoding="utf-8")
    head, rest = hir.split("participating = [")
    participants, rest = rest.split("]", 1)
    assert "Vallensbæk-Ishøj" in participants
    few = '"Gladsaxe", "Slagelse", "Vallensbæk-Ishøj"'
    before, _, after = rest.partition("[populations.resource_course_each_period]")
    after = after[after.index("[outcomes.") :].replace(
        "resource_course_each_period", "resource_course"
    )
    text = f"{head}participating = [{few}]{before}{after}"
    # Every effect is to be seen, though hardly anybody is behind it; second opinions take seconds.
    text = text.replace("min_persons = 5", "min_persons = 0")
    text = text.replace("min_events = 5", "min_events = 0")
    blocks = [block for block in text.split("[[") if 'kind = "sensitivity"' not in block]
    path = tmp_path_factory.mktemp("study") / "few.toml"
    path.write_text("[[".join(blocks), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def whole_run(
    indsats: Command, study: Path, delivery: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The out folder of a whole run; tests must not write to it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    done = indsats("run", study, "--data", delivery, "--out", out)
    assert done.returncode == 0, done.stderr
    return out
