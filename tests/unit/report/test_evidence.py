"""What the gates are told of a row."""

import polars as pl

from pipeline.models.certificate import CERTIFICATE_SCHEMA
from pipeline.models.did.study_path import PRE_TREND_SCHEMA
from pipeline.models.leanings import POWER_SCHEMA
from pipeline.report.evidence import collect_evidence
from tests.unit.report.conftest import SHARE_OUTCOME, WEEKS_OUTCOME


def collect(study):
    power = [(SHARE_OUTCOME, "intervention", "Greve", 0.08)]
    place = {"population": "course", "outcome": SHARE_OUTCOME, "by": "quarter", "unit": "Greve"}
    trend = dict.fromkeys(PRE_TREND_SCHEMA) | place
    trends = [
        trend | {"by": "month", "p_value": 0.9},
        trend | {"p_value": 0.03},
        trend | {"unit": "participating", "p_value": 0.6},
    ]
    rate = dict.fromkeys(CERTIFICATE_SCHEMA) | {"outcome": SHARE_OUTCOME}
    rates = [
        rate | {"tested": tested, "inference": inference, "size": size, "holds": holds}
        for tested, inference, size, holds in (
            ("one_unit", "placebo_t", "all", True),
            ("one_unit", "placebo_t_level", "all", True),
            ("one_unit", "placebo_t_level", "largest", False),
            ("one_unit", "conley_taber", "all", True),
            ("pooled", "cr3", "all", True),
        )
    ]
    return collect_evidence(
        study,
        {
            "power": pl.DataFrame(power, POWER_SCHEMA, orient="row"),
            "pre_trend": pl.DataFrame(trends, PRE_TREND_SCHEMA),
            "certificate": pl.DataFrame(rates, CERTIFICATE_SCHEMA),
        },
    )


def row(unit: str, **changes: str) -> dict[str, str]:
    found = {
        "population": "course",
        "outcome": SHARE_OUTCOME,
        "phase": "intervention",
        "unit": unit,
    }
    return found | {"unit": unit} | changes


def test_power_and_trend_are_of_the_row_s_own_outcome_and_unit(study):
    evidence = collect(study)
    assert evidence.detectable_effect(row("Greve")) == 0.08
    assert evidence.detectable_effect(row("Greve", phase="late")) is None
    assert evidence.pretrend_p_value(row("Greve")) == 0.03
    assert evidence.pretrend_p_value(row("participating")) == 0.6
    assert evidence.pretrend_p_value(row("Greve", population="other")) is None


def test_size_is_held_in_every_quarter_by_the_headline_method(study):
    evidence = collect(study)
    assert evidence.holds_size(row("Greve")) is False
    assert evidence.holds_size(row("participating")) is True
    assert evidence.holds_size(row("participating", outcome=WEEKS_OUTCOME)) is None
