"""Careers drawn by Hypothesis, and the registers they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from pipeline.weeks import WEEK, format_week_column, list_weeks

CODES = (None, 730, 810, 813, 817)


@dataclass(frozen=True)
class Career:
    """Runs of one code after another, municipality by year, and jobs as rows of e-income."""

    runs: tuple[tuple[int | None, int], ...]
    municipalities: tuple[int | None, ...] = ()
    jobs: tuple[tuple[date, float, int], ...] = ()

    def row(self, key: str, weeks: Sequence[date], first_year: int) -> dict[str, Any]:
        """The person's row of DREAM; the career is repeated to the last week."""
        endless = (code for _ in weeks for code, length in self.runs for _ in range(length))
        codes = islice(endless, len(weeks))
        return (
            {"pnr": key}
            | {format_week_column(week): code for week, code in zip(weeks, codes, strict=True)}
            | {f"nykom{first_year + i}": code for i, code in enumerate(self.municipalities)}
        )

    def list_jobs(self, key: str) -> list[dict[str, Any]]:
        """The person's rows of e-income."""
        return [
            {
                "pnr": key,
                "ajo_job_start_dato": first_day,
                "ajo_job_slut_dato": first_day,
                "ajo_loentimer": hours,
                "stoette_besk_kode": support,
            }
            for first_day, hours, support in self.jobs
        ]


def draw_runs(
    longest: int, more: tuple[int, ...] = ()
) -> st.SearchStrategy[tuple[tuple[int | None, int], ...]]:
    """Weeks on the benefit, with and without a measure, are likelier than others."""
    run = st.tuples(st.sampled_from((*CODES, 810, 810, 813, *more)), st.integers(1, longest))
    return st.lists(run, min_size=1, max_size=8).map(tuple)


def draw_jobs(months: Sequence[date]) -> st.SearchStrategy[tuple[tuple[date, float, int], ...]]:
    """Several jobs, in one month too; with and without support, some without hours."""
    job = st.tuples(
        st.sampled_from(months), st.sampled_from([0.0, 0.5, 30.25]), st.sampled_from([0, 0, 1, 3])
    )
    return st.lists(job, max_size=4).map(tuple)


def count_weeks(first_week: date, n_weeks: int) -> list[date]:
    return list_weeks(first_week, first_week + WEEK * (n_weeks - 1))
