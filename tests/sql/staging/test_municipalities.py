"""Municipalities and the job centres that served them."""

from datetime import date

from pipeline.weeks import parse_iso_week
from tests.support.drawn import draw, run_stage


def test_a_municipality_has_one_row_per_job_centre():
    rows = [
        row for row in run_stage("staging.municipalities", {}) if row["municipality"] == "Ishøj"
    ]
    assert rows == draw("""
        municipality_code | municipality | jobcentre        | start_week | end_week
        183               | Ishøj        | Vallensbæk-Ishøj | 2007-W01   | 2022-W01
        183               | Ishøj        | Ishøj            | 2022-W01   | -
    """)


def test_there_are_98_municipalities_and_94_job_centres_in_2018():
    rows = run_stage("staging.municipalities", {})
    week = parse_iso_week("2018-W01")
    valid = [r for r in rows if r["start_week"] <= week < (r["end_week"] or date.max)]
    assert len(valid) == 98
    assert len({row["jobcentre"] for row in valid}) == 94
