"""The registers of one block of persons."""

from __future__ import annotations

from collections import Counter

from pipeline.synthetic.blocks import Block
from pipeline.synthetic.dirt import soil_registers
from pipeline.synthetic.dream import make_dream
from pipeline.synthetic.jobs import draw_jobs
from pipeline.synthetic.people import Plan, draw_crowd
from pipeline.synthetic.residents import draw_residents
from pipeline.synthetic.writing import Registers

BEF, PAY = "bef", "pay"


def draw_registers(plan: Plan, block: Block) -> tuple[Registers, Counter[str]]:
    """The rows that a block's persons have in each register, by its name in ``delivery.toml``.

    The other part counts the dirt in them, by kind.
    """
    *streams, for_bfl, for_bef, for_dirt = block.spawn_streams(plan.seed, 7)
    crowd = draw_crowd(plan, block, streams)
    jobs = draw_jobs(plan, crowd, for_bfl)
    registers = {"dream": make_dream(plan, crowd, jobs if PAY in plan.extras else None)}
    registers["bfl"] = jobs.rows
    if BEF in plan.extras:
        registers["bef"] = draw_residents(plan, crowd, for_bef)
    return soil_registers(plan, registers, for_dirt)
