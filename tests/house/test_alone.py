"""The project speaks of itself alone: no trace of the machine or the index it was made with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.house.checkout import ROOT, assert_none, list_files, match_files, read_text

# Written in halves, so that this file does not hold what it looks for.
HOSTS = ("pypi" + ".org", "python" + "hosted", "ana" + "conda.org")
FOLDERS = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/op" + "t/")
# A folder counts at the start of a path only: OUT/ or {out}/ before it makes it another one.
TRACES = re.compile(rf"{'|'.join(map(re.escape, HOSTS))}|(?<![\w.}})\]$*])({'|'.join(FOLDERS)})\w")
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")
LOCK_LINE = re.compile(
    r"[a-z0-9][a-z0-9.-]*==[\w.]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
)


def find_traces(name: str, text: str) -> Iterator[str]:
    """Package hosts and folders of one machine."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := TRACES.search(line):
            yield f"{name}:{number}: '{found[0]}' is not of this project; take it away"


def find_lock_faults(name: str, text: str) -> Iterator[str]:
    """Lines of a lock file that are not a version, a condition or a hash."""
    for number, line in enumerate(text.splitlines(), 1):
        if not LOCK_LINE.fullmatch(line):
            yield f"{name}:{number}: only names, versions, conditions and hashes; run make lock"


def find_unlocked(wanted: list[str], locked: str) -> Iterator[str]:
    """Requirements of pyproject.toml that a lock file does not hold."""
    held = set(re.findall(r"^([a-z0-9.-]+)==", locked, re.M))
    for requirement in wanted:
        name = re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")
        if name not in held:
            yield f"pyproject.toml: {name} is not locked; run make lock"


def test_no_file_tells_of_a_machine_or_an_index() -> None:
    assert_none(fault for name in list_files() for fault in find_traces(name, read_text(name)))


def test_the_lock_files_hold_versions_and_hashes_alone() -> None:
    assert_none(fault for name in LOCKS for fault in find_lock_faults(name, read_text(name)))
    assert not match_files("*uv.lock", "*poetry.lock", "*Pipfile.lock")


def test_every_requirement_is_locked() -> None:
    project = tomllib.loads(read_text("pyproject.toml"))
    runtime, groups = project["project"]["dependencies"], project["dependency-groups"]
    tools = [tool for tool in groups["dev"] if isinstance(tool, str)]
    assert_none(find_unlocked(runtime + groups["build"], read_text("requirements.lock")))
    assert_none(find_unlocked(runtime + tools, read_text("requirements-dev.lock")))
    assert_none(find_unlocked(groups["build"], read_text("requirements-build.lock")))


def test_the_build_runs_the_test_command() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100 or (ROOT / "C:").drive
    assert "make test" in read_text(".ci/run")


@pytest.mark.parametrize("trace", [f"see https://{HOSTS[0]}/x", f"open({FOLDERS[0]}main/x)"])
def test_a_trace_is_seen(trace: str) -> None:
    assert list(find_traces("README.md", trace))


def test_a_folder_of_a_run_is_no_trace() -> None:
    assert not list(find_traces("README.md", "OUT/work/core and {out}/work/core and ./work/core"))


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.test/simple",
        "indsats @ file:///tmp/indsats",
        "polars>=2.1",
        "    # via pandas",
    ],
)
def test_a_lock_line_that_is_no_version_is_seen(line: str) -> None:
    assert list(find_lock_faults("requirements.lock", line))


def test_a_requirement_that_is_not_locked_is_seen() -> None:
    assert list(find_unlocked(["polars>=2.1", "Nothing_Much>=1"], "polars==2.1.0 \\\n")) == [
        "pyproject.toml: nothing-much is not locked; run make lock"
    ]
