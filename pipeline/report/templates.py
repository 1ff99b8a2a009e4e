"""The one door to jinja2: everything is escaped, and a missing name is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.report.formats import format_count, prettify_minus


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = format_count
    environment.filters["minus"] = prettify_minus
    return environment


def render(template: str, **values: object) -> str:
    """The text of a template beside this module."""
    return _environment().get_template(template).render(**values)
