"""Placebo programmes everywhere: sums at each start week, tests of them, and their rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipeline.models.certificate import certify_study
from pipeline.models.certificate.certificate import certify
from pipeline.models.certificate.contributions import (
    Contributions,
    count_durations,
    count_means,
)
from pipeline.models.certificate.rejections import (
    find_person_p,
    reject_programmes,
    reject_units,
)
from pipeline.models.certificate.splits import SHORTEST_WEEKS, Splits, split_everywhere
from pipeline.models.inference import (
    CONLEY_TABER,
    PERSON_CLUSTER,
    PLACEBO_T,
    PLACEBO_T_LEVEL,
    SHARES,
    WEEKS,
    Inference,
    UnitPanel,
    assess_each,
)
from pipeline.spec import Study

UNITS = ("Anholt", "Brund", "Cortsø", "Dragør", "Egense")


@pytest.fixture(scope="module")
def gaps(study: Study) -> pl.DataFrame:
    """Gaps before, inside and beyond the weeks of the study; some persons move."""
    chance = np.random.default_rng(11)
    n = 500
    start = chance.integers(-30, 112, n)
    length = chance.integers(1, 40, n)
    monday = study.span[0]
    return pl.DataFrame(
        {
            "jobcentre": chance.choice(UNITS, n),
            "person_id": [f"p{number}" for number in chance.integers(0, 90, n)],
            "start_week": [monday + timedelta(weeks=int(week)) for week in start],
            "end_week": [monday + timedelta(weeks=int(week)) for week in start + length],
            "has_event": chance.random(n) < 0.6,
        }
    )


def tally(
    study: Study, gaps: pl.DataFrame, unit: str, window: tuple[int, int], flow: bool, counts: bool
) -> Any:
    """Weeks at risk, measure starts and persons in a window of weeks, one gap after the other."""
    weeks = starts = 0
    persons = set()
    for gap in gaps.filter(jobcentre=unit).to_dicts():
        begin, end = ((gap[f"{side}_week"] - study.span[0]).days // 7 for side in ("start", "end"))
        if begin > window[1] or end <= window[0] or (flow and begin < window[0]):
            continue
        weeks += min(end, window[1] + 1) - max(begin, window[0])
        starts += gap["has_event"] and end - counts <= window[1]
        persons.add(gap["person_id"])
    return weeks, starts, len(persons)


@pytest.mark.parametrize("counts_start", [False, True], ids=["gaps", "waits"])
@pytest.mark.parametrize("sampling", ["flow", "stock_and_flow"])
def test_spells_at_every_start_are_what_two_windows_see(
    study: Study, gaps: pl.DataFrame, sampling: str, counts_start: bool
) -> None:
    contributions = count_durations(study, gaps, sampling, counts_start=counts_start)
    splits = split(contributions)

    assert splits.units == UNITS
    assert splits.starts.tolist() == list(range(SHORTEST_WEEKS, 108 - SHORTEST_WEEKS + 1))
    for place, unit in product((0, 40, len(splits.starts) - 1), range(len(UNITS))):
        start = int(splits.starts[place])
        for side, window in enumerate(((0, start - 1), (start, 107))):
            wanted = tally(study, gaps, UNITS[unit], window, sampling == "flow", counts_start)
            at = (place, unit, side)
            found = (splits.numerator[at], splits.denominator[at])
            assert found == wanted[:2]
            assert splits.persons[at] == wanted[2]


@pytest.fixture(scope="module")
def courses(study: Study) -> pl.DataFrame:
    chance = np.random.default_rng(12)
    rows = []
    for number in range(240):
        weeks = np.sort(chance.choice(108, chance.integers(1, 60), replace=False))
        rate = chance.random() * 0.6
        held = weeks[chance.random(weeks.size) < rate]
        rows.append((UNITS[number % 5], f"p{number}", weeks.tolist(), held.tolist()))
    names = ["jobcentre", "person_id", "week_numbers", "outcome_week_numbers"]
    held = pl.col("outcome_week_numbers")
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        outcome_amounts=pl.lit(1).repeat_by(held.list.len()), week_weight=pl.lit(1)
    )


def split(contributions: Iterable[Contributions]) -> Splits:
    splits = split_everywhere(contributions)
    assert splits is not None
    return splits


def pick_panel(splits: Splits, place: int, unit: int) -> UnitPanel:
    sums = (splits.numerator[place], splits.denominator[place], splits.persons[place])
    exposure = sums[0] if splits.law is WEEKS else sums[2]
    is_treated = np.arange(len(splits.units)) == unit
    return UnitPanel(splits.units, *sums, exposure, is_treated, splits.law)


def test_shares_at_a_start_are_counted_on_both_sides(study: Study, courses: pl.DataFrame) -> None:
    splits = split(count_means(study, courses, SHARES))
    place, unit = 30, 3
    start = int(splits.starts[place])
    own = courses.filter(jobcentre="Dragør").to_dicts()

    for side, inside in ((0, lambda week: week < start), (1, lambda week: week >= start)):
        by_person = [sum(map(inside, row["week_numbers"])) for row in own]
        held = sum(sum(map(inside, row["outcome_week_numbers"])) for row in own)
        at = (place, unit, side)
        assert splits.numerator[at] == held
        assert splits.denominator[at] == sum(by_person)
        assert splits.persons[at] == sum(count > 0 for count in by_person)


def test_each_placebo_is_tested_as_a_unit_of_a_study_is(study: Study, gaps: pl.DataFrame) -> None:
    splits = split(count_durations(study, gaps, "flow"))
    rejected = reject_units(splits)

    for place, unit in product((5, 60), range(5)):
        verdicts = assess_each(pick_panel(splits, place, unit))[UNITS[unit]]
        for method in (PLACEBO_T, CONLEY_TABER):
            verdict, found = verdicts[method], rejected[method][place, unit]
            if isinstance(verdict, Inference):
                assert found == (verdict.p_value <= 0.05)
            else:
                assert np.isnan(found)
    assert np.isfinite(rejected[PLACEBO_T]).any()


def draw_splits(n_units: int = 40) -> Splits:
    """Weeks at risk and starts of job centres of very different size and level, at two starts."""
    chance = np.random.default_rng(3)
    weeks = chance.uniform(500, 20_000, (2, n_units, 2))
    level = chance.uniform(15, 60, n_units)[:, None] * np.exp(0.1 * chance.normal(size=weeks.shape))
    starts = chance.poisson(weeks / level).astype(float)
    units = tuple(f"u{number:02d}" for number in range(n_units))
    moments = np.ones((2, n_units, 4, 4))
    places = np.array([13, 14])
    return Splits(units, places, weeks, starts, weeks / 30, moments, weeks[0, :, 0], WEEKS)


@pytest.mark.parametrize("method", [PLACEBO_T, PLACEBO_T_LEVEL, CONLEY_TABER])
def test_a_placebo_is_rejected_where_its_p_value_is_five_per_cent_or_less(method: str) -> None:
    splits = draw_splits()
    rejected = reject_units(splits)[method]
    p_values = np.empty(rejected.shape)
    for place, unit in np.ndindex(*p_values.shape):
        verdict = assess_each(pick_panel(splits, place, unit))[splits.units[unit]][method]
        assert isinstance(verdict, Inference)
        p_values[place, unit] = verdict.p_value

    assert (rejected == (p_values <= 0.05)).all()
    # With 39 others the second largest is 5 % to the point.
    assert np.isclose(p_values, 0.05).any()


def test_the_monte_carlo_error_is_that_of_the_job_centres_own_rates() -> None:
    splits = draw_splits()
    own = reject_units(splits)[PLACEBO_T].mean(axis=0)
    rows = certify("weeks", splits, 1).filter(tested="one_unit", inference=PLACEBO_T, size="all")
    found = rows.row(0, named=True)
    assert own.std() > 0
    assert found["rejection_rate"] == pytest.approx(own.mean())
    assert found["std_error"] == pytest.approx(np.sqrt(np.var(own, ddof=1) / 40))


def test_clustering_on_persons_squares_each_persons_influence(
    study: Study, courses: pl.DataFrame
) -> None:
    splits = split(count_means(study, courses, SHARES))
    place, unit = 20, 2
    start, panel = int(splits.starts[place]), pick_panel(splits, place, unit)
    influences = []
    for row in courses.to_dicts():
        group = panel.is_treated == (row["jobcentre"] == UNITS[unit])
        numerator, denominator = panel.pool(group)
        value = 0.0
        for side, sign in ((0, -1), (1, 1)):
            weeks = [w for w in row["week_numbers"] if (w >= start) == bool(side)]
            held = [w for w in row["outcome_week_numbers"] if (w >= start) == bool(side)]
            mean = numerator[side] / denominator[side]
            value += sign * (len(held) - mean * len(weeks)) / denominator[side]
        influences.append(value)
    error = np.sqrt(np.square(influences).sum() * 240 / 239)
    wanted = 2 * stats.norm.sf(abs(float(panel.effect)) / error)

    treated = np.tile(panel.is_treated, (len(splits.starts), 1))
    found = find_person_p(splits, splits.build_panel(treated), splits.moments)
    assert found[place] == pytest.approx(wanted, rel=1e-9)


def draw_contributions(n_units: int, shock: float) -> Iterator[Contributions]:
    """Units of 5 to 60 persons on the benefit all 60 weeks, and a shock to each in each third."""
    chance = np.random.default_rng(13)
    for unit in range(n_units):
        level = 0.3 + shock * chance.normal(size=3)
        n_persons = int(np.exp(chance.uniform(np.log(5), np.log(60))))
        rates = np.repeat(level.clip(0, 1), 20)
        held = chance.random((n_persons, 60)) < rates
        person, week = np.indices(held.shape)
        weekly = pl.DataFrame(
            {
                "person_id": pl.Series(person.ravel()).cast(pl.String),
                "week": week.ravel(),
                "numerator": held.ravel().astype(np.int64),
                "denominator": np.ones(held.size, dtype=np.int64),
            }
        )
        yield Contributions(f"u{unit:02d}", 60, SHARES, weekly, weekly)


@pytest.fixture(scope="module")
def shaken() -> pl.DataFrame:
    return certify("share", split(draw_contributions(40, 0.05)), 8)


def test_shocks_to_job_centres_are_effects_to_person_clusters_alone(shaken: pl.DataFrame) -> None:
    whole = {(row["tested"], row["inference"]): row for row in shaken.filter(size="all").to_dicts()}

    assert whole["one_unit", "person_cluster"]["rejection_rate"] > 0.25
    assert whole["one_unit", "person_cluster"]["holds"] is False
    assert whole["one_unit", "placebo_t"]["rejection_rate"] == pytest.approx(0.05, abs=0.03)
    assert whole["one_unit", "placebo_t"]["holds"] is True
    assert whole["pooled", "person_cluster"]["rejection_rate"] > 0.25
    assert whole["pooled", "cr3"]["rejection_rate"] == pytest.approx(0.05, abs=0.04)
    assert whole["one_unit", "placebo_t"]["n_placebos"] == 40 * (60 - 2 * SHORTEST_WEEKS + 1)


def test_quarters_are_by_members_and_make_up_the_whole(shaken: pl.DataFrame) -> None:
    rows = shaken.filter(tested="one_unit", inference="placebo_t")

    assert rows["size"].to_list() == ["all", "smallest", "second", "third", "largest"]
    assert rows["n_units"].to_list() == [40, 10, 10, 10, 10]
    quarters = rows.filter(pl.col("size") != "all")
    assert quarters["rejection_rate"].mean() == pytest.approx(rows["rejection_rate"][0])
    persons = shaken.filter(tested="one_unit", inference="person_cluster")
    assert persons["rejection_rate"][4] > persons["rejection_rate"][1]


def test_no_programme_is_drawn_that_leaves_fewer_than_it_has() -> None:
    splits = split(draw_contributions(10, 0.0))

    assert reject_programmes(splits, 6) == {}
    assert reject_programmes(splits, 1) == {}
    assert set(reject_programmes(splits, 4)) >= {PERSON_CLUSTER, "cr3", "randomization"}


def test_a_study_is_certified_where_it_has_weeks_and_job_centres(
    study: Study, courses: pl.DataFrame, gaps: pl.DataFrame
) -> None:
    named = {"population": pl.lit("everyone"), "outcome": pl.lit("share")}
    all_gaps = gaps.with_columns(population=named["population"])
    frames = (courses.with_columns(**named), {"duration_between_measures": all_gaps})
    whole = certify_study(study, *frames, frozenset(UNITS))
    few = certify_study(study, *frames, frozenset({"Anholt", "Brund"}))

    assert whole["outcome"].unique().sort().to_list() == ["share", "weeks"]
    assert whole["rejection_rate"].is_between(0, 1).all()
    assert few.is_empty()
    assert few.schema == whole.schema
