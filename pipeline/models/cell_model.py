"""A model that is fitted to each group of job centres in each period by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.models.comparison import Comparison
from pipeline.models.contrast import Cell, Change, Contrast
from pipeline.models.inference import UnitPanel
from pipeline.spec import BEFORE


class Panels(Protocol):
    """What job centres are like, for the methods that look at each of them."""

    def build(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """As a model's `build_panel`."""


class CellModel:
    """A model that is fitted to each group of job centres in each period by itself."""

    def __init__(
        self, fit_cell: Callable[[frozenset[str], str], Cell], panels: Panels | None = None
    ) -> None:
        """Takes what fits a group in a period, and the panels if job centres are looked at."""
        self._fit_cell = fit_cell
        self._panels = panels

    def fit_contrast(self, comparison: Comparison, phase: str) -> Contrast:
        """A unit against the rest, the year before against a phase."""
        return Contrast(
            self.fit_change(comparison.treated, phase), self.fit_change(comparison.rest, phase)
        )

    def fit_change(self, jobcentres: frozenset[str], phase: str) -> Change:
        """A group of job centres by itself, the year before against a phase."""
        return Change(self._fit_cell(jobcentres, BEFORE), self._fit_cell(jobcentres, phase))

    def build_panel(
        self, treated: Sequence[str], rest: frozenset[str], phase: str, *, is_pooled: bool
    ) -> UnitPanel | None:
        """What each job centre is like, or None where that is not asked for or not known."""
        if self._panels is None:
            return None
        return self._panels.build(treated, rest, phase, is_pooled=is_pooled)
