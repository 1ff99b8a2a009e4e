"""How a command ends when something went wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from pipeline.errors import Fault, IndsatsError, UsageError

_UNEXPECTED = 1
_INTERRUPTED = 130


@contextmanager
def answering() -> Iterator[None]:
    """End with a message and the exit code of what went wrong.

    An error that is not ours shows its class and our line but not its message: DuckDB and polars
    quote the offending value, and that may be a person's.
    """
    try:
        yield
    except IndsatsError as error:
        for fault in error.faults:
            typer.echo(f"error: {fault}", err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted; finished tables are kept and not built again", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        fault = Fault(str(error.filename), type(error).__name__, "a path that can be used so")
        typer.echo(f"error: {fault}", err=True)
        raise typer.Exit(UsageError.exit_code) from None
    except Exception as error:
        typer.echo(f"error: {_locate(error)}", err=True)
        raise typer.Exit(_UNEXPECTED) from None


def _locate(error: BaseException) -> str:
    """The class of an error and the last line of ours that it passed."""
    package = Path(__file__).resolve().parents[1]
    ours = [
        f"{Path(frame.filename).relative_to(package.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(package)
    ]
    where = ours[-1] if ours else "outside the package"
    return f"{where}: {type(error).__name__}; the message is withheld, since it may quote a person"
