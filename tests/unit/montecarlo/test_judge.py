"""One repetition judged: the very figures of a study's own estimators."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.models.comparison import list_comparisons
from pipeline.models.duration import WaitPanels
from pipeline.models.exits import fit_exits
from pipeline.models.inference import assess_each
from pipeline.models.mean import fit_means
from pipeline.montecarlo.exits import count_stays
from pipeline.montecarlo.judge import VERDICT_SCHEMA, judge_placebos, judge_programme
from pipeline.montecarlo.persons import PersonRows
from pipeline.montecarlo.trial import Trial
from tests.unit.montecarlo.conftest import EXITS, SHARE, WEEKS

FIGURES = ("before", "during", "effect", "ci_low", "ci_high")


@pytest.fixture(scope="module")
def programme(trial: Trial, people: PersonRows) -> pl.DataFrame:
    return judge_programme(trial, people)


def test_shares_are_those_that_the_study_would_estimate(
    trial: Trial, people: PersonRows, programme: pl.DataFrame
) -> None:
    cells = [
        ("resource_course", SHARE, period, f"{row:05}", trial.units[people.unit[row]], *pair)
        for row, amounts in enumerate(people.amounts[:, 2].astype(int).tolist())
        for period, pair in zip(("before", "intervention"), (amounts[:2], amounts[2:]), strict=True)
    ]
    names = ["population", "outcome", "period", "person_id", "jobcentre", "numerator",
             "denominator"]  # fmt: skip
    frame = pl.DataFrame(cells, names, orient="row").with_columns(n_events="numerator")
    study = trial.study.model_copy(update={"phases": {}})
    estimates = fit_means(study, frame, list_comparisons(study, trial.units)).rows
    wanted = estimates.filter(pl.col("unit") != "rest_of_country", population="resource_course")
    found = programme.filter(outcome=SHARE).join(wanted, on=["unit", "inference"], suffix="_study")
    assert found.height == wanted.height == programme.filter(outcome=SHARE).height > 100
    for name in FIGURES:
        assert found[name].to_list() == pytest.approx(found[f"{name}_study"].to_list(), rel=1e-9)
    assert found["is_rejected"].to_list() == (found["p_value"] <= 0.05).to_list()


def test_weeks_are_weeks_at_risk_over_starts(
    trial: Trial, people: PersonRows, programme: pl.DataFrame
) -> None:
    spells = [
        (period, f"{row:05}", trial.units[people.unit[row]], 0, weeks, starts)
        for row, amounts in enumerate(people.amounts[:, 0].astype(int).tolist())
        for period, weeks, starts in (("before", *amounts[:2]), ("intervention", *amounts[2:]))
        if weeks
    ]
    names = ["period", "person_id", "jobcentre", "entry_weeks", "duration_weeks", "has_event"]
    panels = WaitPanels(pl.DataFrame(spells, names, orient="row"))
    treated, rest = trial.study.participating, frozenset(trial.rest)
    panel = panels.build(treated, rest, "intervention", is_pooled=False)
    wanted = assess_each(panel)["Gladsaxe"]["placebo_t"]
    found = programme.filter(outcome=WEEKS, unit="Gladsaxe", inference="placebo_t").row(
        0, named=True
    )
    assert found["ci_low"] == pytest.approx(wanted.ci_low)
    assert found["is_rejected"] == (wanted.p_value <= 0.05)


def test_ways_out_are_those_that_the_study_would_estimate(trial: Trial) -> None:
    """All but clustering on persons, which here leans on the curve of all job centres."""
    rng = np.random.default_rng(8)
    n = 9_000
    unit = np.sort(rng.integers(0, len(trial.units), n))
    entry, side = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 70, n)), rng.integers(0, 2, n)
    leave, ends = entry + rng.integers(1, 57, n), rng.choice(3, n, p=[0.5, 0.3, 0.2])
    stays = count_stays(2 * np.arange(n) + side, (entry, leave), ends, n)
    amounts = np.zeros((n, len(trial.outcomes), 4))
    rows = PersonRows(trial.units, unit, amounts, {EXITS: stays}, np.arange(n))
    study = trial.study.model_copy(update={"outcomes": {EXITS: trial.outcomes[EXITS]}})
    found = judge_programme(Trial(study, trial.options), rows)
    study = study.model_copy(update={"phases": {}})
    spells = pl.DataFrame(
        {
            "population": ["resource_course_each_period"] * n,
            "sampling": ["stock_and_flow"] * n,
            "period": np.array(["before", "intervention"])[side],
            "person_id": [f"{row:05}" for row in range(n)],
            "jobcentre": np.array(trial.units)[unit],
            "entry_weeks": entry,
            "duration_weeks": leave,
            "way_out": [(None, "education", "other_benefit")[end] for end in ends],
        }
    )
    estimates = fit_exits(study, spells, list_comparisons(study, trial.units)).rows
    wanted = estimates.filter(
        pl.col("unit") != "rest_of_country",
        model="aalen_johansen_stock_and_flow",
        population="resource_course_each_period",
    )
    both = found.join(wanted, on=["unit", "inference"], suffix="_study")
    assert both.height == wanted.height == found.height > 100
    assert both["effect"].null_count() == 0
    for name in ("before", "during", "effect"):
        assert both[name].to_list() == pytest.approx(both[f"{name}_study"].to_list(), rel=1e-9)
    by_person = both.filter(inference="person_cluster")
    length, theirs = (
        by_person[f"ci_high{suffix}"] - by_person[f"ci_low{suffix}"] for suffix in ("", "_study")
    )
    assert ((length / theirs - 1).abs().median()) < 0.05
    others = both.filter(pl.col("inference") != "person_cluster")
    for name in ("ci_low", "ci_high"):
        assert others[name].to_list() == pytest.approx(others[f"{name}_study"].to_list(), rel=1e-9)


def test_every_method_judges_every_job_centre(trial: Trial, programme: pl.DataFrame) -> None:
    counts = programme.filter(tested="one_unit").group_by("outcome", "inference").len()
    assert set(counts["len"]) == {len(trial.study.participating)}
    assert set(programme.filter(tested="pooled")["unit"]) == {"participating"}
    assert {"person_cluster", "cr3", "wild_bootstrap"} <= set(
        programme.filter(tested="pooled")["inference"]
    )


def test_one_participating_job_centre_has_no_pooled_error(trial: Trial, people: PersonRows) -> None:
    study = trial.study.model_copy(update={"participating": ("Gladsaxe",)})
    alone = Trial(study, trial.options)
    verdicts = judge_programme(alone, people)
    pooled = verdicts.filter(tested="pooled", inference="cr3")
    assert pooled["is_rejected"].to_list() == [None] * 4
    assert pooled["effect"].null_count() == 0
    assert set(judge_placebos(alone, people, np.random.default_rng(1))["tested"]) == {"one_unit"}


def test_placebos_are_job_centres_that_took_no_part(trial: Trial, people: PersonRows) -> None:
    placebos = judge_placebos(trial, people, np.random.default_rng(1))
    assert placebos.schema == VERDICT_SCHEMA
    assert placebos["is_placebo"].all()
    alone = placebos.filter(tested="one_unit")
    assert set(alone["unit"]) == set(trial.rest)
    together = placebos.filter(tested="pooled")
    assert together.group_by("outcome", "inference").len()["len"].to_list() == [1] * 28


def test_without_an_effect_person_clustering_is_right_where_persons_are_all_there_is(
    trial: Trial, people: PersonRows
) -> None:
    """The persons are independent: about one in twenty placebos is found."""
    placebos = judge_placebos(trial, people, np.random.default_rng(1))
    own = placebos.filter(outcome=SHARE, tested="one_unit", inference="person_cluster")
    assert 0.0 <= own["is_rejected"].mean() <= 0.15
