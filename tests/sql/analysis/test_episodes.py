"""An episode is an unbroken run on the benefit in one job centre."""

from tests.support.drawn import draw, run_stage

HEAD = "population | person_id | start_week | end_week | jobcentre | measure | is_measure"


def episodes(rows: str):
    return run_stage("analysis.episodes", {"analysis.member_spells": f"{HEAD}\n{rows}"})


def test_codes_and_municipalities_of_one_job_centre_are_one_episode():
    assert episodes("""
        course | a | 2018-W01 | 2018-W03 | Tårnby-Dragør | none                    | false
        course | a | 2018-W03 | 2018-W05 | Tårnby-Dragør | guidance_and_upskilling | true
        course | a | 2018-W05 | 2018-W06 | Tårnby-Dragør | guidance_and_upskilling | true
    """) == draw("""
        population | person_id | jobcentre     | start_week | end_week
        course     | a         | Tårnby-Dragør | 2018-W01   | 2018-W06
    """)


def test_a_move_a_pause_and_an_unknown_place_end_an_episode():
    assert episodes("""
        course | a | 2018-W01 | 2018-W03 | Greve    | none | false
        course | a | 2018-W03 | 2018-W05 | Gladsaxe | none | false
        course | a | 2018-W06 | 2018-W08 | Gladsaxe | none | false
        course | a | 2018-W08 | 2018-W09 | -        | none | false
        course | a | 2018-W09 | 2018-W10 | Gladsaxe | none | false
        course | b | 2018-W10 | 2018-W11 | Gladsaxe | none | false
        each   | b | 2018-W11 | 2018-W12 | Gladsaxe | none | false
    """) == draw("""
        population | person_id | jobcentre | start_week | end_week
        course     | a         | Greve     | 2018-W01   | 2018-W03
        course     | a         | Gladsaxe  | 2018-W03   | 2018-W05
        course     | a         | Gladsaxe  | 2018-W06   | 2018-W08
        course     | a         | Gladsaxe  | 2018-W09   | 2018-W10
        course     | b         | Gladsaxe  | 2018-W10   | 2018-W11
        each       | b         | Gladsaxe  | 2018-W11   | 2018-W12
    """)


def test_moving_away_and_back_makes_three_episodes():
    found = episodes("""
        course | a | 2018-W01 | 2018-W02 | Greve    | none | false
        course | a | 2018-W02 | 2018-W03 | Gladsaxe | none | false
        course | a | 2018-W03 | 2018-W04 | Greve    | none | false
    """)
    assert [row["jobcentre"] for row in found] == ["Greve", "Gladsaxe", "Greve"]


def test_no_spells_give_no_episodes():
    assert episodes("") == []
