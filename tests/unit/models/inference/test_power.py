"""The smallest effect a design would find, against how often it is found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pipeline.models.inference import (
    CR3,
    PLACEBO_T,
    PLACEBO_T_LEVEL,
    SHARES,
    Inference,
    UnitPanel,
    assess_each,
)
from pipeline.models.inference.placebos import gather_placebos
from pipeline.models.inference.pooled import infer_pooled
from pipeline.models.inference.power import find_detectable_each, find_detectable_together
from pipeline.models.inference.ranks import find_critical
from pipeline.models.inference.scales import SCALES


def raise_during(panel: UnitPanel, sizes: np.ndarray) -> UnitPanel:
    """Every treated unit's mean during the programme moved by a size."""
    moved = panel.numerator.copy()
    moved[panel.is_treated, 1] += sizes * panel.denominator[panel.is_treated, 1]
    return replace(panel, numerator=moved)


def test_four_in_five_of_the_comparison_units_noises_leave_it_above_the_critical_value(
    panel: UnitPanel,
) -> None:
    placebos = gather_placebos(panel)
    tested, comparison = SCALES[PLACEBO_T](placebos)
    noise = placebos.placebo_effects / comparison
    critical = find_critical(np.abs(noise))
    both = np.concatenate([noise, -noise])
    for size, scale in zip(find_detectable_each(panel, PLACEBO_T).values(), tested, strict=True):
        assert size > 0
        assert (both + size / scale >= critical * (1 - 1e-12)).mean() >= 0.8
        assert (both + 0.98 * size / scale >= critical).mean() < 0.8


def test_single_effects_of_this_size_are_found_four_times_in_five(
    draw_panel: Callable[..., UnitPanel],
) -> None:
    found = []
    for seed in range(100):
        panel = draw_panel(60, 4, seed)
        sizes = np.array(list(find_detectable_each(panel, PLACEBO_T).values()))
        verdicts = assess_each(raise_during(panel, sizes)).values()
        found += [verdict[PLACEBO_T].p_value <= 0.05 for verdict in verdicts]
    # 400 draws have a Monte-Carlo error of .02; those of one panel hang together a little.
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


def test_pooled_effects_of_this_size_are_found_four_times_in_five(
    draw_panel: Callable[..., UnitPanel],
) -> None:
    found = []
    for seed in range(400):
        panel = draw_panel(60, 15, seed)
        size = find_detectable_together(panel)
        verdict = infer_pooled(raise_during(panel, np.full(15, size)), CR3)
        assert isinstance(verdict, Inference)
        found.append(verdict.p_value <= 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_where_nothing_could_be_found_the_size_is_unknown(
    small_panel: UnitPanel, draw_panel: Callable[..., UnitPanel]
) -> None:
    # Four comparison units give no p-value under 1/5.
    assert find_detectable_each(small_panel, PLACEBO_T) == {"a": None}
    assert find_detectable_each(draw_panel(3, 1), PLACEBO_T) == {"u00": None}
    assert find_detectable_together(small_panel) is None
    panel = draw_panel()
    still = replace(panel, numerator=panel.numerator * 0)
    assert set(find_detectable_each(still, PLACEBO_T).values()) == {None}


def test_where_levels_differ_the_size_is_that_of_the_own_level(
    draw_panel: Callable[..., UnitPanel],
) -> None:
    drawn = draw_panel(60, 4)
    sizes = find_detectable_each(drawn, PLACEBO_T)
    # Without a law there is no other method than the one that takes all for alike.
    assert find_detectable_each(drawn, PLACEBO_T_LEVEL) == sizes
    rare = drawn.numerator.copy()
    rare[0] /= 10
    own = find_detectable_each(replace(drawn, numerator=rare, law=SHARES), PLACEBO_T_LEVEL)
    first, second, *_ = own.values()
    assert first is not None
    assert first < 0.6 * sizes["u00"]
    assert second == pytest.approx(sizes["u01"], rel=0.2)
