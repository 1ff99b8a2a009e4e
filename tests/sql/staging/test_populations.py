"""The study's populations as rows, each with the windows that make members."""

from tests.support.drawn import run_stage


def test_a_population_keeps_its_windows():
    populations = [
        {
            "population": "each",
            "benefit": "cash_benefit",
            "received_in": ["before", "intervention"],
            "weeks": "all",
        },
        {
            "population": "course",
            "benefit": "resource_course",
            "received_in": ["intervention"],
            "weeks": "on_benefit",
        },
    ]
    found = run_stage("staging.populations", {}, populations=populations)
    assert [row["population"] for row in found] == ["course", "each"]
    assert found == sorted(populations, key=lambda row: row["population"])
