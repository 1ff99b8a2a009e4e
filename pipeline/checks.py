"""Checks: SELECTs over several tables that find faults, told in codes and counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from pipeline.engine import Engine, Parameters
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


def check_tables(
    engine: Engine, parameters: Parameters, checked: Collection[str] = ()
) -> list[Issue]:
    """What the checks of ``sql/checks`` find in the tables that are there, errors first.

    Each check selects `severity, place, fault, remedy`, one row per issue, from counts and codes.

    Args:
        engine: holds the tables.
        parameters: every value a check may name.
        checked: tables that were there before; checks that read no other are not made again.
    """
    issues = []
    for sql in _read_checks().values():
        statement = engine.read_statement(sql)
        if not statement.tables <= engine.tables or statement.tables <= set(checked):
            continue
        found = engine.read(sql, {name: parameters[name] for name in sorted(statement.parameters)})
        for row in found.iter_rows(named=True):
            issues.append(Issue(row["severity"], Fault(row["place"], row["fault"], row["remedy"])))
    return sorted(issues)


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
