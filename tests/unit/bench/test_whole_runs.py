"""Measures of whole runs: the study's population, memory, and growth with the number of persons."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.bench.growth import fit_exponent, measure_growth
from pipeline.bench.measure import Trial
from pipeline.bench.memory import count_bytes, measure_memory, weigh
from pipeline.bench.population import measure_population
from pipeline.spec import parse_weeks

WEEKS = parse_weeks("2017-W01..2019-W13")
TOO_SHORT = parse_weeks("2018-W01..2018-W10")
MEGABYTES = 150
tells_memory = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource module")


def test_growth_is_the_slope_of_the_logarithms() -> None:
    sizes = [1e5, 3e5, 1e6]
    assert fit_exponent(sizes, [7 * size**1.25 for size in sizes]) == pytest.approx(1.25)


def test_growth_is_measured_on_a_tenth_a_third_and_all(tmp_path: Path) -> None:
    (found,) = measure_growth(Trial(60, TOO_SHORT, "1GB", tmp_path))
    assert found.unit == "exponent"
    assert found.value is not None
    assert found.detail == "6 and 20 and 60 persons x 10 weeks"


def test_a_population_is_found_in_spells_that_are_there(tmp_path: Path) -> None:
    (found,) = measure_population(Trial(500, WEEKS, "1GB", tmp_path))
    assert found.value is not None
    assert found.value > 0
    assert found.goal == "at most 1.5"
    assert "500 persons x 117 weeks" in found.detail


def test_a_population_is_unknown_where_the_weeks_do_not_hold_the_study(tmp_path: Path) -> None:
    (found,) = measure_population(Trial(50, TOO_SHORT, "1GB", tmp_path))
    assert (found.value, found.met) == (None, None)
    assert found.detail == "the weeks do not hold the windows of the study hir"


@pytest.mark.parametrize(
    ("limit", "n_bytes"), [("2GB", 2e9), ("500 MB", 5e8), ("1.5gb", 1.5e9), ("2GiB", 2 * 2**30)]
)
def test_an_amount_of_memory_is_read_as_the_engine_reads_it(limit: str, n_bytes: float) -> None:
    assert count_bytes(limit) == n_bytes


@tells_memory
def test_a_command_is_weighed_with_its_exit_code() -> None:
    held = bytearray(2 * MEGABYTES * 10**6)
    code = f"held = bytearray({MEGABYTES} * 10**6); raise SystemExit(3)"
    found = weigh([sys.executable, "-c", code])
    assert found is not None
    exit_code, peak = found
    assert exit_code == 3
    # The memory of this very process is not counted.
    assert MEGABYTES * 1e6 < peak < len(held)


@tells_memory
def test_the_memory_of_a_run_that_fails_is_unknown_and_says_how_it_ended(tmp_path: Path) -> None:
    (found,) = measure_memory(Trial(50, TOO_SHORT, "1GB", tmp_path))
    assert (found.value, found.met, found.goal) == (None, False, "at most 1.5e+09")
    assert found.detail == "50 persons x 10 weeks: the run ended with exit code 11"


@tells_memory
@pytest.mark.slow
def test_the_memory_of_a_whole_run_is_bytes(tmp_path: Path) -> None:
    (found,) = measure_memory(Trial(3_000, WEEKS, "500MB", tmp_path))
    assert found.value is not None
    assert 5e7 < found.value < 2e9
    assert found.unit == "bytes"
