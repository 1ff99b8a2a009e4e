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
from pipeline.synthetic.survey import draw_survey
from pipeline.synthetic.writing import Registers

BEF, PAY = "bef", "pay"
# The survey has a random stream of its own, as shocks and caseworkers have.
_SURVEY = 3


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
    if block.number == 0:
        soiled |= _list_whole(plan)
    return soiled | _list_links(plan, crowd), counts


def _list_whole(plan: Plan) -> Registers:
    """Registers that are not of persons in DREAM, and come with the first block."""
    course, registers = plan.course, {}
    if course.staff is not None:
        registers["caseload"] = list_caseload(course.staff, course.geography.units)
    if course.calibration.survey is not None:
        geography = course.geography
        taking_part = np.isin(np.array(geography.units), course.study.participating)
        within = taking_part[geography.unit_of]
        inhabitants = dict(
            zip(geography.codes[within].tolist(), geography.inhabitants[within], strict=True)
        )
        rng = np.random.default_rng([_SURVEY, plan.seed])
        registers["survey"] = draw_survey(course.calibration.survey, inhabitants, rng)
    return registers


def _list_links(plan: Plan, crowd: Crowd) -> Registers:
    """Whose caseworker is whose."""
    staff, citizens = plan.course.staff, crowd.citizens
    if staff is None:
        return {}
    on_benefit = np.isin(citizens.states, ON_BENEFIT)
    links = list_links(staff, on_benefit, citizens.caseworkers, plan.calendar.weeks)
    first = len(crowd.order) - on_benefit.shape[1]
    keys = crowd.keys.gather(first + links["citizen"])
    links = links.with_columns(citizen=keys).rename({"citizen": "pnr"})
    return {"caseworkers": links.sort("pnr", "start_date")}
