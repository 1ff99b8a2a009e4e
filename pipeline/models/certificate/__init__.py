"""How often each method finds an effect where there was no programme, on the data at hand."""

from pipeline.models.certificate.certificate import (
    CERTIFICATE_SCHEMA,
    ONE_UNIT,
    POOLED,
    certify_study,
)
from pipeline.models.certificate.splits import SHORTEST_WEEKS

__all__ = ["CERTIFICATE_SCHEMA", "ONE_UNIT", "POOLED", "SHORTEST_WEEKS", "certify_study"]
