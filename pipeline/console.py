"""What a run says of itself: to a person on standard error, and to a log of JSON objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console

from pipeline.errors import Fault, IndsatsError, UsageError
from pipeline.events import Event, Say


@contextmanager
def show_events(json_log: Path | None) -> Iterator[Say]:
    """A function to tell events to, for as long as the block lasts.

    A terminal shows what is under way on a line that changes in place; elsewhere there is one
    plain line for each thing done. Errors of ours end up in the log as well.

    Args:
        json_log: written anew, one JSON object per event; no log if None.

    Raises:
        UsageError: if the log cannot be written.
    """
    console = Console(stderr=True, highlight=False)
    with ExitStack() as open_things:
        log = None if json_log is None else open_things.enter_context(_open_log(json_log))
        is_live = console.is_terminal
        status = open_things.enter_context(console.status("starting")) if is_live else None

        def say(event: Event) -> None:
            if log is not None:
                _write_event(log, event)
            if event.kind == "failed":
                return
            if event.kind != "started":
                console.print(_format_event(event), markup=False, soft_wrap=True)
            elif status is not None:
                status.update(event.name)

        try:
            yield say
        except IndsatsError as error:
            for fault in error.faults:
                say(Event("failed", str(fault), {"exit_code": error.exit_code}))
            raise


def _open_log(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        what = f"cannot be written ({type(error).__name__})"
        raise UsageError(Fault(str(path), what, "a file in a folder that exists")) from None


def _write_event(log: TextIO, event: Event) -> None:
    """A whole line at once, so that a killed run leaves a log that can be read."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "event": event.kind, "name": event.name, **event.detail}
    log.write(json.dumps(line, ensure_ascii=False) + "\n")
    log.flush()


def _format_event(event: Event) -> str:
    """One plain line, such as ``finished  core.residences  72,559 rows  0.3 s``."""
    rows = f"{event.detail['rows']:>12,} rows" if "rows" in event.detail else ""
    seconds = f"{event.detail['seconds']:>8.1f} s" if "seconds" in event.detail else ""
    return f"{event.kind:10} {event.name:28} {rows}{seconds}".rstrip()
