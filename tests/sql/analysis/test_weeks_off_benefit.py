"""The weeks off the benefit in which members of some populations count, too."""

from tests.support.drawn import run_stage
from tests.support.inputs import GROSS, PERIODS

MEMBER = "population | person_id | start_week | end_week | jobcentre | measure | is_measure"
SPELL = "person_id | benefit_code | start_week | end_week"
CODES = """
    benefit_code | benefit         | measure | is_measure | is_documented | way_out
    730          | cash_benefit    | none    | false      | true          | other_benefit
    810          | resource_course | none    | false      | true          | other_benefit
    813          | resource_course | none    | true       | true          | other_benefit
    997          | not_resident    | none    | -          | true          | death_or_emigration
    999          | dead            | none    | -          | true          | death_or_emigration
"""
RESIDENCE = "person_id | municipality_code | jobcentre | start_week | end_week"
GREVE = "a | 253 | Greve | 2017-W01 | 2019-W01"
FIRST_FOUR = ["2018-W01", "2018-W02", "2018-W03", "2018-W04"]
LAST_FOUR = ["2018-W05", "2018-W06", "2018-W07", "2018-W08"]


def weeks(spells: str, residences: str = GREVE) -> list[dict]:
    """The rows of a person `a` with the given codes, who counts in every population."""
    of_benefit = [line for line in spells.strip().splitlines() if "| 81" in line]
    member_spells = [
        " | ".join([population, "a", *line.split(" | ")[2:], "Greve", "none", "false"])
        for population in ("course", "each", "narrow")
        for line in of_benefit
    ]
    inputs = {
        "staging.periods": PERIODS,
        "staging.populations": GROSS,
        "staging.benefit_codes": CODES,
        "core.benefit_spells": f"{SPELL}\n{spells}",
        "core.residences": f"{RESIDENCE}\n{residences}",
        "analysis.member_spells": "\n".join([MEMBER, *member_spells]),
    }
    return run_stage("analysis.weeks_off_benefit", inputs)


def list_weeks(rows: list[dict], population: str) -> list[str]:
    chosen = [row["week"] for row in rows if row["population"] == population]
    return [f"{week.isocalendar().year}-W{week.isocalendar().week:02}" for week in chosen]


def test_all_weeks_of_a_period_but_those_on_the_benefit():
    found = weeks("a | 810 | 2018-W06 | 2018-W08")
    assert list_weeks(found, "each") == ["2018-W05", "2018-W08"]
    assert {row["period"] for row in found if row["population"] == "each"} == {"intervention"}


def test_recipients_of_the_intervention_make_up_the_year_before_too():
    found = weeks("a | 813 | 2018-W06 | 2018-W08")
    assert list_weeks(found, "course") == [*FIRST_FOUR, "2018-W05", "2018-W08"]


def test_each_period_has_its_own_recipients():
    found = weeks("a | 810 | 2018-W02 | 2018-W03")
    assert list_weeks(found, "each") == ["2018-W01", "2018-W03", "2018-W04"]
    assert list_weeks(found, "course") == []


def test_a_spell_over_the_start_makes_both_and_one_outside_makes_none():
    found = weeks("a | 810 | 2018-W04 | 2018-W06")
    assert list_weeks(found, "each") == [*FIRST_FOUR[:3], *LAST_FOUR[1:]]
    assert weeks("a | 810 | 2017-W50 | 2018-W01\na | 810 | 2018-W09 | 2018-W10") == []


def test_other_benefits_are_off_the_benefit_and_the_dead_and_abroad_are_not_there():
    found = weeks("""
        a | 810 | 2018-W01 | 2018-W02
        a | 730 | 2018-W02 | 2018-W03
        a | 997 | 2018-W03 | 2018-W04
        a | 813 | 2018-W05 | 2018-W06
        a | 999 | 2018-W07 | 2018-W20
    """)
    assert list_weeks(found, "each") == ["2018-W02", "2018-W04", "2018-W06"]


def test_a_week_has_the_job_centre_of_its_residence():
    found = weeks(
        "a | 810 | 2018-W05 | 2018-W06",
        """
        a | 253 | Greve | 2017-W01 | 2018-W07
        a | 167 | -     | 2018-W07 | 2018-W08
        a | 159 | Gladsaxe | 2018-W08 | 2019-W01
        """,
    )
    places = [row["jobcentre"] for row in found if row["population"] == "each"]
    assert places == ["Greve", None, "Gladsaxe"]


def test_only_populations_that_count_all_weeks_have_any():
    found = weeks("a | 810 | 2018-W06 | 2018-W08")
    assert {row["population"] for row in found} == {"course", "each"}
    assert weeks("") == []
