"""What persons add to the sums of a job centre."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.layout import OutFolder
from pipeline.models.inference import SHARES, WEEKS
from pipeline.montecarlo.persons import PersonRows, read_person_rows
from pipeline.montecarlo.trial import Trial
from pipeline.spec import Outcome

POPULATION = "resource_course"


def test_sums_are_those_of_the_persons(people: PersonRows) -> None:
    sums = people.sum_up(2, SHARES)
    own = people.amounts[people.unit == 7, 2]
    assert sums.numerator[7].tolist() == own[:, [0, 2]].sum(axis=0).tolist()
    assert sums.denominator[7].tolist() == own[:, [1, 3]].sum(axis=0).tolist()
    assert sums.persons[7].tolist() == [
        (own[:, :2] > 0).any(1).sum(),
        (own[:, 2:] > 0).any(1).sum(),
    ]
    assert sums.n_persons[7] == (own > 0).any(axis=1).sum()
    assert sums.moments[7] == pytest.approx(own.T @ own)


def test_chosen_job_centres_come_in_the_order_asked_for(people: PersonRows) -> None:
    sums = people.sum_up(0, WEEKS)
    chosen = sums.choose((sums.units[4], sums.units[1]))
    assert chosen.units == (sums.units[4], sums.units[1])
    assert chosen.numerator.tolist() == sums.numerator[[4, 1]].tolist()
    assert chosen.moments[1].tolist() == sums.moments[1].tolist()


def test_a_job_centre_that_nobody_is_in_is_left_out() -> None:
    rows = PersonRows(("A", "B", "C"), np.array([0, 2]), np.ones((2, 1, 4)), {}, np.arange(2))
    assert rows.sum_up(0, SHARES).choose(("C", "B", "A")).units == ("C", "A")


def test_exposure_is_weeks_at_risk_or_persons(people: PersonRows) -> None:
    weeks, shares = (
        people.sum_up(place, law).build_panel(("Faxe",), is_pooled=False)
        for place, law in ((0, WEEKS), (2, SHARES))
    )
    assert weeks.exposure.tolist() == weeks.numerator.tolist()
    assert shares.exposure.tolist() == shares.persons.tolist()
    assert np.flatnonzero(weeks.is_treated).tolist() == [weeks.units.index("Faxe")]


def test_hours_are_read_by_the_week_as_the_truth_has_them(trial: Trial, tmp_path: Path) -> None:
    hours = Outcome(label="Hours", kind="hours", favourable="higher")
    study = trial.study.model_copy(update={"outcomes": {"hours": hours}})
    asked, out = Trial(study, trial.options), OutFolder(tmp_path)
    cells = pl.DataFrame(
        [
            (POPULATION, "hours", "before", "1", "Faxe", 37 * 16033, 2 * 16033),
            (POPULATION, "hours", "intervention", "1", "Faxe", 0, 3 * 16033),
        ],
        ["population", "outcome", "period", "person_id", "jobcentre", "numerator", "denominator"],
        orient="row",
    )
    path = out.table("analysis.mean_cells")
    path.parent.mkdir(parents=True)
    cells.write_parquet(path)

    rows = read_person_rows(asked, out)

    assert rows.amounts[0, 0].tolist() == pytest.approx([37, 2, 0, 3], rel=1e-12)
    sums = asked.expect(asked.course)[asked.units.index("Faxe"), 0]
    truth = asked.truth.filter(unit="Faxe", phase="intervention").row(0, named=True)
    assert sums[0] / sums[1] == pytest.approx(truth["before"], rel=1e-12)
    assert sums[2] / sums[3] == pytest.approx(truth["during"], rel=1e-12)


def test_rows_are_read_from_the_analysis_tables(trial: Trial, tmp_path: Path) -> None:
    out = OutFolder(tmp_path)
    share, weeks = "share_practice_or_hours", "weeks_between_measures"
    assert list(trial.outcomes) == [weeks, "weeks_to_first_measure", share, "exits"]
    cells = pl.DataFrame(
        [
            (POPULATION, share, "before", "1", "Faxe", 10, 52),
            (POPULATION, share, "intervention", "1", "Faxe", 0, 40),
            (POPULATION, share, "last_3_months", "1", "Faxe", 0, 13),
            (POPULATION, share, "intervention", "1", "Greve", 4, 16),
            (POPULATION, share, "before", "2", "Greve", 0, 0),
            ("other", share, "before", "3", "Greve", 1, 9),
        ],
        ["population", "outcome", "period", "person_id", "jobcentre", "numerator", "denominator"],
        orient="row",
    )
    spells = pl.DataFrame(
        [
            (POPULATION, "flow", "before", "1", "Faxe", 0, 10, True),
            (POPULATION, "flow", "before", "1", "Faxe", 0, 5, False),
            (POPULATION, "stock_and_flow", "before", "1", "Faxe", 3, 10, True),
            ("other", "flow", "before", "1", "Faxe", 0, 7, True),
            (POPULATION, "flow", "intervention", "9", "Faxe", 0, 3, True),
        ],
        ["population", "sampling", "period", "person_id", "jobcentre", "entry_weeks",
         "duration_weeks", "has_event"],
        orient="row",
    )  # fmt: skip
    ways = pl.DataFrame(
        [
            ("resource_course_each_period", "stock_and_flow", "before", "1", "Faxe", 50, 60, None),
            ("resource_course_each_period", "stock_and_flow", "before", "1", "Faxe", 0, 2,
             "education"),
            ("resource_course_each_period", "stock_and_flow", "intervention", "2", "Greve", 0, 3,
             "other_benefit"),
            ("resource_course_each_period", "flow", "intervention", "7", "Greve", 0, 9, None),
            (POPULATION, "stock_and_flow", "intervention", "8", "Greve", 0, 9, None),
        ],
        [*spells.columns[:7], "way_out"],
        orient="row",
    )  # fmt: skip
    waits = spells.filter(person_id="9")
    tables = {"mean_cells": cells, "duration_spells": spells, "exit_spells": ways}
    for noun, frame in (tables | {"first_measure_spells": waits}).items():
        path = out.table(f"analysis.{noun}")
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path)
    rows = read_person_rows(trial, out)
    faxe, greve = trial.units.index("Faxe"), trial.units.index("Greve")
    assert rows.unit.tolist() == [faxe, faxe, greve, greve]
    assert rows.amounts[:, :3].tolist() == [
        [[15, 1, 0, 0], [0, 0, 0, 0], [10, 52, 0, 40]],
        [[0, 0, 3, 1], [0, 0, 3, 1], [0, 0, 0, 0]],
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 4, 16]],
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    ]
    stays = rows.stays["exits"]
    assert stays.is_there.tolist() == [[True, False], [False, False], [False, False], [False, True]]
    at_risk, counted, left = stays.counts[0, 0].tolist()
    assert at_risk == [1, 1, *[0] * 48, 1, 1]
    assert counted == left == [0, 1, *[0] * 50]
    at_risk, counted, left = stays.counts[3, 1].tolist()
    assert (sum(at_risk), sum(counted), left) == (3, 0, [0, 0, 1, *[0] * 49])
    assert rows.amounts[:, 3, [1, 3]].tolist() == [[4, 0], [0, 0], [0, 0], [0, 3]]
