from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.cell_model import CellModel
from pipeline.models.exits import ExitCells, Exits
from pipeline.models.pseudo_values import PseudoPanels

REST = frozenset({"Cortsø", "Dragør", "Egense"})
UNITS = ("Anholt", "Brund")


def draw_stays(last_week: int) -> pl.DataFrame:
    """One stay of each of 900 persons in each period, some of which end in education."""
    draw = np.random.default_rng(5)
    n = 1800
    gone = draw.random(n) < 0.3
    duration = np.where(gone, draw.integers(1, 53, n), draw.integers(last_week, 61, n))
    return pl.DataFrame(
        {
            "population": "everyone",
            "sampling": "flow",
            "period": ["before", "intervention"] * (n // 2),
            "person_id": [f"p{number // 2:03d}" for number in range(n)],
            "jobcentre": draw.choice([*UNITS, *sorted(REST)], n),
            "entry_weeks": 0,
            "duration_weeks": duration,
            "way_out": [("education" if left else None) for left in gone],
        }
    )


def model_of(stays: pl.DataFrame) -> CellModel:
    exits = Exits(stays, "everyone", "flow")
    fit_cell = ExitCells(exits, ["education"]).fit
    return CellModel(fit_cell, PseudoPanels(exits.book, fit_cell))


def test_those_of_a_share_are_the_job_centres_own_shares() -> None:
    stays = draw_stays(60)

    panel = model_of(stays).build_panel(UNITS, REST, "intervention", is_pooled=True)

    shares = {
        (unit, period): value
        for unit, period, value in stays.group_by("jobcentre", "period")
        .agg((pl.col("way_out") == "education").sum() / pl.len())
        .iter_rows()
    }
    assert panel.units == (*UNITS, "Cortsø", "Dragør", "Egense")
    assert panel.is_treated.tolist() == [True, True, False, False, False]
    found = panel.numerator / panel.denominator
    for place, unit in enumerate(panel.units):
        expected = [shares[unit, period] for period in ("before", "intervention")]
        assert found[place].tolist() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("is_pooled", [True, False])
def test_weighted_by_persons_their_mean_is_the_figure_of_the_group(is_pooled: bool) -> None:
    model = model_of(draw_stays(20))

    panel = model.build_panel(UNITS, REST, "intervention", is_pooled=is_pooled)

    rest = model.fit_change(REST, "intervention")
    pooled = panel.numerator[2:].sum(0) / panel.denominator[2:].sum(0)
    assert pooled.tolist() == pytest.approx([rest.before.mean, rest.during.mean], rel=1e-10)
    if is_pooled:
        unit = model.fit_change(frozenset(UNITS), "intervention")
        together = panel.numerator[:2].sum(0) / panel.denominator[:2].sum(0)
        assert together.tolist() == pytest.approx([unit.before.mean, unit.during.mean], rel=1e-10)
    else:
        own = model.fit_change(frozenset({"Anholt"}), "intervention")
        found = (panel.numerator[0] / panel.denominator[0]).tolist()
        assert found == pytest.approx([own.before.mean, own.during.mean], rel=1e-10)


def test_near_the_job_centres_own_figures_where_spells_are_censored() -> None:
    model = model_of(draw_stays(20))

    panel = model.build_panel(UNITS, REST, "intervention", is_pooled=True)

    for place, unit in enumerate(panel.units):
        own = model.fit_change(frozenset({unit}), "intervention").during.mean
        assert panel.numerator[place, 1] / panel.denominator[place, 1] == pytest.approx(
            own, abs=0.02
        )


def test_a_unit_without_a_figure_is_unknown_and_a_rest_without_one_gives_no_panel() -> None:
    stays = draw_stays(60)
    short = stays.filter((pl.col("jobcentre") != "Anholt") | (pl.col("duration_weeks") < 50))
    panel = model_of(short).build_panel(UNITS, REST, "intervention", is_pooled=False)
    assert panel.denominator[0].tolist() == [0, 0]
    assert not panel.is_known[0]
    assert panel.is_known[1:].all()

    none = stays.filter(~pl.col("jobcentre").is_in(REST) | (pl.col("duration_weeks") < 50))
    assert model_of(none).build_panel(UNITS, REST, "intervention", is_pooled=True) is None


def test_a_job_centre_without_persons_is_left_out_of_the_rest() -> None:
    panel = model_of(draw_stays(60)).build_panel(
        UNITS, REST | {"Falslev"}, "intervention", is_pooled=True
    )
    assert "Falslev" not in panel.units
