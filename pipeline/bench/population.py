"""A study's target population, from the spells of everyone, against a bare scan."""

from __future__ import annotations

from pipeline.bench.made_up import make_up_delivery
from pipeline.bench.measure import Goal, Measure, Trial, judge, skip, time_tasks
from pipeline.bench.workshop import hush, scan_weeks
from pipeline.layout import OutFolder
from pipeline.prepare import Job, OpenJob, open_job
from pipeline.spec import load_study
from pipeline.stages import choose_stages

_MEASURE = "members and their spells / bare scan"
_GOAL = Goal("at most", 1.5)
_STUDY = "hir"
_SHARED = ("core.benefit_spells", "core.residences")
_BUILT = ("analysis.members", "analysis.member_spells")


def measure_population(trial: Trial) -> list[Measure]:
    """How long it takes to find a study's members and to build their spells.

    The spells and residences of everyone are there before: all studies of a delivery share them.
    """
    make_up_delivery(trial.folder / "delivery", trial.persons, trial.weeks)
    job = Job(trial.folder / "delivery", OutFolder(trial.folder / "out"), hush)
    with open_job(job, load_study(_STUDY)) as opened:
        if opened.lacking:
            reason = f"the weeks do not hold the windows of the study {_STUDY}"
            return [skip(_MEASURE, _GOAL, reason)]
        return [_set_against_scan(opened, job.out, trial)]


def _set_against_scan(opened: OpenJob, out: OutFolder, trial: Trial) -> Measure:
    opened.builder.build(choose_stages(opened.stages, _SHARED), hush)

    def find_population() -> None:
        for table in _BUILT:
            out.table(table).unlink(missing_ok=True)
        opened.builder.build(choose_stages(opened.stages, _BUILT), hush)

    seconds = time_tasks({"scan": lambda: scan_weeks(opened.engine), "population": find_population})
    members = opened.engine.count_rows("analysis.members")
    size = f"{trial.persons:,} persons x {trial.weeks.n_weeks} weeks"
    detail = f"{size}, {members:,} members; the spells of everyone are there, for all studies"
    return judge(_MEASURE, seconds["population"] / seconds["scan"], _GOAL, detail)
