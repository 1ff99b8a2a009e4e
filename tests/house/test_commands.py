"""A command that is not documented does not exist: help, a make target and a README line."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.house.checkout import assert_none, read_text


def list_commands() -> dict[str, str]:
    """Every command with its help."""
    if importlib.util.find_spec("pipeline.cli") is None:
        pytest.fail("pipeline/cli: write it; it holds `app`, the commands")
    from pipeline.cli import app

    commands = {}
    for command in app.registered_commands:
        callback = command.callback
        name = command.name or getattr(callback, "__name__", "").replace("_", "-")
        commands[name] = command.help or (callback.__doc__ if callback else None) or ""
    return commands


def find_undocumented(commands: dict[str, str], makefile: str, readme: str) -> Iterator[str]:
    """Commands that lack help, a make target or a README line."""
    for name, text in commands.items():
        if not text.strip():
            yield f"indsats {name}: write its help as the docstring in pipeline/cli"
        if not re.search(rf"^\t\$\(INDSATS\) {name}\b(?!-)", makefile, re.M):
            yield f"indsats {name}: write a target in Makefile with the line `$(INDSATS) {name} …`"
        if not re.search(rf"\bindsats {name}\b(?!-)", readme):
            yield f"indsats {name}: write a line in README.md with `indsats {name}`"


def find_unknown(commands: Iterable[str], makefile: str) -> Iterator[str]:
    """Commands that the Makefile calls and nobody wrote."""
    for name in set(re.findall(r"^\t\$\(INDSATS\) ([\w-]+)", makefile, re.M)) - set(commands):
        yield f"Makefile: there is no command `indsats {name}`"


def find_silent_targets(makefile: str) -> Iterator[str]:
    """Targets that `make help` does not show."""
    shown = set(re.findall(r"^([a-z-]+):.*?## ", makefile, re.M))
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", makefile, re.M)
    names = set(re.findall(r"[a-z-]+", phony[1])) if phony else set()
    for name in names ^ shown:
        yield f"Makefile: {name}: name it in .PHONY and give it a line `## what it does`"


def test_every_command_is_documented() -> None:
    assert_none(find_undocumented(list_commands(), read_text("Makefile"), read_readme()))


def test_the_makefile_calls_no_command_that_is_not_there() -> None:
    assert_none(find_unknown(list_commands(), read_text("Makefile")))


def test_make_help_shows_every_target() -> None:
    assert_none(find_silent_targets(read_text("Makefile")))


def read_readme() -> str:
    try:
        return read_text("README.md")
    except FileNotFoundError:
        pytest.fail("README.md: write it, with a line for each command")


def test_an_undocumented_command_is_seen() -> None:
    assert (
        len(list(find_undocumented({"run": " "}, "run:\n\t$(INDSATS) rerun", "indsats rerun"))) == 3
    )
    documented = find_undocumented({"run": "Runs."}, "run:\n\t$(INDSATS) run x", "`indsats run x`")
    assert not list(documented)


def test_a_made_up_command_is_seen() -> None:
    assert list(find_unknown(["run"], "x:\n\t$(INDSATS) walk"))


def test_a_silent_target_is_seen() -> None:
    assert list(find_silent_targets(".PHONY: run walk\n\nrun:  ## runs\nwalk:\n"))
