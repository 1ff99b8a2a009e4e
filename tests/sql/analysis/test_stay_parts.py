"""Parts of stays by episode, before any window cuts them."""

from tests.support.drawn import draw, run_stage

STAYS = "population | person_id | start_week | end_week | weeks_since_last | way_out"
EPISODES = "population | person_id | jobcentre | start_week | end_week"
HEAD = "population | person_id | jobcentre | stay_start_week | start_week | end_week | way_out"


def parts(stays: str = "", episodes: str = ""):
    inputs = {
        "analysis.stays": f"{STAYS}\n{stays}",
        "analysis.episodes": f"{EPISODES}\n{episodes}",
    }
    return run_stage("analysis.stay_parts", inputs)


def test_the_last_part_has_the_way_out():
    found = parts(
        "course | a | 2018-W02 | 2018-W09 | 12 | education",
        """
        course | a | Greve | 2018-W02 | 2018-W04
        course | a | Faxe  | 2018-W04 | 2018-W05
        course | a | Faxe  | 2018-W06 | 2018-W09
        """,
    )
    assert found == draw(f"""
        {HEAD}
        course | a | Greve | 2018-W02 | 2018-W02 | 2018-W04 | -
        course | a | Faxe  | 2018-W02 | 2018-W04 | 2018-W05 | -
        course | a | Faxe  | 2018-W02 | 2018-W06 | 2018-W09 | education
    """)


def test_an_episode_belongs_to_the_stay_it_lies_in():
    found = parts(
        """
        course | a | 2018-W02 | 2018-W04 | 12 | education
        course | a | 2018-W20 | 2018-W24 | 16 | -
        course | b | 2018-W03 | 2018-W05 | 12 | other_benefit
        """,
        """
        course | a | Greve | 2018-W02 | 2018-W04
        course | a | Greve | 2018-W20 | 2018-W24
        other  | b | Greve | 2018-W03 | 2018-W05
        """,
    )
    assert [(row["stay_start_week"], row["way_out"]) for row in found] == [
        (row["start_week"], row["way_out"]) for row in found
    ]
    assert [row["way_out"] for row in found] == ["education", None]


def test_a_stay_without_its_last_weeks_under_a_job_centre_has_no_way_out():
    (part,) = parts(
        "course | a | 2018-W02 | 2018-W09 | 12 | education",
        "course | a | Greve | 2018-W02 | 2018-W06",
    )
    assert part["way_out"] is None


def test_a_stay_of_unknown_beginning_is_left_out():
    stay, episode = "2018-W02 | 2018-W07 | 0 | education", "Greve | 2018-W02 | 2018-W07"
    assert parts(f"course | a | {stay}", f"course | a | {episode}") == []


def test_nobody_gives_no_rows():
    assert parts() == []
