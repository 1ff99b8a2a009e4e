"""Effects on the weekly rate of starts, told in expected weeks."""

from __future__ import annotations

from dataclasses import replace

from pipeline.models.inference import Inference


def find_weeks(during: float, effect: float) -> float | None:
    """The effect in weeks of an effect on the rate at which measures start.

    Weeks at risk over starts are the inverse of the rate; without the programme the rate would
    have been lower by `effect`.

    Args:
        during: weeks at risk over starts while the programme ran.
        effect: starts per week at risk.

    Returns:
        None where the rate would have been zero or less: no number of weeks is expected then.
    """
    rate = 1 / during - effect
    return during - 1 / rate if rate > 0 else None


def tell_in_weeks(during: float, effect: float, verdict: Inference) -> Inference:
    """The same interval, p-value and error in weeks: a higher rate is fewer weeks.

    The error is by the delta method; an end at which no number of weeks is expected is none.
    """
    rate = 1 / during - effect
    ends = [
        None if end is None else find_weeks(during, end)
        for end in (verdict.ci_high, verdict.ci_low)
    ]
    std_error = None if verdict.std_error is None else verdict.std_error / rate**2
    return replace(verdict, std_error=std_error, ci_low=ends[0], ci_high=ends[1])
