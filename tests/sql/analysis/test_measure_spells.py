"""A measure spell is an unbroken run of measure weeks, whatever the kind, in one episode."""

from tests.support.drawn import draw, run_stage

SPELL = "population | person_id | start_week | end_week | jobcentre | measure | is_measure"
EPISODE = "population | person_id | jobcentre | start_week | end_week"


def measure_spells(spells: str, episodes: str):
    inputs = {
        "analysis.member_spells": f"{SPELL}\n{spells}",
        "analysis.episodes": f"{EPISODE}\n{episodes}",
    }
    return run_stage("analysis.measure_spells", inputs)


def test_kinds_in_a_row_are_one_spell_and_passive_weeks_part_two():
    assert measure_spells(
        """
        course | a | 2018-W01 | 2018-W02 | Greve | none                    | false
        course | a | 2018-W02 | 2018-W04 | Greve | guidance_and_upskilling | true
        course | a | 2018-W04 | 2018-W05 | Greve | company_internship      | true
        course | a | 2018-W05 | 2018-W06 | Greve | none                    | false
        course | a | 2018-W06 | 2018-W07 | Greve | company_internship      | true
        """,
        "course | a | Greve | 2018-W01 | 2018-W07",
    ) == draw("""
        population | person_id | jobcentre | start_week | end_week | episode_start_week | episode_end_week
        course     | a         | Greve     | 2018-W02   | 2018-W05 | 2018-W01           | 2018-W07
        course     | a         | Greve     | 2018-W06   | 2018-W07 | 2018-W01           | 2018-W07
    """)


def test_a_measure_that_goes_on_after_a_move_is_a_spell_of_each_episode():
    found = measure_spells(
        """
        course | a | 2018-W01 | 2018-W03 | Greve    | company_internship | true
        course | a | 2018-W03 | 2018-W05 | Gladsaxe | company_internship | true
        """,
        """
        course | a | Greve    | 2018-W01 | 2018-W03
        course | a | Gladsaxe | 2018-W03 | 2018-W05
        """,
    )
    assert [row["jobcentre"] for row in found] == ["Greve", "Gladsaxe"]


def test_no_spells_give_no_measure_spells():
    assert measure_spells("", "") == []
