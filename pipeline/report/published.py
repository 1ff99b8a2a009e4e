"""A table as it is printed: display text, and what the CSV adds to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of figures; `is_hidden` ones stand in the CSV only."""

    key: str
    label: str
    is_hidden: bool = False
    is_text: bool = False


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and whether it is printed bold."""

    text: str
    is_bold: bool = False


@dataclass(frozen=True)
class Row:
    """A row: its key in the CSV, its label on paper, one cell per column."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    is_summary: bool = False


@dataclass(frozen=True)
class PublishedTable:
    """A table as it is printed.

    Attributes:
        name: the name of its files.
        title: the caption.
        stub: key and label of the first column, which names the rows.
        columns: the others.
        rows: in printed order.
        footnotes: what a reader must know, one sentence or more each.
    """

    name: str
    title: str
    stub: Column
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...] = ()
