"""Numbers as the published tables print them.

Rounding is half away from zero on ten significant digits, the digits that ``estimates.csv``
keeps: a table made from the file equals the one made from memory.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

# A duration above a year is printed as such: no window before the start is longer than a year,
# so the size of a longer mean is the model's opinion.
LONGEST_PRINTED_WEEKS = 52

PER_CENT = 100
PER_MILLE = 1000


def known(value: object) -> float | None:
    """The value as a number, or None where it is missing or not finite."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def format_number(value: float | None, decimals: int = 0, scale: int = 1) -> str:
    """The value times `scale` with fixed decimals; unknown is empty and never is there a -0."""
    number = known(value)
    if number is None:
        return ""
    step = Decimal(1).scaleb(-decimals)
    rounded = (Decimal(f"{number:.10g}") * scale).quantize(step, rounding=ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def format_ratio(logarithm: float | None) -> str:
    """The ratio of which a logarithm is given, with two decimals; three digits above a hundred."""
    number = known(logarithm)
    if number is None:
        return ""
    ratio = math.exp(min(number, 700.0))
    return f"{ratio:.3g}" if ratio >= PER_CENT else format_number(ratio, 2)


def format_sign(value: float | None) -> str:
    """``>0`` or ``<0`` where only the direction can be told; ``0`` if there is none."""
    number = known(value)
    if number is None:
        return ""
    text = f"{number:.10g}"
    if float(text) == 0:
        return "0"
    return ">0" if number > 0 else "<0"


def is_beyond_a_year(weeks: float | None) -> bool:
    """Whether a duration is printed as ``>52``."""
    return weeks is not None and weeks > LONGEST_PRINTED_WEEKS


def format_weeks(weeks: float | None, decimals: int = 0) -> str:
    """Whole weeks, ``>52`` above a year."""
    if is_beyond_a_year(weeks):
        return f">{LONGEST_PRINTED_WEEKS}"
    return format_number(weeks, decimals)


def format_small_percent(share: float | None) -> str:
    """A share as whole per cent; a share that exists but is under one per cent is ``<1``."""
    if share is not None and 0 < share * PER_CENT < 1:
        return "<1"
    return format_number(share, scale=PER_CENT)


def format_p_value(p_value: float | None) -> str:
    """A p-value with three decimals, ``<0.001`` below."""
    number = known(p_value)
    return "<0.001" if number is not None and number < 0.001 else format_number(number, 3)


def format_count(count: int | None) -> str:
    """A count with thousands apart."""
    return "" if count is None else f"{count:,}"


def describe_interval(low: str, high: str) -> str:
    """An interval in words, from its ends as printed; one without an end has none there."""
    if low and high:
        return f"{prettify_minus(low)} to {prettify_minus(high)}"
    if low:
        return f"from {prettify_minus(low)} on"
    return f"up to {prettify_minus(high)}" if high else "no end either way"


def prettify_minus(text: str) -> str:
    """The text with a hyphen before a number set as a minus sign."""
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else text
