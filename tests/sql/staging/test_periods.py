"""The study's windows as rows."""

from pipeline.weeks import parse_iso_week
from tests.support.drawn import draw, run_stage


def test_windows_stand_in_the_order_of_their_weeks():
    names = {"late": ("2018-W07", "2018-W08"), "before": ("2017-W52", "2018-W04")}
    periods = [
        {"period": name, "first_week": parse_iso_week(first), "last_week": parse_iso_week(last)}
        for name, (first, last) in names.items()
    ]
    assert run_stage("staging.periods", {}, periods=periods) == draw("""
        period | first_week | last_week
        before | 2017-W52   | 2018-W04
        late   | 2018-W07   | 2018-W08
    """)
