"""The benchmark's page says what the generator plants and what was scored."""

from __future__ import annotations

import pytest

from tests.benchmark.page import PAGE, fill_page


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
