"""Where things lie: the files that ship with the package, and the out folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_UNFINISHED = "unfinished"


def _resource_root() -> Path:
    """The folder that holds sql/, data_schemas/ and studies/: in a wheel, or in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "resources"
    return shipped if shipped.is_dir() else package.parent


SQL = _resource_root() / "sql"
DATA_SCHEMAS = _resource_root() / "data_schemas"
STUDIES = _resource_root() / "studies"


@dataclass(frozen=True)
class OutFolder:
    """The paths of one run's results."""

    root: Path

    @property
    def estimates(self) -> Path:
        """Every estimate, one row each."""
        return self.root / "estimates.csv"

    @property
    def tables(self) -> Path:
        """The study's tables as published."""
        return self.root / "tables"

    @property
    def figures(self) -> Path:
        """Figures, and beside each the data behind it."""
        return self.root / "figures"

    @property
    def report(self) -> Path:
        """The report, one file."""
        return self.root / "report.html"

    @property
    def manifest(self) -> Path:
        """What went in, what was done, what came out."""
        return self.root / "manifest.json"

    @property
    def work(self) -> Path:
        """Person-level tables; never released."""
        return self.root / "work"

    @property
    def raw(self) -> Path:
        """Registers that were turned into Parquet, and the log of the files that were read."""
        return self.work / "raw"

    @property
    def lock(self) -> Path:
        """Held by the run that writes here; the system frees it when a run is killed."""
        return self.root / ".lock"

    def table(self, name: str) -> Path:
        """The Parquet file of a table such as ``core.benefit_spells``."""
        layer, noun = name.split(".")
        return self.work / layer / f"{noun}.parquet"


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed runs left half-written under a folder that no run is working in."""
    for path in folder.rglob(f".*.{_UNFINISHED}*"):
        path.unlink(missing_ok=True)


@contextmanager
def borrow_aside(path: Path) -> Iterator[Path]:
    """A path beside `path` for a file that is gone when the block ends.

    It keeps the suffix, lies in the same folder, and holds the process number, so that two runs
    never share it; `sweep_unfinished` finds it if the process dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.stem}.{os.getpid()}.{_UNFINISHED}{path.suffix}")
    try:
        yield aside
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def write_aside(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` when the block ends well, and vanishes when not.

    The unfinished file lies in the same folder: the rename is one step on every file system.
    """
    with borrow_aside(path) as aside:
        yield aside
        os.replace(aside, path)
