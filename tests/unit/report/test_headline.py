"""Which method speaks for a row."""

import pytest

from pipeline.report.headline import choose_inference, select_effects
from tests.unit.report.conftest import SHARE_OUTCOME, WEEKS_OUTCOME, make_row, to_estimates

LEVEL, PLAIN = "placebo_t_level", "placebo_t"


@pytest.mark.parametrize(
    ("outcome", "model", "method"),
    [
        (WEEKS_OUTCOME, None, LEVEL),
        (WEEKS_OUTCOME, "exponential_stock_and_flow", LEVEL),
        (WEEKS_OUTCOME, "exponential.rmst_52", PLAIN),
        (WEEKS_OUTCOME, "exponential.adjusted", PLAIN),
        (WEEKS_OUTCOME, "weibull", PLAIN),
        (SHARE_OUTCOME, None, LEVEL),
        (SHARE_OUTCOME, "unit_week_effects", PLAIN),
        ("exits", None, PLAIN),
    ],
)
def test_the_own_level_speaks_where_it_tells_the_chance(study, outcome, model, method):
    assert choose_inference(study, outcome, "Greve", model) == method
    assert choose_inference(study, outcome, "participating", model) == "cr3"


def test_a_study_that_does_not_ask_for_it_takes_all_for_alike(study):
    inference = type(study.inference)()
    plain = study.model_copy(update={"inference": inference})
    assert choose_inference(plain, WEEKS_OUTCOME) == PLAIN


def test_mean_hours_have_no_level_that_tells(study):
    own = study.outcomes[SHARE_OUTCOME].model_copy(update={"kind": "hours", "any_of": ()})
    hours = study.model_copy(update={"outcomes": {"hours": own}})
    assert choose_inference(hours, "hours") == PLAIN


def test_interval_and_joint_interval_are_of_one_method(study):
    figures = {"before": 9.0, "during": 5.0, "effect": -4.0}
    ends = {LEVEL: -7.0, f"{LEVEL}_joint": -9.0, PLAIN: -6.0, f"{PLAIN}_joint": -8.0}
    rows = [
        make_row(WEEKS_OUTCOME, "Greve", **figures, inference=method, ci_low=low, ci_high=0.0)
        for method, low in ends.items()
    ]
    found = select_effects(study, to_estimates(rows), WEEKS_OUTCOME)
    greve = next(effect for effect in found if effect.unit == "Greve")
    assert (greve.ci_low, greve.joint_low) == (-7.0, -9.0)
