"""The out folder's paths, and files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.layout import DATA_SCHEMAS, SQL, STUDIES, OutFolder, write_aside


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_ships_with_the_package_is_found() -> None:
    assert (SQL / "core" / "benefit_spells.sql").is_file()
    assert (DATA_SCHEMAS / "core" / "benefit_spells.toml").is_file()
    assert (STUDIES / "hir.toml").is_file()


def test_the_path_of_a_table_is_its_name() -> None:
    path = OutFolder(Path("OUT")).table("core.benefit_spells")
    assert path.as_posix() == "OUT/work/core/benefit_spells.parquet"


def test_the_promised_paths() -> None:
    out = OutFolder(Path("OUT"))
    paths = (out.estimates, out.tables, out.figures, out.report, out.manifest)
    names = ["estimates.csv", "tables", "figures", "report.html", "manifest.json"]
    assert [path.relative_to(out.root).as_posix() for path in paths] == names


def test_a_file_appears_when_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "table.parquet"
    with write_aside(path) as aside:
        aside.write_text("whole")
        assert not path.exists()
        assert aside.parent == path.parent, "a rename is one step within a folder only"
        assert aside.suffix == path.suffix, "writers go by the suffix"
    assert path.read_text() == "whole"
    assert list_files(path.parent) == ["table.parquet"]


def write_half(path: Path, error: BaseException) -> None:
    with write_aside(path) as aside:
        aside.write_text("half")
        raise error


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), SystemExit()])
def test_nothing_is_left_when_the_block_fails(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        write_half(tmp_path / "table.csv", error)
    assert list_files(tmp_path) == []


def test_the_earlier_file_stays_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("earlier")
    with pytest.raises(OSError, match="disk"):
        write_half(path, OSError("the disk is full"))
    assert path.read_text() == "earlier"
    assert list_files(tmp_path) == ["table.csv"]


def test_the_earlier_file_is_replaced_when_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("earlier")
    with write_aside(path) as aside:
        aside.write_text("later")
    assert path.read_text() == "later"


def test_a_block_that_writes_nothing_fails_and_keeps_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("earlier")
    with pytest.raises(FileNotFoundError), write_aside(path):
        pass
    assert path.read_text() == "earlier"
