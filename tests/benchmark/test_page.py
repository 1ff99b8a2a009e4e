"""The benchmark's page says what the generator plants and what was scored."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.report.headline import choose_inference
from pipeline.spec import load_study
from tests.benchmark.page import PAGE, RECORDED, fill_page


def test_the_page_is_as_it_would_be_written_now() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert fill_page(text) == text, "run: python -m tests.benchmark.page"


def test_a_stale_figure_is_seen() -> None:
    text = PAGE.read_text(encoding="utf-8")
    stale = text.replace("| Favrskov | 29 | 29.0 |", "| Favrskov | 29 | 28.0 |")
    assert stale != text
    assert fill_page(stale) == text


def test_a_page_without_a_block_is_told() -> None:
    with pytest.raises(AssertionError, match="has no block cases"):
        fill_page("# Nothing\n")


@pytest.mark.parametrize("shocks", ["with", "without"])
def test_what_is_behind_bold_covers_and_holds_its_size_in_every_quarter(shocks: str) -> None:
    """In 93 to 97 of 100, and at most 5, but for two Monte-Carlo errors of what was recorded."""
    study = load_study("hir")
    scores = pl.read_csv(RECORDED / f"scores_{shocks}.csv").filter(tested="one_unit")
    headline = {outcome: choose_inference(study, outcome) for outcome in study.outcomes}
    own = scores.filter(pl.col("inference") == pl.col("outcome").replace_strict(headline))
    too_few = own.filter(pl.col("coverage") < 0.93 - 2 * pl.col("coverage_error"))
    too_many = own.filter(pl.col("coverage") > 0.97 + 2 * pl.col("coverage_error"))
    oversized = own.filter(pl.col("rejection_rate") > 0.05 + 2 * pl.col("rejection_rate_error"))

    assert own.height == 4 * 5
    assert [each.height for each in (too_few, too_many, oversized)] == [0, 0, 0]
    plain = scores.filter(inference="placebo_t", outcome="weeks_between_measures", size="largest")
    assert plain["coverage"].item() < 0.93 - 2 * plain["coverage_error"].item()
