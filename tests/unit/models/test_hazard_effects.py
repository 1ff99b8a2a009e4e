from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.models.hazard_effects import HazardModel, fit_hazard_effects
from pipeline.models.hazards import Rule
from pipeline.spec import Study

Row = tuple[str, str, str, int, int, bool]
JOBCENTRES = ["Anholt", "Brund", "Cortsø", "Dragør", "Falslev"]
KEY = ("period", "jobcentre", "person_id", "entry_weeks", "duration_weeks", "has_event")


@pytest.fixture(scope="module")
def spells() -> pl.DataFrame:
    """Spells of 400 persons, some of them with several, all followed for up to 60 weeks."""
    draw = np.random.default_rng(20240501)
    n = 9000
    event, censored = draw.geometric(0.03, n), draw.integers(40, 61, n)
    duration = np.minimum(event, censored)
    sampling = draw.choice(["flow", "stock_and_flow"], n)
    late = (sampling == "stock_and_flow") & (draw.random(n) < 0.4)
    return pl.DataFrame(
        {
            "population": "everyone",
            "sampling": sampling,
            "period": draw.choice(["before", "intervention", "last"], n),
            "person_id": [f"p{number:03d}" for number in draw.integers(0, 400, n)],
            "jobcentre": draw.choice(JOBCENTRES, n, p=[0.1, 0.1, 0.4, 0.35, 0.05]),
            "entry_weeks": np.where(late, draw.integers(0, duration), 0),
            "duration_weeks": duration,
            "has_event": event <= censored,
        }
    )


def expect_plainly(rule: str, rows: dict[str, list[Row]], horizon: int = 52) -> float:
    """The effect in restricted mean weeks, one week and one spell at a time."""

    def count(part: str, week: int) -> tuple[int, int]:
        at_risk = [row for row in rows[part] if row[3] < week <= row[4]]
        return len(at_risk), sum(row[5] and row[4] == week for row in at_risk)

    def add_weeks(hazards: Iterable[float]) -> float:
        weeks, left = 1.0, 1.0
        for hazard in hazards:
            left *= 1 - hazard
            weeks += left
        return weeks

    def hazard(part: str, week: int) -> float:
        at_risk, events = count(part, week)
        return events / at_risk

    expected = []
    for week in range(1, horizon):
        own, then, now = (hazard(part, week) for part in ("before", "rest_before", "rest_during"))
        expected.append(min(max(own * now / then if rule == "ratio" else own + now - then, 0), 1))
    during = add_weeks(hazard("during", week) for week in range(1, horizon))
    return during - add_weeks(expected)


def choose(spells: pl.DataFrame, sampling: str, left_out: str = "") -> dict[str, list[Row]]:
    groups = {
        "during": (("Anholt", "Brund"), "intervention"),
        "before": (("Anholt", "Brund"), "before"),
        "rest_during": (("Cortsø", "Dragør"), "intervention"),
        "rest_before": (("Cortsø", "Dragør"), "before"),
    }
    return {
        part: spells.filter(
            pl.col("sampling") == sampling,
            pl.col("period") == period,
            pl.col("jobcentre").is_in(jobcentres),
            pl.col("person_id") != left_out,
        )
        .select(KEY)
        .rows()
        for part, (jobcentres, period) in groups.items()
    }


@pytest.mark.parametrize("sampling", ["flow", "stock_and_flow"])
@pytest.mark.parametrize("rule", ["ratio", "difference"])
def test_the_effect_equals_the_plain_computation(
    study: Study, jobcentres: list[str], spells: pl.DataFrame, rule: str, sampling: str
) -> None:
    found = fit_hazard_effects(study, spells, list_comparisons(study, jobcentres)).rows

    suffix = "" if sampling == "flow" else "_stock_and_flow"
    rows = found.filter(
        unit="participating", phase="intervention", model=f"hazard_{rule}_did.rmst_52{suffix}"
    )
    plain = expect_plainly(rule, choose(spells, sampling))
    assert rows["effect"].to_list() == pytest.approx([plain] * rows.height, rel=1e-10)
    assert set(rows["inference"]) >= {"person_cluster", "jobcentre_cluster"}


@pytest.mark.parametrize("rule", ["ratio", "difference"])
def test_the_standard_error_is_that_of_leaving_out_a_person_at_a_time(
    study: Study, jobcentres: list[str], spells: pl.DataFrame, rule: str
) -> None:
    rows = fit_hazard_effects(study, spells, list_comparisons(study, jobcentres)).rows
    found = rows.filter(
        unit="participating",
        phase="intervention",
        model=f"hazard_{rule}_did.rmst_52",
        inference="person_cluster",
    )["std_error"].item()

    chosen = spells.filter(pl.col("sampling") == "flow", pl.col("period") != "last")
    persons = sorted(set(chosen["person_id"]))
    some = persons[::8]
    whole = expect_plainly(rule, choose(spells, "flow"))
    moves = [expect_plainly(rule, choose(spells, "flow", one)) - whole for one in some]
    jackknife = (sum(move**2 for move in moves) * len(persons) / len(some)) ** 0.5
    assert found == pytest.approx(jackknife, rel=0.3)


def test_windows_under_a_year_tell_no_restricted_mean_of_what_begins_in_them(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    rows = fit_hazard_effects(study, spells, list_comparisons(study, jobcentres)).rows

    phases = dict(rows.group_by("model").agg(pl.col("phase").unique().sort()).rows())
    assert phases["hazard_ratio_did.rmst_52"] == ["intervention"]
    assert phases["hazard_ratio_did.rmst_52_stock_and_flow"] == ["intervention", "last"]


def test_nobody_followed_for_a_year_is_unknown_and_named(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    short = (pl.col("jobcentre") != "Anholt") | (pl.col("duration_weeks") < 40)

    found = fit_hazard_effects(study, spells.filter(short), list_comparisons(study, jobcentres))

    rows = found.rows.filter(unit="Anholt", model="hazard_ratio_did.rmst_52")
    assert rows["effect"].null_count() == rows.height > 1
    assert rows["n_persons"].min() > 0
    what = "nobody is followed in some of the first 52 weeks; weeks unknown"
    place = "Anholt, before (everyone, weeks, hazard_ratio_did.rmst_52)"
    assert f"{place}: {what}" in found.notices


def test_a_rest_without_an_event_before_leaves_the_effect_unknown(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    is_rest_before = pl.col("jobcentre").is_in(["Cortsø", "Dragør"]) & (
        pl.col("period") == "before"
    )
    silent = spells.with_columns(has_event=pl.col("has_event") & ~is_rest_before)

    found = fit_hazard_effects(study, silent, list_comparisons(study, jobcentres))

    assert found.rows["effect"].null_count() == found.rows.height
    assert any("the rest has no event before" in notice for notice in found.notices)


def test_each_unit_is_judged_by_the_others_where_tables_look(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    rows = fit_hazard_effects(study, spells, list_comparisons(study, jobcentres)).rows

    def methods(model: str, unit: str) -> set[str]:
        return set(rows.filter(model=model, unit=unit, phase="intervention")["inference"])

    for rule in ("ratio", "difference"):
        model = f"hazard_{rule}_did.rmst_52"
        assert {"placebo_t", "placebo_t_joint", "randomization"} <= methods(model, "Anholt")
        assert {"cr3", "wild_bootstrap", "randomization"} <= methods(model, "participating")
        assert methods(f"{model}_stock_and_flow", "Anholt") == {"person_cluster"}
        effects = rows.filter(model=model, unit="Brund").unique("effect")
        assert effects.height == 1


@pytest.mark.parametrize("is_pooled", [True, False])
@pytest.mark.parametrize("rule", ["ratio", "difference"])
def test_a_panel_holds_the_effects_and_none_of_the_rest(
    jobcentres: list[str], spells: pl.DataFrame, rule: Rule, is_pooled: bool
) -> None:
    treated, rest = ("Anholt", "Brund"), frozenset({"Cortsø", "Dragør"})
    # Weeks without an event in the rest are taken together with the week before them.
    is_silent = pl.col("duration_weeks").is_in([20, 33, 34]) & (pl.col("period") == "before")
    sparse = spells.filter(sampling="flow").with_columns(has_event=pl.col("has_event") & ~is_silent)
    model = HazardModel(sparse, rule, looks_at_units=True)

    panel = model.build_panel(treated, rest, "intervention", is_pooled=is_pooled)

    assert panel is not None
    others = panel.numerator[2:].sum(0) / panel.denominator[2:].sum(0)
    assert others[1] == pytest.approx(others[0], rel=1e-12)
    groups = [frozenset(treated)] if is_pooled else [frozenset({unit}) for unit in treated]
    for group, members in zip(groups, ([0, 1],) if is_pooled else ([0], [1]), strict=True):
        own = panel.numerator[members].sum(0) / panel.denominator[members].sum(0)
        contrast = model.fit_contrast(Comparison("", group, rest), "intervention")
        assert own[1] - own[0] == pytest.approx(contrast.effect, rel=1e-9)


@pytest.mark.parametrize("rule", ["ratio", "difference"])
def test_a_placebo_of_the_rest_is_near_the_effect_it_would_be_found_to_have(rule: Rule) -> None:
    draw = np.random.default_rng(20240501)
    n = 60_000
    event, censored = draw.geometric(0.03, n), draw.integers(40, 61, n)
    unit = draw.choice(JOBCENTRES[:4], n, p=[0.1, 0.1, 0.4, 0.4])
    many = pl.DataFrame(
        {
            "period": draw.choice(["before", "intervention"], n),
            "person_id": [f"{unit[number]}{number // 3}" for number in range(n)],
            "jobcentre": unit,
            "entry_weeks": 0,
            "duration_weeks": np.minimum(event, censored),
            "has_event": event <= censored,
        }
    )
    model = HazardModel(many, rule, looks_at_units=True)
    rest = frozenset({"Cortsø", "Dragør", "Brund"})
    panel = model.build_panel(("Anholt",), rest, "intervention", is_pooled=False)

    assert panel is not None
    for place, unit in enumerate(panel.units):
        alone = Comparison(unit, frozenset({unit}), rest - {unit})
        found = model.fit_contrast(alone, "intervention").effect
        others = ~np.isin(np.arange(4), [0, place])
        means = panel.numerator[others].sum(0) / panel.denominator[others].sum(0)
        placebo = panel.changes[place] - (means[1] - means[0])
        assert placebo == pytest.approx(found, abs=0.15)


def test_row_order_leaves_no_trace(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    comparisons = list_comparisons(study, jobcentres)
    shuffled = spells.sample(fraction=1, shuffle=True, seed=7)

    first = fit_hazard_effects(study, spells, comparisons).rows
    assert_frame_equal(
        fit_hazard_effects(study, shuffled, comparisons).rows, first, check_exact=True
    )


@pytest.mark.parametrize(("followed", "horizon"), [(45, 39), (38, 39), (30, 26), (12, 13)])
@pytest.mark.parametrize("rule", ["ratio", "difference"])
def test_who_is_not_followed_for_a_year_has_an_effect_to_a_shorter_horizon(
    study: Study,
    jobcentres: list[str],
    spells: pl.DataFrame,
    rule: str,
    followed: int,
    horizon: int,
) -> None:
    """To 39 weeks it takes 38: an event in the last of them changes nothing."""
    is_cut = pl.col("jobcentre").is_in(["Anholt", "Brund"]) & (pl.col("period") == "before")
    is_longer = is_cut & (pl.col("duration_weeks") > followed)
    cut = spells.filter(~is_cut | (pl.col("entry_weeks") < followed)).with_columns(
        duration_weeks=pl.when(is_longer).then(followed).otherwise("duration_weeks"),
        has_event=pl.col("has_event") & ~is_longer,
    )

    rows = fit_hazard_effects(study, cut, list_comparisons(study, jobcentres)).rows

    own = rows.filter(unit="participating", phase="intervention")
    assert own.filter(model=f"hazard_{rule}_did.rmst_52")["effect"].null_count() > 0
    shorter = own.filter(model=f"hazard_{rule}_did.rmst_{horizon}")
    plain = expect_plainly(rule, choose(cut, "flow"), horizon)
    assert shorter.height > 0
    assert shorter["effect"].to_list() == pytest.approx([plain] * shorter.height, rel=1e-10)
    assert {"cr3", "person_cluster"} <= set(shorter["inference"])
    others = {f"hazard_{rule}_did.rmst_{weeks}" for weeks in {39, 26, 13} - {horizon}}
    assert rows.filter(pl.col("model").is_in(others)).is_empty()
    assert rows.filter(~pl.col("model").str.contains("52"), unit="rest_of_country").is_empty()


def test_who_is_followed_for_less_than_a_quarter_has_none(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    is_unit = pl.col("jobcentre").is_in(["Anholt", "Brund"])
    cut = spells.filter(~is_unit | (pl.col("duration_weeks") < 12))
    rows = fit_hazard_effects(study, cut, list_comparisons(study, jobcentres)).rows
    assert rows.filter(unit="participating", phase="intervention")["effect"].count() == 0


def test_a_year_is_all_that_is_told_of_who_is_followed_so_long(
    study: Study, jobcentres: list[str], spells: pl.DataFrame
) -> None:
    rows = fit_hazard_effects(study, spells, list_comparisons(study, jobcentres)).rows
    whole = rows.filter(unit="participating", phase="intervention")
    assert whole["model"].str.contains("rmst_52").all()
