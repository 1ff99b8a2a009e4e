"""What the time before the start says about parallel trends, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.report.formats import format_p_value
from pipeline.report.headline import SIGNIFICANCE_LEVEL
from pipeline.report.labels import path_measure
from pipeline.spec import WEEKS_OF_BLOCK, Outcome


def describe_pre_trend(outcome: Outcome, verdict: Mapping[str, Any]) -> str:
    """The verdict on the time before, and how much it could have missed.

    Args:
        outcome: whose unit the figures have.
        verdict: a row of `PRE_TREND_SCHEMA`.
    """
    if verdict["p_value"] is None:
        return f"Whether trends were parallel before the start is unknown: {verdict['refusal']}."
    weeks = WEEKS_OF_BLOCK[verdict["by"]]
    is_apart = verdict["p_value"] < SIGNIFICANCE_LEVEL
    found = "Trends were not parallel" if is_apart else "No difference in trends was found"
    p_value = format_p_value(verdict["p_value"])
    equals = "" if p_value.startswith("<") else "= "
    blocks = f"{verdict['n_blocks']} blocks of {weeks} weeks against the last before the start"
    tested = f"{found} before the start (p {equals}{p_value}, {blocks})."
    return f"{tested} {_state_power(outcome, verdict)}"


def _state_power(outcome: Outcome, verdict: Mapping[str, Any]) -> str:
    bias = verdict["detectable_bias"]
    if bias is None:
        return "No straight trend, however steep, would be found four times in five."
    measure = path_measure(outcome)
    return (
        "The test finds four times in five a straight trend that by itself makes an effect of "
        f"{measure.format(bias)} {measure.unit}; a smaller one it may miss."
    )
