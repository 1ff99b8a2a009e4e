"""Jobs and hours."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from pipeline.synthetic.months import make_months
from pipeline.weeks import list_weeks
from tests.unit.synthetic.registers import Registers


def test_a_week_belongs_to_the_month_of_its_thursday() -> None:
    months = make_months(tuple(list_weeks(date(2018, 1, 29), date(2018, 3, 26))))
    assert months.firsts == (date(2018, 2, 1), date(2018, 3, 1))
    assert months.of_week.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert months.weeks(1).tolist() == [4, 5, 6, 7, 8]


def test_hours_on_the_course_are_as_frequent_everywhere(registers: Registers) -> None:
    """In measure or not, before or later: otherwise the true share would not be exact."""
    hours, on_course = registers.ordinary_hours, registers.on_course
    for part in (registers.active, on_course & ~registers.active):
        weeks = (part & on_course).sum(axis=1)
        with_hours = (part & hours).sum(axis=1)
        scores = with_hours - 0.012 * weeks
        assert abs(scores.sum()) < 4.2 * np.sqrt((scores**2).sum())


def test_few_have_hours_on_the_course_and_those_have_them_often(registers: Registers) -> None:
    both = registers.ordinary_hours & registers.on_course
    long = registers.on_course.sum(axis=1) > 150
    assert 0.03 < both[long].any(axis=1).mean() < 0.07


def test_months_with_hours_come_in_runs(registers: Registers) -> None:
    middles = [registers.columns.index(name) for name in ("y_1707", "y_1711")]
    on_course = registers.on_course[:, middles].all(axis=1)
    february, march = registers.ordinary_hours[on_course][:, middles].T
    assert march[february].mean() == pytest.approx(0.8, abs=0.12)
    assert march[~february].mean() < 0.01


def test_subsidised_weeks_come_with_subsidised_jobs(registers: Registers) -> None:
    middle = registers.columns.index("y_1811")
    subsidised = np.isin(registers.codes[:, middle], (815, 816))
    march = registers.bfl.filter(
        pl.col("ajo_job_start_dato").dt.truncate("1mo") == date(2018, 3, 1),
        pl.col("stoette_besk_kode") == 1,
    )
    whose = registers.dream["pnr"].filter(pl.Series(subsidised))
    assert len(whose) > 20
    assert whose.is_in(march["pnr"].to_list()).mean() > 0.7


def test_most_of_those_without_benefit_work(registers: Registers) -> None:
    month = registers.bfl.filter(
        pl.col("ajo_job_start_dato").dt.truncate("1mo") == date(2018, 3, 1)
    )
    works = registers.dream["pnr"].is_in(month["pnr"].to_list()).to_numpy()
    blank = registers.codes[:, registers.columns.index("y_1811")] == 0
    assert works[blank].mean() == pytest.approx(0.8, abs=0.1)
    dead = registers.codes[:, registers.columns.index("y_1808")] == 999
    assert not works[dead].any()
