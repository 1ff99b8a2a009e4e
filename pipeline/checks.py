"""What is wrong with a delivery: breaches of its contracts, and what the checks of sql/ find."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.contract import load_contract
from pipeline.engine import Engine, Parameters, Repeats
from pipeline.errors import ContractError, Fault
from pipeline.layout import SQL


@dataclass(frozen=True, order=True)
class Issue:
    """What a check found: an error stops, a warning is counted in the report."""

    severity: str
    fault: Fault


def list_checked_tables(engine: Engine) -> set[str]:
    """The tables that the checks read."""
    return set().union(*(engine.read_statement(sql).tables for sql in _read_checks().values()))


@cache
def _read_checks() -> dict[str, str]:
    files = sorted((SQL / "checks").glob("*.sql"))
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


def check_delivered(
    engine: Engine, types: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> list[Issue]:
    """Where registers break their contracts as they were delivered, file by file.

    Args:
        engine: holds the raw tables.
        types: of the columns of each file of each raw table; a table without files is not checked.
    """
    faults = [
        fault
        for table, files in types.items()
        if files
        for fault in engine.check_delivered(table, load_contract(table), files)
    ]
    return sorted(Issue("error", fault) for fault in faults)


def check_repeats(
    repeats: Mapping[str, Repeats], files: Mapping[str, Sequence[str]]
) -> list[Issue]:
    """What stands on several rows: counted where they are equal, an error where they differ.

    Args:
        repeats: by raw table, what repeats its key.
        files: what the files of each raw table are called.
    """
    issues = []
    for table, found in repeats.items():
        _, register = table.split(".")
        where = _name_file(f"{register}.{', '.join(load_contract(table).key)}", files)
        if found.n_equal:
            what = f"{found.n_equal} keys stand on more than one row, all equal, and are read once"
            issues.append(Issue("warning", Fault(where, what, "nothing to do")))
        if found.n_differing:
            what = f"{found.n_differing} keys stand on more than one row, and the rows differ"
            issues.append(Issue("error", Fault(where, what, "one row for each key")))
    return issues


def check_unreported(
    unreported: Mapping[str, int], files: Mapping[str, Sequence[str]]
) -> list[Issue]:
    """Columns of DREAM that were delivered before anything was reported for them.

    Args:
        unreported: how many columns hold nothing, by the first of them.
        files: what the files of each raw table are called.
    """
    lacking = "hold nothing or are not in every file"
    what = f"columns from this one on {lacking}; they are taken as not yet reported"
    return [
        Issue("warning", Fault(_name_file(f"dream.{first}", files), f"{n} {what}", "nothing to do"))
        for first, n in unreported.items()
    ]


def check_tables(
    engine: Engine,
    parameters: Parameters,
    files: Mapping[str, Sequence[str]],
    checked: Collection[str] = (),
) -> list[Issue]:
    """What the checks of ``sql/checks`` find in the tables that are there, errors first.

    Each check selects `severity, place, fault, remedy`, one row per issue, from counts and codes.

    Args:
        engine: holds the tables.
        parameters: every value a check may name.
        files: what the files of each raw table are called.
        checked: tables that were there before; checks that read no other are not made again.
    """
    issues = []
    for sql in _read_checks().values():
        statement = engine.read_statement(sql)
        if not statement.tables <= engine.tables or statement.tables <= set(checked):
            continue
        found = engine.read(sql, {name: parameters[name] for name in sorted(statement.parameters)})
        for row in found.iter_rows(named=True):
            where = _name_file(row["place"], files)
            issues.append(Issue(row["severity"], Fault(where, row["fault"], row["remedy"])))
    return sorted(issues)


def _name_file(place: str, files: Mapping[str, Sequence[str]]) -> str:
    """A place in a register, after the name of the register's file where there is but one."""
    register, _, _ = place.partition(".")
    names = files.get(f"raw.{register}", ())
    return f"{names[0]}: {place}" if len(names) == 1 else place


def require_sound(issues: Iterable[Issue]) -> list[str]:
    """The warnings among issues, as text.

    Raises:
        ContractError: if any of them is an error.
    """
    known = list(issues)
    errors = [issue.fault for issue in known if issue.severity == "error"]
    if errors:
        raise ContractError(errors)
    return [str(issue.fault) for issue in known]
