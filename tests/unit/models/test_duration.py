from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.models import duration_fits
from pipeline.models.comparison import Comparison, list_comparisons
from pipeline.models.duration import fit_durations
from pipeline.models.duration_fits import list_summaries
from pipeline.models.durations.clusters import sum_scores
from pipeline.models.durations.families import FAMILY_NAMES, choose_family
from pipeline.models.durations.parametric import fit_family
from pipeline.models.durations.quantities import measure_cells
from pipeline.models.durations.spells import collapse_spells
from pipeline.models.estimate import ESTIMATE_KEY, ESTIMATE_SCHEMA
from pipeline.spec import Study

FIGURES = list(ESTIMATE_SCHEMA)[len(ESTIMATE_KEY) :]

# Weeks at risk over measure starts: Anholt 20/2 before and 12/3 in the intervention,
# the rest 30/2 and 28/2; an effect of (4 - 10) - (14 - 15) = -5 weeks.
GAPS = """
    before       Anholt a 12 1
    before       Anholt b  8 1
    intervention Anholt a  3 1
    intervention Anholt a  4 1
    intervention Anholt c  5 1
    before       Cortsø d 10 1
    before       Cortsø e 14 1
    before       Dragør e  6 0
    intervention Cortsø d 13 1
    intervention Dragør f 10 1
    intervention Dragør a  5 0
"""


def draw_spells(gaps: str) -> pl.DataFrame:
    rows = [line.split() for line in gaps.strip().splitlines()]
    return pl.DataFrame(
        {
            "population": "everyone",
            "sampling": "flow",
            "period": [row[0] for row in rows],
            "jobcentre": [row[1] for row in rows],
            "person_id": [row[2] for row in rows],
            "entry_weeks": 0,
            "duration_weeks": [int(row[3]) for row in rows],
            "has_event": [row[4] == "1" for row in rows],
        }
    )


def pick(rows: pl.DataFrame, **key: str) -> dict[str, float | None]:
    chosen = {"phase": "intervention", "model": "exponential", "inference": "person_cluster"} | key
    return rows.row(by_predicate=pl.all_horizontal(*_equals(chosen)), named=True)


def _equals(key: dict[str, str]) -> list[pl.Expr]:
    return [pl.col(name) == value for name, value in key.items()]


@pytest.fixture
def anholt(study: Study, jobcentres: list[str]) -> list[Comparison]:
    return list_comparisons(study, jobcentres, only="Anholt")


def test_means_effect_and_counts_by_hand(study: Study, anholt: list[Comparison]) -> None:
    row = pick(fit_durations(study, draw_spells(GAPS), anholt).rows, unit="Anholt")

    assert row["before"] == pytest.approx(10, rel=1e-12)
    assert row["during"] == pytest.approx(4, rel=1e-12)
    assert row["difference"] == pytest.approx(-6, rel=1e-12)
    assert row["effect"] == pytest.approx(-5, rel=1e-12)
    assert row["relative_effect"] == pytest.approx(-0.5, rel=1e-12)
    assert (row["n_persons"], row["n_events"]) == (3, 5)
    assert row["p_value_adjusted"] is None


def test_standard_error_adds_a_person_over_cells_before_squaring(
    study: Study, anholt: list[Comparison]
) -> None:
    row = pick(fit_durations(study, draw_spells(GAPS), anholt).rows, unit="Anholt")

    # (weeks - mean x events) / events of the cell, with the sign of the cell.
    a = -(12 - 10) / 2 + (7 - 2 * 4) / 3 - 5 / 2
    b = -(8 - 10) / 2
    c = (5 - 4) / 3
    d = (10 - 15) / 2 - (13 - 14) / 2
    e = (20 - 15) / 2
    f = -(10 - 14) / 2
    squares = sum(value**2 for value in (a, b, c, d, e, f))
    assert row["std_error"] == pytest.approx((squares * 6 / 5) ** 0.5, rel=1e-9)


def test_the_rest_has_means_and_counts_but_no_effect(
    study: Study, anholt: list[Comparison]
) -> None:
    row = pick(fit_durations(study, draw_spells(GAPS), anholt).rows, unit="rest_of_country")

    assert (row["before"], row["during"]) == (pytest.approx(15), pytest.approx(14))
    assert (row["n_persons"], row["n_events"]) == (4, 4)
    unknown = set(FIGURES) - {"before", "during", "difference", "n_persons", "n_events"}
    assert [row[name] for name in unknown] == [None] * len(unknown)


def test_no_measure_start_empties_the_figures_and_is_named(
    study: Study, anholt: list[Comparison]
) -> None:
    spells = draw_spells(GAPS + "last Anholt a 9 0\n last Cortsø d 4 1\n last Cortsø e 4 1")

    estimates = fit_durations(study, spells, anholt)

    row = pick(estimates.rows, unit="Anholt", phase="last")
    assert row["before"] == pytest.approx(10)
    assert (row["n_persons"], row["n_events"]) == (2, 2)
    unknown = set(FIGURES) - {"before", "n_persons", "n_events", "ci_low"}
    assert [row[name] for name in unknown] == [None] * len(unknown)
    what = "no measure start; durations unknown"
    assert f"Anholt, last (everyone, weeks, exponential): {what}" in estimates.notices


@pytest.mark.parametrize("silent", ["during", "before"])
def test_an_effect_without_an_event_on_one_side_has_one_end(
    study: Study, anholt: list[Comparison], silent: str
) -> None:
    """Nine weeks without a start are rarer than one in 80 if 9 / ln 80 weeks are expected."""
    spells = draw_spells(GAPS)
    period = {"during": "intervention", "before": "before"}[silent]
    is_silent = (pl.col("jobcentre") == "Anholt") & (pl.col("period") == period)
    rows = fit_durations(
        study, spells.with_columns(has_event=pl.col("has_event") & ~is_silent), anholt
    ).rows

    row = pick(rows, unit="Anholt")
    # Influences of persons, as above, of all that is known; two of them are in several cells.
    d, e, f = (10 - 15) / 2 - (13 - 14) / 2, (20 - 15) / 2, -(10 - 14) / 2
    if silent == "during":
        least, sign, level = 12 / np.log(80), 1, 10 + 14 - 15
        persons = [(12 - 10) / 2 + 5 / 2, (8 - 10) / 2, -d, -e, -f]
    else:
        least, sign, level = 20 / np.log(80), -1, 4 - (14 - 15)
        persons = [(7 - 8) / 3 - 5 / 2, (5 - 4) / 3, d, e, f]
    error = (sum(value**2 for value in persons) * 5 / 4) ** 0.5
    end = sign * (least - level - 2.241402727604945 * error)
    told, other = ("ci_low", "ci_high") if silent == "during" else ("ci_high", "ci_low")
    assert row[told] == pytest.approx(end, rel=1e-9)
    assert [row[name] for name in (other, "effect", "std_error", "p_value")] == [None] * 4
    for name in ("median", "rmst_52"):
        beside = pick(rows, unit="Anholt", model=f"exponential.{name}")
        assert beside[told] is not None
    assert pick(rows, unit="Anholt", model="weibull")[told] is None
    assert rows.filter(pl.col("inference") != "person_cluster")["ci_low"].null_count() > 0


def test_without_an_event_on_either_side_no_end_is_told(
    study: Study, anholt: list[Comparison]
) -> None:
    spells = draw_spells(GAPS)
    has_event = pl.col("has_event") & (pl.col("jobcentre") != "Anholt")
    row = pick(fit_durations(study, spells.with_columns(has_event), anholt).rows, unit="Anholt")
    assert [row[name] for name in ("effect", "ci_low", "ci_high")] == [None] * 3


def test_a_missing_period_is_the_same_as_no_measure_start(
    study: Study, anholt: list[Comparison]
) -> None:
    spells = draw_spells(GAPS).filter(
        (pl.col("jobcentre") != "Anholt") | (pl.col("period") != "before")
    )

    estimates = fit_durations(study, spells, anholt)

    row = pick(estimates.rows, unit="Anholt")
    assert (row["before"], row["effect"], row["std_error"]) == (None, None, None)
    assert row["during"] == pytest.approx(4)
    assert any(notice.startswith("Anholt, before (") for notice in estimates.notices)


def test_one_person_in_a_cell_has_an_effect_but_no_standard_error(
    study: Study, anholt: list[Comparison]
) -> None:
    spells = draw_spells(GAPS).filter(pl.col("person_id") != "b")

    estimates = fit_durations(study, spells, anholt)

    row = pick(estimates.rows, unit="Anholt", inference="person_cluster")
    assert row["effect"] == pytest.approx((4 - 12) - (14 - 15))
    assert [row[name] for name in ("std_error", "ci_low", "ci_high", "p_value")] == [None] * 4
    place = "Anholt, intervention (everyone, weeks, exponential)"
    what = "too few persons or no variation between them; no inference by person_cluster"
    assert f"{place}: {what}" in estimates.notices


def test_no_spells_at_all_leave_empty_rows(study: Study, jobcentres: list[str]) -> None:
    estimates = fit_durations(study, draw_spells(GAPS).clear(), list_comparisons(study, jobcentres))

    assert estimates.rows["effect"].null_count() == estimates.rows.height > 0
    assert estimates.rows["n_persons"].sum() == 0


def test_rows_by_model_phase_and_unit_with_job_centre_clusters_for_the_pooled(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    rows = fit_durations(study, many_spells, list_comparisons(study, jobcentres)).rows

    assert rows.schema == pl.Schema(ESTIMATE_SCHEMA)
    assert_frame_equal(rows, rows.sort(ESTIMATE_KEY))
    rows = rows.filter(pl.col("model").is_in(["exponential", "exponential_stock_and_flow"]))
    assert rows.group_by("phase", "model").len()["len"].to_list() == [28] * 4
    one = rows.filter(phase="last", model="exponential_stock_and_flow")
    by_unit = dict(one.group_by("unit").agg("inference").rows())
    single = ["conley_taber", "exact_t", "ferman_pinto", "person_cluster", "placebo_t"]
    single += [
        "placebo_t_joint",
        "placebo_t_level",
        "placebo_t_level_joint",
        "randomization",
        "randomization_t",
    ]
    pooled = ["cr2", "cr3", "jobcentre_cluster", "person_cluster"]
    pooled += ["randomization", "randomization_t", "wild_bootstrap"]
    assert by_unit == {
        "Anholt": single,
        "Brund": single,
        "participating": pooled,
        "rest_of_country": ["person_cluster"],
    }
    effects = one.filter(pl.col("unit") != "rest_of_country").group_by("unit").agg("effect")
    assert [len(set(values)) for values in effects["effect"].to_list()] == [1] * 3
    clustered = one.filter(pl.col("inference").str.ends_with("_cluster"), unit="participating")
    assert clustered["std_error"].n_unique() == 2
    numbers = rows.select(pl.col(pl.Float64).drop_nulls().is_finite().all())
    assert all(numbers.row(0))


@pytest.mark.parametrize("method", ["person_cluster", "jobcentre_cluster"])
def test_clustered_standard_error_equals_brute_force(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame, method: str
) -> None:
    rows = fit_durations(study, many_spells, list_comparisons(study, jobcentres)).rows
    name = "exponential_stock_and_flow"
    row = pick(rows, unit="participating", model=name, inference=method)

    gaps = many_spells.filter(
        pl.col("sampling") == "stock_and_flow",
        pl.col("period").is_in(["before", "intervention"]),
        pl.col("jobcentre") != "Falslev",
    )
    cluster = gaps[{"person_cluster": "person_id", "jobcentre_cluster": "jobcentre"}[method]]
    treated = gaps["jobcentre"].is_in(["Anholt", "Brund"]).to_numpy()
    during = (gaps["period"] == "intervention").to_numpy()
    weeks = (gaps["duration_weeks"] - gaps["entry_weeks"]).to_numpy()
    event = gaps["has_event"].to_numpy()
    influence = np.zeros(gaps.height)
    effect = 0.0
    for is_treated, is_during, sign in ((1, 1, 1), (1, 0, -1), (0, 1, -1), (0, 0, 1)):
        cell = (treated == is_treated) & (during == is_during)
        mean = weeks[cell].sum() / event[cell].sum()
        effect += sign * mean
        influence[cell] = sign * (weeks - mean * event)[cell] / event[cell].sum()
    sums = [influence[(cluster == one).to_numpy()].sum() for one in cluster.unique()]
    variance = sum(value**2 for value in sums) * len(sums) / (len(sums) - 1)
    assert row["effect"] == pytest.approx(effect, rel=1e-11)
    assert row["std_error"] == pytest.approx(variance**0.5, rel=1e-10)


@pytest.mark.parametrize(("model", "summary"), [("exponential", "mean"), ("weibull", "rmst_52")])
def test_a_unit_alone_has_the_very_figures_of_the_whole_run(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame, model: str, summary: str
) -> None:
    own = study.outcomes["weeks"].model_copy(update={"model": model, "summary": summary})
    asked = study.model_copy(update={"outcomes": {"weeks": own}})
    whole = fit_durations(asked, many_spells, list_comparisons(asked, jobcentres)).rows
    alone = fit_durations(
        asked,
        many_spells.filter(~pl.col("jobcentre").is_in(["Falslev"])),
        list_comparisons(asked, jobcentres, only="Brund"),
    ).rows

    kept = whole.filter(pl.col("unit").is_in(["Brund", "rest_of_country"]))
    assert_frame_equal(alone, kept, check_exact=True)


def test_row_order_leaves_no_trace(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    comparisons = list_comparisons(study, jobcentres)
    shuffled = many_spells.sample(fraction=1, shuffle=True, seed=7)

    first = fit_durations(study, many_spells, comparisons).rows
    assert_frame_equal(fit_durations(study, shuffled, comparisons).rows, first, check_exact=True)


def test_a_fit_that_finds_no_maximum_is_not_reported(
    study: Study, anholt: list[Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duration_fits, "fit_family", lambda *_, **__: None)
    estimates = fit_durations(study, draw_spells(GAPS), anholt)

    rows = estimates.rows.filter(~pl.col("model").str.contains("kaplan_meier|cox"))
    assert rows["before"].null_count() == rows.height > 0
    assert any("did not converge" in notice for notice in estimates.notices)


@pytest.fixture(scope="module")
def whole(study: Study, jobcentres: list[str], many_spells: pl.DataFrame) -> pl.DataFrame:
    return fit_durations(study, many_spells, list_comparisons(study, jobcentres)).rows


@pytest.mark.parametrize("summary", list_summaries((13, 26)))
@pytest.mark.parametrize("family", [name for name in FAMILY_NAMES if "gamma" not in name])
def test_each_model_and_summary_equals_the_engine_on_the_groups_own_spells(
    whole: pl.DataFrame, many_spells: pl.DataFrame, family: str, summary: str
) -> None:
    name = family if summary == "mean" else f"{family}.{summary}"
    row = pick(whole, unit="participating", model=f"{name}_stock_and_flow")
    spells = many_spells.filter(
        pl.col("sampling") == "stock_and_flow", pl.col("jobcentre").is_in(["Anholt", "Brund"])
    ).rename({"entry_weeks": "entry", "duration_weeks": "duration"})
    levels, errors = [], []
    for period in ("before", "intervention"):
        cell = collapse_spells(spells.filter(period=period), ["period"])
        fit = fit_family(cell, choose_family(family, cell))
        persons = spells.filter(period=period)["person_id"].rank("dense").cast(pl.Int64)
        found = measure_cells(fit, list_summaries((13, 26))[summary])
        covariance = sum_scores(fit, persons.to_numpy()).covariance()
        levels.append(found.values[0])
        errors.append(found.std_errors(covariance)[0])
    shown = [np.nan if row[name] is None else row[name] for name in ("before", "during")]
    assert shown == pytest.approx(levels, rel=1e-7, nan_ok=True)
    if row["std_error"] is not None:
        # Two of the four cells, and persons who are in both: near, and not the same.
        assert row["std_error"] > 0.5 * np.hypot(*errors)


def test_few_events_are_too_few_for_the_generalised_gamma(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    found = fit_durations(study, many_spells, list_comparisons(study, jobcentres))

    rows = found.rows.filter(model="generalised_gamma")
    assert rows["before"].null_count() == rows.height > 0
    assert any("too few measure starts for the model" in notice for notice in found.notices)


def test_what_stands_beside_has_the_whole_period_and_the_population_shown(
    whole: pl.DataFrame,
) -> None:
    def units(model: str) -> set[str]:
        return set(whole.filter(model=model)["unit"])

    beside = whole.filter(~pl.col("model").is_in(["exponential", "exponential_stock_and_flow"]))
    assert set(beside["phase"]) == {"intervention"}
    assert "Anholt" in units("weibull.rmst_52")
    assert units("weibull.rmst_52_stock_and_flow") == {"participating", "rest_of_country"}
    assert units("generalised_gamma") == {"participating", "rest_of_country"}
    beside_mean = [".median", ".rmst_52", *(f".survival_{weeks}" for weeks in (13, 26, 52))]
    names = {f"{family}{part}" for family in FAMILY_NAMES for part in ("", *beside_mean)}
    names |= {f"kaplan_meier{part}" for part in beside_mean} | {"cox.log_hazard_ratio"}
    assert set(whole["model"]) == names | {f"{name}_stock_and_flow" for name in names}


def test_the_studys_own_choice_has_every_phase_unit_and_method(
    study: Study, jobcentres: list[str], many_spells: pl.DataFrame
) -> None:
    own = study.outcomes["weeks"].model_copy(update={"model": "weibull", "summary": "rmst_52"})
    asked = study.model_copy(update={"outcomes": {"weeks": own}})

    rows = fit_durations(asked, many_spells, list_comparisons(asked, jobcentres)).rows

    chosen = rows.filter(model="weibull.rmst_52")
    assert set(chosen["phase"]) == {"intervention", "last"}
    assert "placebo_t" in set(chosen.filter(unit="Anholt")["inference"])
    assert "cr3" in set(chosen.filter(unit="participating")["inference"])
    whole_period = chosen.filter(phase="intervention", unit="participating")
    assert whole_period["effect"].n_unique() == 1


def test_the_median_of_the_curve_is_the_first_week_with_half_left(
    study: Study, anholt: list[Comparison]
) -> None:
    row = pick(
        fit_durations(study, draw_spells(GAPS), anholt).rows,
        unit="Anholt",
        model="kaplan_meier.median",
    )

    # Of 8 and 12 weeks half are left after 8; of 3, 4 and 5, a third after 4.
    assert (row["before"], row["during"]) == (8.0, 4.0)


def test_shares_that_still_wait_are_those_of_the_curve(
    study: Study, anholt: list[Comparison]
) -> None:
    own = study.outcomes["weeks"].model_copy(update={"survival_weeks": (4, 9, 30)})
    asked = study.model_copy(update={"outcomes": {"weeks": own}})
    found = fit_durations(asked, draw_spells(GAPS), anholt)

    def read(weeks: int, inference: str = "person_cluster") -> dict[str, float | None]:
        model = f"kaplan_meier.survival_{weeks}"
        return pick(found.rows, unit="Anholt", model=model, inference=inference)

    # Of 8 and 12 weeks both last longer than 4 and one longer than 9; of 3, 4 and 5 one and none.
    assert (read(4)["before"], read(4)["during"]) == (1.0, pytest.approx(1 / 3))
    assert (read(9)["before"], read(9)["during"]) == (0.5, 0.0)
    assert read(9)["effect"] is not None
    # All or nobody has no error that could be told, and what is beyond the last spell is 0.
    assert [read(weeks)["std_error"] for weeks in (4, 9)] == [None, None]
    assert (read(30)["before"], read(30)["during"]) == (0.0, 0.0)
    assert "placebo_t" in set(found.rows.filter(model="kaplan_meier.survival_9")["inference"])


def test_a_share_is_unknown_where_nobody_is_followed_so_long(
    study: Study, anholt: list[Comparison]
) -> None:
    is_cut = (pl.col("jobcentre") == "Anholt") & (pl.col("period") == "before")
    spells = draw_spells(GAPS).with_columns(has_event=pl.col("has_event") & ~is_cut)
    found = fit_durations(study, spells, anholt)
    row = pick(found.rows, unit="Anholt", model="kaplan_meier.survival_26")
    assert (row["before"], row["effect"]) == (None, None)
    assert any("first 26 weeks; durations unknown" in notice for notice in found.notices)
    assert pick(found.rows, unit="Anholt", model="exponential.survival_26")["ci_high"] is not None


def test_a_restricted_mean_without_an_event_is_unknown(
    study: Study, anholt: list[Comparison]
) -> None:
    is_silent = (pl.col("jobcentre") == "Anholt") & (pl.col("period") == "before")
    followed = draw_spells(GAPS).with_columns(duration_weeks=pl.lit(60))
    spells = followed.with_columns(has_event=pl.col("has_event") & ~is_silent)
    found = fit_durations(study, spells, anholt)
    row = pick(found.rows, unit="Anholt", model="kaplan_meier.rmst_52")
    assert (row["before"], row["effect"]) == (None, None)
    assert any("nobody has an event, or nobody is followed" in notice for notice in found.notices)
