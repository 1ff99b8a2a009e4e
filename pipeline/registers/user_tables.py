"""A user's own table, read by the columns that a command names."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import polars as pl
from polars_readstat import ScanReadstat, scan_readstat

from pipeline.errors import ContractError, Fault, UsageError, nearest
from pipeline.registers.delivered import count_whole_rows
from pipeline.registers.dialect import DELIMITERS, read_header, read_in_utf8

Kind = Literal["label", "number", "flag"]
_ENDINGS = (".parquet", ".csv", ".csv.gz", ".dta", ".sas7bdat")
_DELIMITERS = (*DELIMITERS, "\t")
_MISSING_TEXT = ("", ".")  # the dot is how SAS and Stata write it
_MISSING_NUMBER = ("na", "nan")  # R and Python
_WANTED: dict[Kind, str] = {"label": "text", "number": "a finite number", "flag": "0 or 1"}
_FLAGS = {"0": False, "0.0": False, "1": True, "1.0": True, "false": False, "true": True}
_READERS_ERRORS = (
    pl.exceptions.PolarsError,
    OSError,
    EOFError,
    zlib.error,
    RuntimeError,
    ValueError,
)


def read_user_table(path: Path, kinds: Mapping[str, Kind]) -> pl.DataFrame:
    """The named columns of a Parquet, CSV, Stata or SAS file, in the order and by the names given.

    A `label` becomes trimmed text (12.0 is ``12``, leading zeros of text are kept), a `number` a
    finite float, a `flag` (0 or 1) a boolean. What is missing is null: blank or ``.``, and where
    no text is wanted ``NA`` or NaN.
    CSV may be parted by comma, semicolon or tab, in UTF-8 or Windows-1252; where it is parted by
    semicolons, a decimal comma is understood. Names of columns are matched without regard to case
    where no name fits exactly.

    Args:
        path: the file; its ending tells its format.
        kinds: what each column is wanted as, by name.

    Raises:
        UsageError: if there is no such file, its ending is unknown, or it lacks a column.
        ContractError: if it cannot be read, or a value is no number or no flag; the message holds
            counts and never a value.
    """
    _require_file(path)
    with _readable(path):
        delivered, has_decimal_comma = _scan(path)
        held = delivered.collect_schema().names()
    chosen = _choose(path, list(kinds), held)
    with _readable(path):
        frame = delivered.select(pl.col(old).alias(new) for new, old in chosen.items()).collect()
        decoded = {name: _decode(frame[name], kinds[name], has_decimal_comma) for name in kinds}
    faults = [
        Fault(f"{path.name}: {name}", f"{n_faulty} of {frame.height} values are not {wanted}", hint)
        for name, (_, n_faulty) in decoded.items()
        for wanted in [_WANTED[kinds[name]]]
        for hint in [f"{wanted} in every row"]
        if n_faulty
    ]
    if faults:
        raise ContractError(faults)
    return pl.DataFrame([column for column, _ in decoded.values()])


def check_complete(frame: pl.DataFrame, table: str, columns: Iterable[str]) -> list[Fault]:
    """One fault for each of the columns that has missing values, with their count."""
    return [
        Fault(f"{table}: {name}", f"{missing} of {frame.height} values are missing", remedy)
        for name in columns
        for missing, remedy in [(frame[name].null_count(), "a value in every row")]
        if missing
    ]


def _require_file(path: Path) -> None:
    if not path.is_file():
        near = path.parent.iterdir() if path.parent.is_dir() else ()
        names = [file.name for file in near if file.name.lower().endswith(_ENDINGS)]
        raise UsageError(Fault(str(path), "there is no such file", nearest(path.name, names)))
    if not path.name.lower().endswith(_ENDINGS):
        remedy = "one of " + ", ".join(_ENDINGS)
        raise UsageError(Fault(path.name, "the ending tells no format that is read", remedy))


def _scan(path: Path) -> tuple[pl.LazyFrame, bool]:
    """The file's columns as they are, and whether its numbers may have a decimal comma."""
    name = path.name.lower()
    if name.endswith(".parquet"):
        return pl.scan_parquet(path, glob=False), False
    if not name.endswith((".csv", ".csv.gz")):
        if name.endswith(".sas7bdat"):
            count_whole_rows(path.name, path, ScanReadstat(str(path)).metadata)
        # Rows in the file's order, so that the same file gives the same figures to the last bit.
        return scan_readstat(str(path), preserve_order=True), False
    delimiter, _ = read_header(path, _DELIMITERS)
    # Read as text throughout: what a number is, is told by what it is wanted as.
    content = read_in_utf8(path)
    frame = pl.read_csv(content, separator=delimiter, infer_schema=False, encoding="utf8")
    return frame.lazy(), delimiter == ";"


def _choose(path: Path, wanted: Sequence[str], held: Sequence[str]) -> dict[str, str]:
    """Wanted to held name of each column.

    Without a header the first row is a person's: where no name fits, none that is held is shown.
    """
    folded = Counter(name.lower() for name in held)
    by_folded = {name.lower(): name for name in held}
    chosen, faults = {}, []
    for name in wanted:
        if name in held:
            chosen[name] = name
        elif folded[name.lower()] == 1:
            chosen[name] = by_folded[name.lower()]
        else:
            what = "there is no such column"
            faults.append(Fault(f"{path.name}: {name}", what, nearest(name, held)))
    if not chosen:
        what = f"none of {len(held)} columns has a name that is asked for"
        remedy = f"a first row with names, among them {', '.join(wanted)}"
        raise UsageError(Fault(path.name, what, remedy))
    if faults:
        raise UsageError(faults)
    return chosen


def _decode(column: pl.Series, kind: Kind, has_decimal_comma: bool) -> tuple[pl.Series, int]:
    """A column as the kind that it is wanted as, and how many of its values are not of it."""
    if kind == "number" and column.dtype.is_numeric():
        decoded = column.cast(pl.Float64).fill_nan(None)
        is_faulty = decoded.is_infinite().fill_null(value=False)
        return decoded.set(is_faulty, None), int(is_faulty.sum())
    text = _write_text(column)
    if kind == "label":
        return text, 0
    text = text.set(text.str.to_lowercase().is_in(_MISSING_NUMBER), None)
    match kind:
        case "number":
            plain = text.str.replace(",", ".", literal=True) if has_decimal_comma else text
            decoded = plain.cast(pl.Float64, strict=False)
            decoded = decoded.set(~decoded.is_finite().fill_null(value=False), None)
        case "flag":
            decoded = text.str.to_lowercase().replace_strict(
                _FLAGS, default=None, return_dtype=pl.Boolean
            )
    return decoded, text.count() - decoded.count()


def _write_text(column: pl.Series) -> pl.Series:
    """A column as trimmed text, null where missing; 12.0 is 12."""
    if column.dtype.is_float():
        column = column.fill_nan(None)
        if (column.fill_null(0) % 1 == 0).all():
            column = column.cast(pl.Int64)
    if column.dtype == pl.Boolean:
        column = column.cast(pl.Int8)
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(_MISSING_TEXT), None)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn any reader's error into one of ours; its message may quote a row."""
    try:
        yield
    except _READERS_ERRORS as error:
        what = f"cannot be read as {path.suffix.lstrip('.')} ({type(error).__name__})"
        raise ContractError(Fault(path.name, what, "give the file whole")) from None
