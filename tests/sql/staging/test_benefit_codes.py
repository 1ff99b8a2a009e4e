"""Every code gets its benefit and measure in English."""

from tests.support.drawn import draw, run_stage


def test_resource_course_codes_say_what_they_are():
    rows = {row["benefit_code"]: row for row in run_stage("staging.benefit_codes", {})}
    assert [rows[code] for code in (810, 813, 818, 785, 870)] == draw("""
        benefit_code | benefit           | measure                 | is_measure | is_documented
        810          | resource_course   | none                    | false      | true
        813          | resource_course   | guidance_and_upskilling | true       | true
        818          | resource_course   | company_internship      | true       | true
        785          | job_clarification | unknown                 | -          | true
        870          | job_clarification | none                    | false      | false
    """)


def test_no_code_is_lost_to_a_group_without_a_name():
    assert len(run_stage("staging.benefit_codes", {})) == 136


def test_codes_that_the_register_does_not_have_are_not_there():
    codes = {row["benefit_code"] for row in run_stage("staging.benefit_codes", {})}
    assert not codes & {811, 812, 819, -1}
