"""Faults with what, where and what would be right; errors that carry an exit code.

No message may hold a person's value: a fault is built from names, codes and counts only.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong, in the three parts every message has.

    Attributes:
        where: file, table or column.
        what: what is wrong there, with counts and never with a person's value.
        remedy: what would be right.
    """

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class IndsatsError(Exception):
    """An error of ours, safe to print, one line per fault.

    Attributes:
        faults: what is wrong, in sorted order.
        exit_code: what the command ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UsageError(IndsatsError):
    """The command was called in a way it cannot serve."""

    exit_code = 2


class StudyError(IndsatsError):
    """The study file is wrong."""

    exit_code = 10


class ContractError(IndsatsError):
    """The data break what they promise."""

    exit_code = 11


class StageError(IndsatsError):
    """A stage failed."""

    exit_code = 12


class ModelError(IndsatsError):
    """Nothing at all could be estimated."""

    exit_code = 13


class FolderBusyError(IndsatsError):
    """Another run holds the out folder."""

    exit_code = 15


@contextmanager
def gather_faults() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """A function that wraps steps, so that one that fails does not keep the next from being tried.

    Raises:
        ContractError: at the end, with the faults of every step that raised one.
    """
    faults: list[Fault] = []

    @contextmanager
    def gather() -> Iterator[None]:
        try:
            yield
        except ContractError as error:
            faults.extend(error.faults)

    yield gather
    if faults:
        raise ContractError(faults)


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint at the valid name closest to `name`, or the first few valid names.

    Returns:
        Text such as ``did you mean 'Gladsaxe'?``.
    """
    names = sorted(set(valid))
    if not names:
        return "there is none to choose from"
    folded = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"valid: {shown}"
