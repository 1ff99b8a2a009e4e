"""A study as the values that the SQL stages name."""

from __future__ import annotations

from typing import Any

from pipeline.spec.study import BEFORE, INTERVENTION, Population, Study


def list_parameters(study: Study) -> dict[str, Any]:
    """Every ``$name`` that a stage may take from a study, by name."""
    first_week, last_week = study.span
    return {
        "first_week": first_week,
        "last_week": last_week,
        "populations": [
            {
                "population": name,
                "benefit": population.benefit,
                "received_in": _list_receiving_windows(population),
                "weeks": population.weeks,
            }
            for name, population in study.populations.items()
        ],
        "periods": [
            {"period": name, "first_week": weeks.first_week, "last_week": weeks.last_week}
            for name, weeks in study.windows.items()
        ],
        "excluded": list(study.excluded),
        "gap_outcomes": _list_outcomes(study, "duration_between_measures"),
        "wait_outcomes": _list_outcomes(study, "duration_to_first_measure"),
        "mean_outcomes": [
            {"outcome": name, "kind": outcome.kind, "any_of": list(outcome.any_of)}
            for name, outcome in study.outcomes.items()
            if outcome.is_mean
        ],
        "exit_outcomes": _list_counted(study, "exits"),
    }


def _list_outcomes(study: Study, kind: str) -> list[str]:
    return [name for name, outcome in study.outcomes.items() if outcome.kind == kind]


def _list_counted(study: Study, kind: str) -> list[dict[str, Any]]:
    names = _list_outcomes(study, kind)
    return [{"outcome": name, "any_of": list(study.outcomes[name].any_of)} for name in names]


def _list_receiving_windows(population: Population) -> list[str]:
    """The windows in which receiving the benefit makes someone a member."""
    return [INTERVENTION] if population.window == "intervention" else [BEFORE, INTERVENTION]
