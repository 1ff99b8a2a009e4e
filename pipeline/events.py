"""What a run says while it works: one event, shown on a terminal or logged as one JSON object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Event:
    """Something that happened, told in names and counts, never in a person's value.

    Attributes:
        kind: what happened.
        name: the table, register, file or step it happened to.
        detail: counts and seconds.
    """

    kind: Literal["started", "finished", "unchanged", "warning", "failed"]
    name: str
    detail: dict[str, int | float | str] = field(default_factory=dict)


Say = Callable[[Event], None]
