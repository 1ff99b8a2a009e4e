from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.codes import list_ways_out
from pipeline.models.comparison import list_comparisons
from pipeline.models.exit_curves import INCIDENCE_SCHEMA, fit_incidence_curves
from pipeline.models.exit_hazards import HAZARD_SCHEMA, fit_exit_hazards
from pipeline.models.exits import fit_exits
from pipeline.spec import Outcome, Study

COUNTED = ("flexible_job", "education")


@pytest.fixture(scope="module")
def asked(study: Study) -> Study:
    """The small study, asking of exits: those under way in a window count."""
    outcome = Outcome(
        label="Left for a job or education",
        kind="exits",
        favourable="higher",
        any_of=COUNTED,
        sampling="stock_and_flow",
    )
    return study.model_copy(update={"outcomes": {"exits": outcome}})


@pytest.fixture(scope="module")
def stays() -> pl.DataFrame:
    """Parts of stays of 300 persons, drawn once and for all."""
    draw = np.random.default_rng(11)
    n = 3000
    duration = draw.integers(1, 80, n)
    ways = [*list_ways_out(), None, None, None]
    return pl.DataFrame(
        {
            "population": "everyone",
            "sampling": "stock_and_flow",
            "period": draw.choice(["before", "intervention", "last"], n),
            "person_id": [f"p{number:03d}" for number in draw.integers(0, 300, n)],
            "jobcentre": draw.choice(["Anholt", "Brund", "Cortsø", "Dragør", "Falslev"], n),
            "entry_weeks": np.where(draw.random(n) < 0.5, draw.integers(0, duration), 0),
            "duration_weeks": duration,
            "way_out": [ways[number] for number in draw.integers(0, len(ways), n)],
        }
    )


def share_plainly(rows: list[tuple[int, int, str | None]], counted: tuple[str, ...]) -> float:
    """The share that has left by some ways out after 52 weeks, week by week."""
    left, taken = 1.0, 0.0
    for week in range(1, 53):
        at_risk = [row for row in rows if row[0] < week <= row[1]]
        gone = [row[2] for row in at_risk if row[1] == week and row[2] is not None]
        taken += left * sum(way in counted for way in gone) / len(at_risk)
        left *= 1 - len(gone) / len(at_risk)
    return taken


@pytest.mark.parametrize(
    ("model", "counted"),
    [
        ("aalen_johansen_stock_and_flow", COUNTED),
        ("aalen_johansen.other_benefit_stock_and_flow", ("other_benefit",)),
    ],
)
def test_levels_and_effects_equal_the_plain_computation(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame, model: str, counted: tuple[str, ...]
) -> None:
    rows = fit_exits(asked, stays, list_comparisons(asked, jobcentres)).rows

    def plain(group: list[str], period: str) -> float:
        chosen = stays.filter(pl.col("jobcentre").is_in(group), pl.col("period") == period)
        return share_plainly(
            chosen.select("entry_weeks", "duration_weeks", "way_out").rows(), counted
        )

    found = rows.filter(
        unit="participating", phase="intervention", model=model, inference="person_cluster"
    ).row(0, named=True)
    unit, rest = ["Anholt", "Brund"], ["Cortsø", "Dragør"]
    before, during = plain(unit, "before"), plain(unit, "intervention")
    change = plain(rest, "intervention") - plain(rest, "before")
    assert found["before"] == pytest.approx(before, rel=1e-12)
    assert found["during"] == pytest.approx(during, rel=1e-12)
    assert found["effect"] == pytest.approx(during - before - change, rel=1e-9)
    events = stays.filter(
        pl.col("jobcentre").is_in(unit),
        pl.col("period") != "last",
        pl.col("way_out").is_in(counted),
    )
    assert found["n_events"] == events.height
    assert found["std_error"] > 0


def test_every_way_out_has_a_model_of_its_own(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame
) -> None:
    rows = fit_exits(asked, stays, list_comparisons(asked, jobcentres)).rows

    ways = [f"aalen_johansen.{way}_stock_and_flow" for way in list_ways_out()]
    assert set(rows["model"]) == {"aalen_johansen_stock_and_flow", *ways}


def test_weeks_in_which_nobody_is_followed_leave_the_share_unknown(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame
) -> None:
    kept = (pl.col("jobcentre") != "Brund") | (pl.col("duration_weeks") < 52)

    found = fit_exits(asked, stays.filter(kept), list_comparisons(asked, jobcentres))

    rows = found.rows.filter(unit="Brund", phase="intervention")
    assert rows["before"].null_count() == rows.height > 0
    assert any("nobody is followed in some of the first 52 weeks" in n for n in found.notices)


def test_curves_rise_to_the_share_in_the_estimates(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame
) -> None:
    comparisons = list_comparisons(asked, jobcentres)

    curves = fit_incidence_curves(asked, stays, comparisons)

    assert curves.schema == pl.Schema(INCIDENCE_SCHEMA)
    last = curves.filter(week=52, unit="participating", period="during", way_out="education").row(
        0, named=True
    )
    estimate = fit_exits(asked, stays, comparisons).rows.filter(
        unit="participating",
        phase="intervention",
        model="aalen_johansen.education_stock_and_flow",
        inference="person_cluster",
    )
    assert last["incidence"] == pytest.approx(estimate["during"].item())
    assert 0 < last["ci_low"] < last["incidence"] < last["ci_high"] < 1
    first = curves.filter(week=0)
    assert first["incidence"].to_list() == [0.0] * 24
    assert first["std_error"].null_count() == 24


def test_hazards_are_events_over_weeks_and_their_ratio_has_an_interval(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame
) -> None:
    rows = fit_exit_hazards(asked, stays, list_comparisons(asked, jobcentres))

    assert rows.schema == pl.Schema(HAZARD_SCHEMA)
    of_way = rows.filter(period="during", way_out="flexible_job")
    unit = of_way.filter(unit="participating").row(0, named=True)
    rest = of_way.filter(unit="rest_of_country").row(0, named=True)
    chosen = stays.filter(
        pl.col("jobcentre").is_in(["Anholt", "Brund"]), pl.col("period") == "intervention"
    )
    weeks = (chosen["duration_weeks"] - chosen["entry_weeks"]).sum()
    events = (chosen["way_out"] == "flexible_job").sum()
    assert (unit["n_events"], unit["weeks_at_risk"]) == (events, weeks)
    assert unit["hazard"] == pytest.approx(events / weeks)
    assert unit["hazard_ratio"] == pytest.approx(unit["hazard"] / rest["hazard"])
    assert unit["ci_low"] < unit["hazard_ratio"] < unit["ci_high"]
    assert rest["hazard_ratio"] is None
    # With persons that have few events each, near the error of independent counts.
    naive = (1 / unit["n_events"] + 1 / rest["n_events"]) ** 0.5
    found = (np.log(unit["ci_high"]) - np.log(unit["ci_low"])) / (2 * 1.96)
    assert found == pytest.approx(naive, rel=0.2)


def test_a_way_that_nobody_took_has_no_ratio(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame
) -> None:
    none = stays.with_columns(
        way_out=pl.when(pl.col("way_out") != "education").then(pl.col("way_out"))
    )

    rows = fit_exit_hazards(asked, none, list_comparisons(asked, jobcentres))

    unit = rows.filter(way_out="education", unit="participating")
    assert unit["n_events"].to_list() == [0, 0]
    assert unit["hazard"].to_list() == [0.0, 0.0]
    assert unit["hazard_ratio"].null_count() == 2


def test_row_order_leaves_no_trace(
    asked: Study, jobcentres: list[str], stays: pl.DataFrame
) -> None:
    comparisons = list_comparisons(asked, jobcentres)
    shuffled = stays.sample(fraction=1, shuffle=True, seed=7)

    for fit in (fit_exit_hazards, fit_incidence_curves):
        first = fit(asked, stays, comparisons)
        assert_frame_equal(fit(asked, shuffled, comparisons), first, check_exact=True)
