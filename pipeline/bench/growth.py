"""How the cost of the spells grows with the number of persons."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

import numpy as np

from pipeline.bench.made_up import make_up_dream
from pipeline.bench.measure import Goal, Measure, Trial, judge, time_tasks
from pipeline.bench.workshop import open_workshop

_GOAL = Goal("at most", 1.05, "exponent")
_PARTS = (10, 3, 1)


def measure_growth(trial: Trial) -> list[Measure]:
    """The exponent of persons in the seconds that the spells take, on a tenth, a third and all."""
    sizes = [max(1, trial.persons // part) for part in _PARTS]
    with ExitStack() as shops:
        tasks = {}
        for size in sizes:
            folder = trial.folder / str(size)
            files = make_up_dream(folder, size, trial.weeks)
            shop = shops.enter_context(open_workshop(folder, files))
            tasks[str(size)] = partial(shop.build, "core.benefit_spells")
        seconds = time_tasks(tasks)
    exponent = fit_exponent([float(size) for size in seconds], list(seconds.values()))
    detail = " and ".join(f"{size:,}" for size in sizes) + f" persons x {trial.weeks.n_weeks} weeks"
    return [judge("growth of the spells' cost with persons", exponent, _GOAL, detail)]


def fit_exponent(sizes: list[float], seconds: list[float]) -> float:
    """The slope of the logarithm of seconds on that of sizes, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
