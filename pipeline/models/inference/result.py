"""What a method of inference gives back, and the names of the methods."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = 0.95
# Of everything that is drawn: the same sums give the same figures.
SEED = 20180305

PERSON_CLUSTER = "person_cluster"
JOBCENTRE_CLUSTER = "jobcentre_cluster"
CR2 = "cr2"
CR3 = "cr3"
WILD_BOOTSTRAP = "wild_bootstrap"
CONLEY_TABER = "conley_taber"
FERMAN_PINTO = "ferman_pinto"
PLACEBO_T = "placebo_t"
PLACEBO_T_LEVEL = "placebo_t_level"
PLACEBO_T_JOINT = "placebo_t_joint"
PLACEBO_T_LEVEL_JOINT = "placebo_t_level_joint"
RANDOMIZATION = "randomization"
RANDOMIZATION_T = "randomization_t"
EXACT_T = "exact_t"

# What looks at all treated units at once, beside what looks at one by itself.
JOINT_METHODS = {PLACEBO_T: PLACEBO_T_JOINT, PLACEBO_T_LEVEL: PLACEBO_T_LEVEL_JOINT}

# Of an interval; None where it has no end.
Ends = tuple[float | None, float | None]


@dataclass(frozen=True)
class Inference:
    """How sure an effect is; the names are those of the estimates.

    Attributes:
        std_error: in the unit of the effect; None for a method that has none.
        ci_low: lower end of the 95 % interval; None where the interval has no end.
        ci_high: upper end.
        p_value: two-sided.
        p_value_adjusted: for looking at several units at once; None where that was not asked.
    """

    std_error: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float
    p_value_adjusted: float | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a method says nothing about an effect."""

    reason: str


def state_interval(
    effect: float, std_error: float | None, margin: float, p_value: float
) -> Inference:
    """An effect with the same margin on both sides; without ends where the margin is infinite."""
    return Inference(std_error, *find_ends(effect, margin), p_value)


def find_ends(effect: float, margin: float) -> Ends:
    """The ends this far from an effect; none where the margin is infinite."""
    return (None, None) if margin == float("inf") else (effect - margin, effect + margin)
