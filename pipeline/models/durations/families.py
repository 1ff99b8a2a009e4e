"""The parametric families by name."""

from __future__ import annotations

from pipeline.models.durations.family import Family
from pipeline.models.durations.location_scale import LocationScale
from pipeline.models.durations.pieces import cut_pieces
from pipeline.models.durations.spells import Spells
from pipeline.models.durations.standard import EXTREME_VALUE, LOG_GAMMA, LOGISTIC, NORMAL

_SHAPED = ("location", "log_scale")
EXPONENTIAL = LocationScale("exponential", ("location",), EXTREME_VALUE)
WEIBULL = LocationScale("weibull", _SHAPED, EXTREME_VALUE)
LOGNORMAL = LocationScale("lognormal", _SHAPED, NORMAL)
LOGLOGISTIC = LocationScale("loglogistic", _SHAPED, LOGISTIC)
GENERALISED_GAMMA = LocationScale("generalised_gamma", (*_SHAPED, "q"), LOG_GAMMA)
PIECEWISE_EXPONENTIAL = "piecewise_exponential"
_LOCATION_SCALE = {
    family.name: family
    for family in (EXPONENTIAL, WEIBULL, LOGNORMAL, LOGLOGISTIC, GENERALISED_GAMMA)
}
FAMILY_NAMES = (*_LOCATION_SCALE, PIECEWISE_EXPONENTIAL)


def choose_family(name: str, spells: Spells) -> Family:
    """The family of one of `FAMILY_NAMES`; where the pieces break depends on the spells."""
    return cut_pieces(spells) if name == PIECEWISE_EXPONENTIAL else _LOCATION_SCALE[name]
