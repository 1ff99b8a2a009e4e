"""Municipalities and the job centres that served them."""

from tests.support.drawn import draw, run_stage


def test_a_municipality_has_one_row_per_job_centre():
    rows = [
        row for row in run_stage("staging.municipalities", {}) if row["municipality"] == "Ishøj"
    ]
    assert rows == draw("""
        municipality_code | municipality | jobcentre        | first_year | last_year
        183               | Ishøj        | Vallensbæk-Ishøj | 2007       | 2021
        183               | Ishøj        | Ishøj            | 2022       | -
    """)


def test_there_are_98_municipalities_and_94_job_centres_in_2018():
    rows = run_stage("staging.municipalities", {})
    valid = [r for r in rows if r["first_year"] <= 2018 <= (r["last_year"] or 9999)]
    assert len(valid) == 98
    assert len({row["jobcentre"] for row in valid}) == 94
