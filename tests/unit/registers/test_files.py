"""The files of a register are found by pattern, and are of one known format."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ContractError
from pipeline.registers.files import find_files, hash_file, hash_together, name_format


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)


def refuse(folder: Path, *patterns: str) -> list[str]:
    with pytest.raises(ContractError) as caught:
        find_files(folder, patterns, "bfl")
    return [str(fault) for fault in caught.value.faults]


def test_files_come_once_and_in_order_of_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "b2.csv", "b1.csv", "c.csv", "years/2018.csv")
    found = find_files(tmp_path, ["c.csv", "b*.csv", "b1.csv", "years/*.csv"], "bfl")
    names = [path.relative_to(tmp_path).as_posix() for path in found]
    assert names == ["b1.csv", "b2.csv", "c.csv", "years/2018.csv"]


def test_every_pattern_without_a_file_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "bfl.csv")
    (tmp_path / "folder.csv").mkdir()
    assert refuse(tmp_path, "bfl.csv", "bfl2018*.csv", "folder.csv") == [
        f"{pattern}: bfl: no such file in the delivery's folder; mend files in delivery.toml"
        for pattern in ("bfl2018*.csv", "folder.csv")
    ]


def test_files_may_be_of_several_formats(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "b.parquet", "c.csv.gz", "d.sas7bdat")
    assert len(find_files(tmp_path, ["*"], "bfl")) == 4


def test_files_of_unknown_formats_are_told(tmp_path: Path) -> None:
    touch(tmp_path, "a.xlsx", "b.csv", "c.txt")
    assert refuse(tmp_path, "*") == [
        f"{name}: bfl: the file is of an unknown format; one of .sas7bdat, .parquet, .csv, .csv.gz"
        for name in ("a.xlsx", "c.txt")
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Dream201801.SAS7BDAT", "sas"),
        ("d.parquet", "parquet"),
        ("d.csv.gz", "csv"),
        ("d.CSV", "csv"),
        ("d.gz", None),
        ("csv", None),
    ],
)
def test_the_ending_names_the_format(name: str, kind: str | None) -> None:
    assert name_format(Path(name)) == kind


def test_a_hash_follows_contents_and_their_order_only(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "b.csv")
    (tmp_path / "copy.csv").write_bytes((tmp_path / "a.csv").read_bytes())
    a, b, copy = (hash_file(tmp_path / name) for name in ("a.csv", "b.csv", "copy.csv"))
    assert a == copy
    assert len({hash_together(hashes) for hashes in ([a], [b], [a, b], [b, a])}) == 4
