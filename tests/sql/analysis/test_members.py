"""Members of a population received its benefit in a window that counts."""

from tests.support.drawn import draw, run_stage
from tests.support.inputs import BENEFIT_CODES, PERIODS, POPULATIONS


def members(spells: str):
    inputs = {
        "core.benefit_spells": spells,
        "staging.benefit_codes": BENEFIT_CODES,
        "staging.periods": PERIODS,
        "staging.populations": POPULATIONS,
    }
    return run_stage("analysis.members", inputs)


def test_receiving_in_the_intervention_or_in_each_period():
    assert members("""
        person_id | benefit_code | start_week | end_week
        both      | 810          | 2018-W03   | 2018-W06
        before    | 813          | 2018-W02   | 2018-W05
        during    | 810          | 2018-W08   | 2018-W10
        other     | 730          | 2018-W05   | 2018-W09
        early     | 810          | 2017-W50   | 2018-W01
        late      | 810          | 2018-W09   | 2018-W12
    """) == draw("""
        population | person_id
        course     | both
        course     | during
        each       | before
        each       | both
        each       | during
    """)


def test_several_spells_make_one_member():
    found = members("""
        person_id | benefit_code | start_week | end_week
        a         | 810          | 2018-W05   | 2018-W06
        a         | 813          | 2018-W06   | 2018-W07
    """)
    assert [row["population"] for row in found] == ["course", "each"]


def test_no_spells_give_no_members():
    assert members("person_id | benefit_code | start_week | end_week") == []
