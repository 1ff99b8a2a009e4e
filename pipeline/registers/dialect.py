"""How a CSV file is written: what parts its values, and its letters."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

DELIMITERS = (",", ";")
UTF_8 = "utf-8"
# Latin-1 has the same letters and nothing where Windows has dashes, quotes and the euro.
WINDOWS = "windows-1252"

_LONGEST_HEADER = 1 << 22
_CHUNK = 1 << 20


def read_header(path: Path, delimiters: Sequence[str] = DELIMITERS) -> tuple[str, tuple[str, ...]]:
    """What parts a CSV file's values, and the names in its first row.

    The delimiter is the one of those given that gives more names. Names without any letter at the
    end of the row come from a delimiter there, and are left out.
    """
    with _open_bytes(path) as content:
        line = content.readline(_LONGEST_HEADER)
    if b"\0" in line:
        raise ValueError("not one byte a letter")
    text = _decode(line.removeprefix(codecs.BOM_UTF8)).strip("\r\n")
    by_delimiter = {mark: _split(text, mark) for mark in delimiters}
    delimiter = max(delimiters, key=lambda mark: len(by_delimiter[mark]))
    names = by_delimiter[delimiter]
    while names and not names[-1]:
        names.pop()
    return delimiter, tuple(names)


def find_encoding(path: Path) -> str:
    """UTF-8 if the whole file is, else Windows-1252."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    with _open_bytes(path) as content:
        try:
            while chunk := content.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return WINDOWS
    return UTF_8


def read_in_utf8(path: Path) -> bytes:
    """A whole file's text in UTF-8, without the mark that Windows puts before it."""
    with _open_bytes(path) as content:
        return _decode(content.read().removeprefix(codecs.BOM_UTF8)).encode(UTF_8)


def write_in_utf8(path: Path, target: Path) -> None:
    """Write a file in Windows-1252 anew in UTF-8."""
    with (
        _open_bytes(path) as content,
        io.TextIOWrapper(content, WINDOWS, errors="replace", newline="") as text,
        target.open("w", encoding=UTF_8, newline="") as written,
    ):
        while chunk := text.read(_CHUNK):
            written.write(chunk)


@contextmanager
def _open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """A file's bytes, unpacked if it is packed."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as unpacked:
            yield cast(IO[bytes], unpacked)
    else:
        with path.open("rb") as content:
            yield content


def _decode(content: bytes) -> str:
    try:
        return content.decode(UTF_8)
    except UnicodeDecodeError:
        return content.decode(WINDOWS, errors="replace")


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        raise ValueError("no row of names") from None
