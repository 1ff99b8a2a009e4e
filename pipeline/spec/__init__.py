"""The study and delivery files as frozen types."""

from pipeline.spec.delivery import Bef, Bfl, Delivery, Dream, Register
from pipeline.spec.files import load_delivery, load_study
from pipeline.spec.parameters import list_parameters
from pipeline.spec.study import (
    BEFORE,
    DURATION_KINDS,
    INTERVENTION,
    ORDINARY_HOURS,
    PARTICIPATING,
    REST_OF_COUNTRY,
    STOCK_AND_FLOW,
    WEEKS_OF_BLOCK,
    Figure,
    Outcome,
    Population,
    Study,
    Table,
    Weeks,
    name_model,
    parse_weeks,
)

__all__ = [
    "BEFORE",
    "DURATION_KINDS",
    "INTERVENTION",
    "ORDINARY_HOURS",
    "PARTICIPATING",
    "REST_OF_COUNTRY",
    "STOCK_AND_FLOW",
    "WEEKS_OF_BLOCK",
    "Bef",
    "Bfl",
    "Delivery",
    "Dream",
    "Figure",
    "Outcome",
    "Population",
    "Register",
    "Study",
    "Table",
    "Weeks",
    "list_parameters",
    "load_delivery",
    "load_study",
    "name_model",
    "parse_weeks",
]
