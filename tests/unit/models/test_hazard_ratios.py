"""Hazard ratios of units and periods, against lifelines on all rows."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from lifelines import CoxPHFitter

from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.models.duration import fit_durations
from pipeline.models.hazard_ratios import HazardRatios
from pipeline.models.inference import Inference, UnitPanel
from pipeline.models.spell_book import SpellBook
from pipeline.models.tally import FloatArray
from pipeline.spec import BEFORE, INTERVENTION, Study

UNIT, REST = frozenset({"Anholt", "Brund"}), frozenset({"Cortsø", "Dragør", "Egense"})
TOGETHER = Comparison("participating", UNIT, REST)


@pytest.fixture(scope="module")
def spells(many_spells: pl.DataFrame) -> pl.DataFrame:
    """Without ties, which lifelines' residuals and a plain count take otherwise."""
    chosen = pl.col("sampling") == "stock_and_flow", pl.col("period") != "last"
    cause = pl.when("has_event").then(0).otherwise(-1)
    kept = many_spells.filter(*chosen, pl.col("jobcentre") != "Falslev")
    apart = pl.Series(np.random.default_rng(2).permutation(1000)[: kept.height])
    return kept.with_columns(
        pl.col("entry_weeks") * 1000, pl.col("duration_weeks") * 1000 + apart, cause=cause
    )


def fit_in_lifelines(spells: pl.DataFrame) -> CoxPHFitter:
    treated, during = pl.col("jobcentre").is_in([*UNIT]), pl.col("period") == INTERVENTION
    rows = spells.select(
        pl.col("duration_weeks", "entry_weeks", "has_event", "person_id"),
        treated=treated.cast(pl.Int64),
        during=during.cast(pl.Int64),
        both=(treated & during).cast(pl.Int64),
    )
    columns = {"entry_col": "entry_weeks", "cluster_col": "person_id"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CoxPHFitter().fit(rows.to_pandas(), "duration_weeks", "has_event", **columns)


def open_ratios(spells: pl.DataFrame) -> HazardRatios:
    return HazardRatios(SpellBook(spells), looks_at_units=True)


def test_the_effect_is_the_interaction(spells: pl.DataFrame) -> None:
    theirs = fit_in_lifelines(spells)

    found = open_ratios(spells).fit_contrast(TOGETHER, INTERVENTION)

    treated, during, both = theirs.params_
    assert found.unit.before.mean == pytest.approx(treated, abs=1e-6)
    assert found.unit.during.mean == pytest.approx(treated + during + both, abs=1e-6)
    assert (found.rest.before.mean, found.rest.during.mean) == (0, pytest.approx(during, abs=1e-6))
    assert found.effect == pytest.approx(both, abs=1e-6)


def test_the_error_by_person_is_that_of_lifelines(spells: pl.DataFrame) -> None:
    """Of spells seen from their start: lifelines' residuals know no late entry."""
    seen = spells.with_columns(entry_weeks=pl.lit(0))
    verdict = open_ratios(seen).fit_contrast(TOGETHER, INTERVENTION).infer("person_cluster")

    assert isinstance(verdict, Inference)
    assert verdict.std_error is not None
    theirs = fit_in_lifelines(seen)
    persons = spells["person_id"].n_unique()
    plain = verdict.std_error * ((persons - 1) / persons) ** 0.5
    assert plain == pytest.approx(theirs.standard_errors_["both"], rel=1e-5)


def test_the_error_is_that_of_persons_drawn_anew(spells: pl.DataFrame) -> None:
    """A bootstrap over persons that takes no step of the sandwich."""
    found = open_ratios(spells).fit_contrast(TOGETHER, INTERVENTION).infer("person_cluster")
    assert isinstance(found, Inference)
    draw = np.random.default_rng(1)
    persons = spells["person_id"].unique().sort()
    effects = []
    for _ in range(150):
        taken = pl.DataFrame({"person_id": draw.choice(persons.to_numpy(), persons.len())})
        again = open_ratios(spells.join(taken, on="person_id"))
        effects.append(again.fit_contrast(TOGETHER, INTERVENTION).effect)
    assert np.std(effects) == pytest.approx(found.std_error, rel=0.15)


def count_by_hand(spells: pl.DataFrame, theta: float, unit: str) -> float:
    """Events of a job centre in the rest during, over those expected of it under Breslow."""
    rest = spells.filter(pl.col("jobcentre").is_in([*REST]))
    ratio = pl.when(pl.col("period") == INTERVENTION).then(np.exp(theta)).otherwise(1.0)
    rows = rest.with_columns(ratio=ratio)
    own = rows.filter(pl.col("jobcentre") == unit, pl.col("period") == INTERVENTION)
    expected = 0.0
    for (week,), ended in rows.filter("has_event").group_by("duration_weeks"):
        here = (pl.col("entry_weeks") < week) & (pl.col("duration_weeks") >= week)
        hazard = ended.height / rows.filter(here)["ratio"].sum()
        expected += hazard * own.filter(here)["ratio"].sum()
    return own.filter("has_event").height - expected


def test_job_centres_of_the_rest_have_pseudo_values(spells: pl.DataFrame) -> None:
    ratios = open_ratios(spells)
    panel = ratios.build_panel(("Anholt", "Brund"), REST, INTERVENTION, is_pooled=False)

    assert isinstance(panel, UnitPanel)
    alone = ratios.fit_change(REST, INTERVENTION)
    theta = alone.during.mean
    assert theta is not None

    def pool(place: int) -> FloatArray:
        return panel.numerator[2:, place].sum() / panel.denominator[2:, place].sum()

    assert (pool(0), pool(1)) == (pytest.approx(0, abs=1e-9), pytest.approx(theta, abs=1e-9))
    own = panel.numerator[2, 1] / panel.denominator[2, 1]
    extra = count_by_hand(spells, theta, "Cortsø") / alone.during.n_events
    share = panel.denominator[2, 1] / panel.denominator[2:, 1].sum()
    assert (own - theta) * share == pytest.approx(extra, abs=1e-9)
    effect = ratios.fit_contrast(Comparison("Anholt", frozenset({"Anholt"}), REST), INTERVENTION)
    before, during = (panel.numerator[0] / panel.denominator[0]).tolist()
    assert before == pytest.approx(effect.unit.before.mean, abs=1e-9)
    assert during == pytest.approx(effect.unit.during.mean, abs=1e-9)


@pytest.mark.parametrize("silent", [UNIT, REST, UNIT | REST])
@pytest.mark.parametrize("period", [BEFORE, INTERVENTION])
def test_without_an_event_a_ratio_is_unknown(
    spells: pl.DataFrame, silent: frozenset[str], period: str
) -> None:
    is_silent = pl.col("jobcentre").is_in([*silent]) & (pl.col("period") == period)
    muted = spells.with_columns(cause=pl.when(is_silent).then(-1).otherwise("cause"))
    ratios = open_ratios(muted)

    found = ratios.fit_contrast(TOGETHER, INTERVENTION)

    assert found.effect is None
    cell = found.unit.before if period == BEFORE else found.unit.during
    if silent >= UNIT:
        assert (cell.mean, cell.lack) == (None, "no measure start; hazard ratio unknown")
    other = found.unit.during if period == BEFORE else found.unit.before
    assert (other.mean is None) == (silent >= REST and period == BEFORE)


def test_no_spells_are_no_error(spells: pl.DataFrame) -> None:
    assert open_ratios(spells.clear()).fit_contrast(TOGETHER, INTERVENTION).effect is None


def test_rows_have_levels_and_an_effect_and_no_relative_one(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    rows = fit_durations(study, many_spells, list_comparisons(study, jobcentres)).rows
    own = rows.filter(model="cox.log_hazard_ratio")
    assert set(own["phase"]) == {INTERVENTION}
    assert "placebo_t" in set(own.filter(unit="Anholt")["inference"])
    assert {"cr3", "person_cluster"} <= set(own.filter(unit="participating")["inference"])
    assert own["relative_effect"].null_count() == own.height
    assert own.filter(unit="rest_of_country")["before"].to_list() == [0.0]
    beside = rows.filter(model="cox.log_hazard_ratio_stock_and_flow")
    assert set(beside["unit"]) == {"participating", "rest_of_country"}
