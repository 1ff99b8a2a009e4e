"""The manifest: what went in, what was done with it, and what came out."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.errors import Fault, UsageError
from pipeline.layout import OutFolder, write_aside

_PACKAGES = ("indsats", "duckdb", "polars", "pyarrow", "lifelines", "linearmodels")


def list_versions() -> dict[str, str]:
    """The version of Python and of every package that a figure may depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def list_outputs(out: OutFolder, released: Iterable[Path]) -> list[dict[str, Any]]:
    """Every file written, with its level and, where it is small, its hash.

    Args:
        out: the out folder; its tables are of level ``person`` and never leave.
        released: aggregate files, which may leave after disclosure control.
    """
    aggregates = [
        {
            "file": path.relative_to(out.root).as_posix(),
            "level": "aggregate",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(released)
    ]
    tables = [
        {"file": path.relative_to(out.root).as_posix(), "level": "person"}
        for path in sorted(out.work.rglob("[!.]*.parquet"))
    ]
    return aggregates + tables


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest whole."""
    with write_aside(path) as aside:
        text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
        aside.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest of an earlier run, or None if there is none.

    Raises:
        UsageError: if the file is not one.
    """
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        remedy = "delete it and run the whole study anew"
        raise UsageError(Fault(path.as_posix(), "is no manifest", remedy)) from None
    return content
