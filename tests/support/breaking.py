"""Ways to break the tiny delivery, one fault at a time."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.support.tiny import DELIVERY, Place, make_dream, make_jobs

SAS = Path(__file__).parents[1] / "data" / "registers"
Break = Callable[[Place], object]


@dataclass(frozen=True)
class Faulty:
    """A delivery that is broken, and the fault that is told of it."""

    name: str
    break_: Break
    says: str
    code: int = 11

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def edit(register: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Break:
    """Write a register anew after a change."""
    sound = {"dream": make_dream, "bfl": make_jobs}[register]
    return lambda place: change(sound()).write_parquet(place.data / f"{register}.parquet")


def put(register: str, column: str, value: object, n_rows: int = 3) -> Break:
    """Put a value into the first rows of a column."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        rows = frame[column].to_list()
        rows[:n_rows] = [value] * n_rows
        return frame.with_columns(pl.Series(column, rows, strict=False))

    def put_text(frame: pl.DataFrame) -> pl.DataFrame:
        return change(frame.with_columns(pl.col(column).cast(pl.String)))

    return edit(register, put_text if isinstance(value, str) else change)


def empty(start: str) -> Break:
    """Take every value away from the columns of DREAM whose names start so."""
    nothing = pl.col(f"^{start}.*$").replace_strict({}, default=None, return_dtype=pl.Int64)
    return edit("dream", lambda frame: frame.with_columns(nothing))


def add(register: str, **columns: list[object]) -> Break:
    """Deliver one more register, as CSV."""

    def break_(place: Place) -> None:
        pl.DataFrame(columns).write_csv(place.data / f"{register}.csv")
        place.describe(f"{DELIVERY}\n[{register}]\nfiles = ['{register}.csv']\n")

    return break_


def describe(old: str, new: str) -> Break:
    """Change the delivery file."""
    assert old in DELIVERY
    return lambda place: place.describe(DELIVERY.replace(old, new))


def replace(register: str, name: str, content: bytes) -> Break:
    """Put a file with some content in the place of a register's."""

    def break_(place: Place) -> None:
        place.describe(DELIVERY.replace(f"{register}.parquet", name))
        (place.data / name).write_bytes(content)

    return break_


def cut(register: str, ending: str, share: float = 0.6) -> Break:
    """A file that ends too soon."""

    def break_(place: Place) -> None:
        source = place.data / f"{register}.parquet"
        frame = pl.read_parquet(source)
        if ending == "sas7bdat":
            whole = (SAS / f"{register}.sas7bdat").read_bytes()
        elif ending.startswith("csv"):
            text = frame.write_csv().encode()
            whole = gzip.compress(text) if ending == "csv.gz" else text
        else:
            whole = source.read_bytes()
        replace(register, f"cut.{ending}", whole[: int(len(whole) * share)])(place)

    return break_


def replace_by_folder(place: Place, name: str) -> None:
    (place.data / name).unlink()
    (place.data / name).mkdir()


def rename(place: Place, name: str) -> None:
    (place.data / "bfl.parquet").rename(place.data / name)
    place.describe(DELIVERY.replace("bfl.parquet", name))


def write_csv(frame: pl.DataFrame, **options: object) -> bytes:
    return frame.write_csv(**options).encode()
