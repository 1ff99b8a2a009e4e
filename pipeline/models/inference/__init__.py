"""Methods of inference: each a function over the sums of units, or of clusters."""

from pipeline.models.inference.assess import Verdicts, assess_each, assess_together
from pipeline.models.inference.clusters import infer_effect, sum_by_cluster
from pipeline.models.inference.laws import SHARES, WEEKS, Law, find_law
from pipeline.models.inference.panel import UnitPanel
from pipeline.models.inference.result import (
    CONFIDENCE,
    CONLEY_TABER,
    CR2,
    CR3,
    EXACT_T,
    FERMAN_PINTO,
    JOBCENTRE_CLUSTER,
    JOINT_METHODS,
    PERSON_CLUSTER,
    PLACEBO_T,
    PLACEBO_T_JOINT,
    PLACEBO_T_LEVEL,
    PLACEBO_T_LEVEL_JOINT,
    RANDOMIZATION,
    RANDOMIZATION_T,
    SEED,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
)

__all__ = [
    "CONFIDENCE",
    "CONLEY_TABER",
    "CR2",
    "CR3",
    "EXACT_T",
    "FERMAN_PINTO",
    "JOBCENTRE_CLUSTER",
    "JOINT_METHODS",
    "PERSON_CLUSTER",
    "PLACEBO_T",
    "PLACEBO_T_JOINT",
    "PLACEBO_T_LEVEL",
    "PLACEBO_T_LEVEL_JOINT",
    "RANDOMIZATION",
    "RANDOMIZATION_T",
    "SEED",
    "SHARES",
    "WEEKS",
    "WILD_BOOTSTRAP",
    "Inference",
    "Law",
    "Refusal",
    "UnitPanel",
    "Verdicts",
    "assess_each",
    "assess_together",
    "find_law",
    "infer_effect",
    "sum_by_cluster",
]
