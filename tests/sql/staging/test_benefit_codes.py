"""Every code gets its benefit and measure in English."""

from pipeline.codes import read_codes
from tests.support.drawn import draw, run_stage


def test_resource_course_codes_say_what_they_are():
    rows = {row["benefit_code"]: row for row in run_stage("staging.benefit_codes", {})}
    assert [rows[code] for code in (810, 813, 818, 785, 870)] == draw("""
        benefit_code | benefit           | measure                 | is_measure | is_documented | way_out
        810          | resource_course   | none                    | false      | true          | other_benefit
        813          | resource_course   | guidance_and_upskilling | true       | true          | other_benefit
        818          | resource_course   | company_internship      | true       | true          | other_benefit
        785          | job_clarification | unknown                 | -          | true          | other_benefit
        870          | job_clarification | none                    | false      | false         | other_benefit
    """)


def test_no_code_is_lost_to_a_group_without_a_name():
    assert len(run_stage("staging.benefit_codes", {})) == 136


def test_codes_that_the_register_does_not_have_are_not_there():
    codes = {row["benefit_code"] for row in run_stage("staging.benefit_codes", {})}
    assert not codes & {811, 812, 819, -1}


def test_every_way_out_is_in_the_code_list_and_has_a_benefit():
    found = {row["way_out"] for row in run_stage("staging.benefit_codes", {})}
    assert found == {row["way_out"] for row in read_codes("ways_out")}
