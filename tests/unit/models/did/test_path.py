"""Paths of effects, for several treated units and for one, and what a study makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipeline.models.comparison import Comparison
from pipeline.models.did.event_study import EventStudy, check_pre_trend, fit_event_study
from pipeline.models.did.path import Path, PreTrendVerdict, trace_path
from pipeline.models.did.study_path import PATH_SCHEMA, PRE_TREND_SCHEMA, trace_effects
from pipeline.models.inference import PLACEBO_T, Refusal, UnitPanel
from pipeline.models.inference.one_unit import assess_units
from pipeline.models.inference.placebos import gather_placebos
from pipeline.spec import Study

N_UNITS, N_BLOCKS, BASE = 41, 7, 3


def draw_sums(seed: int = 1, trend: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Shares in 41 units of unequal size over 7 blocks; the first unit has a trend of its own."""
    draw = np.random.default_rng(seed)
    sizes = draw.integers(50, 2_000, (N_UNITS, 1)) * np.ones((1, N_BLOCKS))
    means = 0.3 + draw.normal(0, 0.03, (N_UNITS, N_BLOCKS))
    means[0] += trend * np.arange(N_BLOCKS)
    return means * sizes, sizes


def draw_path(seed: int = 1, trend: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same, with the sizes as exposure."""
    numerator, sizes = draw_sums(seed, trend)
    return numerator, sizes, sizes


def trace(n_treated: int, seed: int = 1, trend: float = 0.0) -> Path:
    path = trace_path(*draw_path(seed, trend), np.arange(N_UNITS) < n_treated, BASE)
    assert isinstance(path, Path)
    return path


def judge(path: Path) -> PreTrendVerdict:
    assert isinstance(path.pre_trend, PreTrendVerdict)
    return path.pre_trend


def test_several_units_are_clustered() -> None:
    study = fit_event_study(*draw_sums(), np.arange(N_UNITS) < 8, BASE)
    assert isinstance(study, EventStudy)
    pre_trend = check_pre_trend(study)
    assert not isinstance(pre_trend, Refusal)

    path = trace(8)

    assert path.effects.tolist() == study.effects.tolist()
    assert path.band == study.simultaneous_margin() > path.margins[0] == study.margin
    assert judge(path).p_value == pre_trend.p_value


def test_one_unit_is_judged_block_by_block_by_placebo_t() -> None:
    numerator, sizes = draw_sums()
    pair = [sums[:, [BASE, 5]] for sums in (numerator, sizes)]
    is_treated = np.arange(N_UNITS) < 1
    units = tuple(map(str, range(N_UNITS)))
    placebos = gather_placebos(UnitPanel(units, *pair, pair[1], pair[1], is_treated))
    scale, margin, _ = assess_units(placebos, PLACEBO_T)

    path = trace(1)

    assert path.effects[5] == pytest.approx(placebos.effects[0], rel=1e-12)
    assert path.std_errors[5] == pytest.approx(scale[0], rel=1e-12)
    assert path.margins[5] * path.std_errors[5] == pytest.approx(margin[0], rel=1e-12)
    assert path.effects[BASE] == path.std_errors[BASE] == 0
    assert path.band > path.margins.max()


def test_a_unit_that_drifts_before_the_start_is_found() -> None:
    assert judge(trace(1, seed=2)).p_value > 0.05
    # No rank among 40 comparison units is below 1/41.
    assert judge(trace(1, seed=2, trend=0.2)).p_value == pytest.approx(1 / 41)


def test_the_detectable_bias_is_found_four_times_in_five() -> None:
    bias = judge(trace(1)).detectable_bias
    assert bias is not None
    # Blocks -3 to 0 before and 1 to 3 after: their means are 3.5 apart.
    slope = bias / 3.5
    found = [judge(trace(1, seed, slope)).p_value <= 0.05 for seed in range(100)]
    assert 0.65 < np.mean(found) < 0.95
    missed = [judge(trace(1, seed, slope / 3)).p_value <= 0.05 for seed in range(100)]
    assert np.mean(missed) < 0.5


def test_one_unit_against_few_is_refused() -> None:
    numerator, sizes = (sums[:15] for sums in draw_sums())
    refusal = trace_path(numerator, sizes, sizes, np.arange(15) < 1, BASE)

    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("14 comparison units with every block of time")


def test_one_block_before_the_start_says_nothing_of_trends() -> None:
    for n_treated in (1, 8):
        path = trace_path(*draw_path(), np.arange(N_UNITS) < n_treated, 0)
        assert isinstance(path, Path)
        assert isinstance(path.pre_trend, Refusal)


START = date(2018, 3, 5)


def draw_weeks(first: int = -52, last: int = 56) -> pl.DataFrame:
    """Weekly sums of six job centres; Anholt and Brund gain a tenth from the start on."""
    rows = [
        {
            "population": "everyone",
            "outcome": "share",
            "jobcentre": name,
            "week": START + timedelta(weeks=week),
            "numerator": 20
            + place
            + (week // 4) ** 2 % (3 + place)
            + 10 * (place < 2 and week >= 0),
            "denominator": 100,
        }
        for place, name in enumerate(("Anholt", "Brund", "Cortsø", "Dragør", "Egense", "Falslev"))
        for week in range(first, last)
    ]
    return pl.DataFrame(rows)


def compare(*treated: str) -> Comparison:
    rest = frozenset({"Cortsø", "Dragør", "Egense"})
    return Comparison("participating", frozenset(treated), rest)


def test_blocks_are_counted_from_the_start(study: Study) -> None:
    paths, _ = trace_effects(study, draw_weeks(), [compare("Anholt", "Brund")])
    quarters = paths.filter(by="quarter")
    months = paths.filter(by="month")

    assert dict(paths.schema) == PATH_SCHEMA
    assert quarters["block"].to_list() == list(range(-4, 5))
    assert quarters["n_weeks"].to_list() == [13] * 8 + [4]
    assert quarters.filter(block=0)["first_week"].item() == START
    assert months["block"].to_list() == list(range(-13, 14))
    assert months["n_weeks"].unique().to_list() == [4]
    for block, effect in zip(quarters["block"], quarters["effect"], strict=True):
        assert effect == pytest.approx(0.1 if block >= 0 else 0.0, abs=0.03)


def test_an_effect_is_the_difference_in_differences_of_the_blocks(study: Study) -> None:
    weeks = draw_weeks()
    paths, _ = trace_effects(study, weeks, [compare("Anholt", "Brund")])
    means = {}
    for name, first in (("base", START - timedelta(weeks=13)), ("block", START)):
        within = weeks.filter(pl.col("week").is_between(first, first + timedelta(weeks=12)))
        for group, members in (("unit", "Anholt Brund"), ("rest", "Cortsø Dragør Egense")):
            own = within.filter(pl.col("jobcentre").is_in(members.split()))
            means[group, name] = own["numerator"].sum() / own["denominator"].sum()
    expected = (means["unit", "block"] - means["unit", "base"]) - (
        means["rest", "block"] - means["rest", "base"]
    )

    assert paths.filter(by="quarter", block=0)["effect"].item() == pytest.approx(expected)


def test_units_that_all_move_alike_are_refused(study: Study) -> None:
    weeks = draw_weeks().with_columns(numerator=pl.lit(20))
    for treated in (("Anholt", "Brund"), ("Anholt",)):
        paths, verdicts = trace_effects(study, weeks, [compare(*treated)])
        assert paths.is_empty()
        assert verdicts["refusal"].null_count() == 0


def test_excluded_job_centres_leave_no_trace(study: Study) -> None:
    weeks = draw_weeks()
    without = weeks.filter(pl.col("jobcentre") != "Falslev")
    comparison = compare("Anholt", "Brund")

    for found, expected in zip(
        trace_effects(study, weeks, [comparison]),
        trace_effects(study, without, [comparison]),
        strict=True,
    ):
        assert found.equals(expected)


@pytest.mark.parametrize(("first", "last"), [(-52, 0), (0, 56)])
def test_without_weeks_on_both_sides_of_the_start_nothing_is_said(
    study: Study, first: int, last: int
) -> None:
    paths, verdicts = trace_effects(study, draw_weeks(first, last), [compare("Anholt", "Brund")])

    assert paths.is_empty()
    assert verdicts["refusal"].unique().to_list() == ["no weeks before the start, or none after"]


def test_every_unit_has_a_verdict_of_its_own(study: Study) -> None:
    comparisons = [compare("Anholt"), compare("Anholt", "Brund")]
    comparisons[0] = replace(comparisons[0], unit="Anholt")

    paths, verdicts = trace_effects(study, draw_weeks(), comparisons)

    assert verdicts.select("unit", "by").rows() == [
        (unit, by) for unit in ("Anholt", "participating") for by in ("month", "quarter")
    ]
    # Three comparison units rank no path; together there is one.
    assert paths["unit"].unique().to_list() == ["participating"]


def test_a_refused_path_is_named(study: Study) -> None:
    paths, verdicts = trace_effects(study, draw_weeks(), [compare("Anholt")])

    assert paths.is_empty()
    assert dict(verdicts.schema) == PRE_TREND_SCHEMA
    assert verdicts["refusal"].str.contains("comparison units with every block of time").all()


def test_no_weeks_give_no_paths(study: Study) -> None:
    paths, verdicts = trace_effects(study, draw_weeks().clear(), [compare("Anholt", "Brund")])

    assert paths.is_empty()
    assert verdicts.is_empty()
