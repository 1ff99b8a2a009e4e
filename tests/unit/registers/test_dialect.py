"""How a CSV file is written is found out from the file alone, each file for itself."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipeline.registers.dialect import find_encoding, read_header, write_in_utf8


def write(folder: Path, content: bytes, name: str = "register.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["register.csv", "register.csv.gz"])
@pytest.mark.parametrize(
    ("header", "delimiter", "names"),
    [
        (b"pnr,y_1801\n1,2\n", ",", ("pnr", "y_1801")),
        (b"pnr;y_1801\r\n1;2\r\n", ";", ("pnr", "y_1801")),
        (b'"pnr";"a, b"; y_1801 ;\n', ";", ("pnr", "a, b", "y_1801")),
        (b"\xef\xbb\xbfpnr;k\xc3\xb8n\n", ";", ("pnr", "køn")),
        (b"pnr;k\xf8n", ";", ("pnr", "køn")),
        (b"pnr\n1\n", ",", ("pnr",)),
        (b"\n1,2\n", ",", ()),
    ],
)
def test_the_first_row_tells_the_delimiter_and_the_names(
    tmp_path: Path, name: str, header: bytes, delimiter: str, names: tuple[str, ...]
) -> None:
    assert read_header(write(tmp_path, header, name)) == (delimiter, names)


@pytest.mark.parametrize("name", ["register.csv", "register.csv.gz"])
@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain", "utf-8"),
        ("Sønderjylland".encode(), "utf-8"),
        ("Sønderjylland".encode("latin-1"), "windows-1252"),
        (b"x" * (1 << 20) + "ø".encode(), "utf-8"),
        (b"x" * ((1 << 20) - 1) + "ø".encode(), "utf-8"),
        (b"x" * (1 << 20) + "ø".encode("latin-1"), "windows-1252"),
        ("ø".encode()[:1], "windows-1252"),
    ],
    ids=["plain", "utf-8", "latin-1", "late", "across", "late latin-1", "cut off"],
)
def test_the_whole_file_tells_its_letters(
    tmp_path: Path, name: str, content: bytes, encoding: str
) -> None:
    assert find_encoding(write(tmp_path, content, name)) == encoding


def test_letters_of_windows_are_written_anew_and_line_ends_kept(tmp_path: Path) -> None:
    content = "Æ – €\r\nø\n"
    path = write(tmp_path, content.encode("windows-1252") + b"\x81", "register.csv.gz")
    write_in_utf8(path, tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes().decode() == content + "\N{REPLACEMENT CHARACTER}"
