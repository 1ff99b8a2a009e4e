"""Inputs that several tests of stages share."""

BENEFIT_CODES = """
    benefit_code | benefit         | measure                 | is_measure | is_documented
    730          | cash_benefit    | none                    | false      | true
    810          | resource_course | none                    | false      | true
    813          | resource_course | guidance_and_upskilling | true       | true
    817          | resource_course | company_internship      | true       | true
"""

# Both periods are four weeks long and touch; the phase is the second half of the intervention.
PERIODS = """
    period       | first_week | last_week
    before       | 2018-W01   | 2018-W04
    intervention | 2018-W05   | 2018-W08
    late         | 2018-W07   | 2018-W08
"""

POPULATIONS = """
    population | benefit         | received_in          | weeks
    course     | resource_course | intervention         | on_benefit
    each       | resource_course | before, intervention | on_benefit
"""
COURSE = """
    population | benefit         | received_in  | weeks
    course     | resource_course | intervention | on_benefit
"""
GROSS = """
    population | benefit         | received_in          | weeks
    course     | resource_course | intervention         | all
    each       | resource_course | before, intervention | all
    narrow     | resource_course | before, intervention | on_benefit
"""
