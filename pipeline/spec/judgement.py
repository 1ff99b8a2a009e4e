"""How sure a row must be: which method speaks for it, and what it must meet to be shown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.spec.frozen import Frozen


class Methods(Frozen):
    """Which method of inference speaks for a row: behind bold, intervals and adjusted p-values.

    Attributes:
        one_unit: of a single job centre. `placebo_t` takes all for alike in level, and
            `placebo_t_level` gives each the chance of its own level; where that is not known, as
            of mean hours, `placebo_t` speaks.
    """

    one_unit: Literal["placebo_t", "placebo_t_level"] = "placebo_t"


class Gates(Frozen):
    """What a row must meet for its effect to be shown; a check that is not set is not made.

    Attributes:
        min_persons: distinct persons of the unit, both periods together.
        min_events: measure starts, or weeks with the outcome, both periods together.
        min_pretrend_p: of the joint test that there was no trend of its own before the start.
        max_detectable_effect: by outcome, the largest minimum detectable effect; weeks, hours a
            week, or a share.
        must_hold_size: whether the headline method must hold its size in the certificate, over all
            and in each quarter of unit size.
    """

    min_persons: int = Field(default=5, ge=0)
    min_events: int = Field(default=5, ge=0)
    min_pretrend_p: float | None = Field(default=None, ge=0.0, le=1.0)
    max_detectable_effect: dict[str, float] = {}
    must_hold_size: bool = False
