"""Gaps follow a measure spell, end with a measure or are censored with the episode."""

from tests.support.drawn import draw, run_stage

HEAD = (
    "population | person_id | jobcentre | start_week | end_week"
    " | episode_start_week | episode_end_week"
)


def gaps(rows: str):
    return run_stage("analysis.gaps", {"analysis.measure_spells": f"{HEAD}\n{rows}"})


def test_a_gap_ends_with_the_next_measure_or_censored_with_the_episode():
    assert gaps("""
        course | a | Greve | 2018-W01 | 2018-W03 | 2017-W50 | 2018-W12
        course | a | Greve | 2018-W06 | 2018-W08 | 2017-W50 | 2018-W12
    """) == draw("""
        population | person_id | jobcentre | start_week | end_week | has_event
        course     | a         | Greve     | 2018-W03   | 2018-W06 | true
        course     | a         | Greve     | 2018-W08   | 2018-W12 | false
    """)


def test_a_measure_that_ends_with_the_episode_begins_no_gap():
    assert gaps("course | a | Greve | 2018-W01 | 2018-W03 | 2018-W01 | 2018-W03") == []


def test_a_move_in_the_week_a_measure_starts_counts_as_the_move():
    assert gaps("""
        course | a | Greve    | 2018-W01 | 2018-W03 | 2018-W01 | 2018-W06
        course | a | Gladsaxe | 2018-W06 | 2018-W08 | 2018-W06 | 2018-W08
    """) == draw("""
        population | person_id | jobcentre | start_week | end_week | has_event
        course     | a         | Greve     | 2018-W03   | 2018-W06 | false
    """)


def test_populations_and_persons_do_not_mix():
    found = gaps("""
        course | a | Greve | 2018-W01 | 2018-W03 | 2018-W01 | 2018-W09
        course | b | Greve | 2018-W05 | 2018-W06 | 2018-W01 | 2018-W09
        each   | a | Greve | 2018-W01 | 2018-W03 | 2018-W01 | 2018-W09
    """)
    assert [row["has_event"] for row in found] == [False, False, False]


def test_no_measures_give_no_gaps():
    assert gaps("") == []
