"""The registers of one block of persons."""

from __future__ import annotations

from collections import Counter

import numpy as np

from pipeline.synthetic.blocks import Block
from pipeline.synthetic.chain import ON_BENEFIT
from pipeline.synthetic.dirt import soil_registers
from pipeline.synthetic.dream import make_dream
from pipeline.synthetic.jobs import draw_jobs
from pipeline.synthetic.people import Crowd, Plan, draw_crowd
from pipeline.synthetic.residents import draw_residents
from pipeline.synthetic.staff import list_caseload, list_links
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
    soiled, counts = soil_registers(plan, registers, for_dirt)
    return soiled | _list_monitoring(plan, block, crowd), counts


def _list_monitoring(plan: Plan, block: Block, crowd: Crowd) -> Registers:
    """Whose caseworker is whose, and beside the first block what cases all of them have."""
    course, citizens = plan.course, crowd.citizens
    if course.staff is None:
        return {}
    on_benefit = np.isin(citizens.states, ON_BENEFIT)
    links = list_links(course.staff, on_benefit, citizens.caseworkers, plan.calendar.weeks)
    first = len(crowd.order) - on_benefit.shape[1]
    keys = crowd.keys.gather(first + links["citizen"])
    links = links.with_columns(citizen=keys).rename({"citizen": "pnr"}).sort("pnr", "start_date")
    if block.number > 0:
        return {"caseworkers": links}
    return {"caseload": list_caseload(course.staff, course.geography.units), "caseworkers": links}
