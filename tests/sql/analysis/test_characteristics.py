"""What members were like in the year before."""

from decimal import Decimal

from tests.support.drawn import run_stage
from tests.support.inputs import PERIODS

WEEKS = (
    "population | person_id | week | period | jobcentre | is_on_benefit | measure | ordinary_hours"
)
SPELLS = "population | person_id | start_week | end_week | jobcentre | measure | is_measure"
MEASURES = (
    "population | person_id | jobcentre | start_week | end_week"
    " | episode_start_week | episode_end_week"
)


def describe(weeks: str, spells: str = "", measures: str = "") -> dict[tuple[str, str], Decimal]:
    rows = run_stage(
        "analysis.characteristics",
        {
            "analysis.person_weeks": f"{WEEKS}\n{weeks}",
            "analysis.member_spells": f"{SPELLS}\n{spells}",
            "analysis.measure_spells": f"{MEASURES}\n{measures}",
            "staging.periods": PERIODS,
        },
    )
    return {(row["person_id"], row["characteristic"]): row["amount"] for row in rows}


def test_shares_are_of_the_member_s_own_weeks_and_nothing_is_a_share_too():
    found = describe("""
        course | a | 2018-W01 | before | Greve | true | none               | 1
        course | a | 2018-W02 | before | Greve | true | company_internship | 2
        course | b | 2018-W02 | before | Greve | true | none               | 0
    """)
    assert found["a", "weeks_on_benefit"] == 2
    assert found["a", "company_internship_share"] == Decimal("0.5")
    assert found["b", "company_internship_share"] == 0
    assert found["a", "ordinary_hours"] == Decimal("1.5")


def test_weeks_off_the_benefit_describe_nobody():
    found = describe("""
        course | a | 2018-W01 | before | Greve | true  | none | 1
        course | a | 2018-W02 | before | Greve | false | none | 9
        course | b | 2018-W02 | before | Greve | false | none | 9
    """)
    assert (found["a", "weeks_on_benefit"], found["a", "ordinary_hours"]) == (1, 1)
    assert found["a", "none_share"] == 1
    assert {person for person, _ in found} == {"a"}


def test_what_came_before_the_year_is_counted_to_its_first_week():
    found = describe(
        "course | a | 2018-W03 | before | Greve | true | none | -",
        """
        course | a | 2017-W50 | 2018-W03 | Greve | company_internship | true
        course | a | 2018-W03 | 2018-W05 | Greve | none               | false
        """,
        "course | a | Greve | 2017-W50 | 2018-W03 | 2017-W50 | 2018-W05",
    )
    assert found["a", "earlier_weeks_on_benefit"] == 3
    assert found["a", "earlier_measures"] == 1
    assert ("a", "ordinary_hours") not in found


def test_the_job_centre_is_that_of_the_first_week():
    rows = run_stage(
        "analysis.characteristics",
        {
            "analysis.person_weeks": f"""{WEEKS}
                course | a | 2018-W02 | before | Gladsaxe | true | none | -
                course | a | 2018-W01 | before | Greve    | true | none | -
            """,
            "analysis.member_spells": SPELLS,
            "analysis.measure_spells": MEASURES,
            "staging.periods": PERIODS,
        },
    )
    assert {row["jobcentre"] for row in rows} == {"Greve"}


def test_those_who_came_in_the_intervention_are_not_described():
    assert describe("course | a | 2018-W06 | intervention | Greve | true | none | 1") == {}
    assert describe("") == {}
