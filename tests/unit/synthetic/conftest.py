from __future__ import annotations

import pytest

from pipeline.spec import Study, load_study
from pipeline.synthetic.delivery import Request, simulate_delivery
from tests.unit.synthetic.registers import Registers


@pytest.fixture(scope="session")
def hir() -> Study:
    return load_study("hir")


@pytest.fixture(scope="session")
def planted_hir(hir: Study) -> Study:
    """HIR without the outcome that asks of another population, and takes a draw to know."""
    outcomes = {name: outcome for name, outcome in hir.outcomes.items() if name != "exits"}
    return hir.model_copy(update={"outcomes": outcomes})


@pytest.fixture(scope="session")
def registers(hir: Study, tmp_path_factory: pytest.TempPathFactory) -> Registers:
    """A delivery of the usual size, without shocks: what is counted is what was planted."""
    folder = tmp_path_factory.mktemp("delivery")
    simulate_delivery(hir, folder, Request(shocks=0.0))
    return Registers(folder)
