from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pyfixest as pf
import pytest
from numpy.linalg import inv
from scipy import stats

from pipeline.models.inference import (
    CR2,
    CR3,
    JOBCENTRE_CLUSTER,
    RANDOMIZATION,
    RANDOMIZATION_T,
    SEED,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
    UnitPanel,
    assess_together,
)
from pipeline.models.inference.clustered import gather_units
from pipeline.models.inference.pooled import infer_pooled, score_units
from pipeline.models.inference.ratios import difference, divide
from pipeline.models.inference.wild import (
    N_DRAWS,
    WildBootstrap,
    bootstrap_wild,
    draw_bootstrap,
)


def infer(panel: UnitPanel, method: str) -> Inference:
    verdict = assess_together(panel)[method]
    assert isinstance(verdict, Inference)
    return verdict


def expand(panel: UnitPanel) -> pl.DataFrame:
    """One row per week: a share is made of zeros and ones."""
    rows = []
    for place, unit in enumerate(panel.units):
        for period in (0, 1):
            ones = int(panel.numerator[place, period])
            zeros = int(panel.denominator[place, period]) - ones
            treated = int(panel.is_treated[place])
            rows += [
                (unit, treated, period, float(y)) for y in np.repeat([1.0, 0.0], [ones, zeros])
            ]
    return pl.DataFrame(rows, schema=["unit", "treated", "post", "y"], orient="row")


@pytest.fixture(scope="module")
def coarse(draw_panel: Callable[..., UnitPanel]) -> UnitPanel:
    """Few enough weeks to be written out."""
    panel = draw_panel(10, 4)
    weeks = panel.persons
    return replace(panel, denominator=weeks, numerator=np.round(panel.numerator / 30))


@pytest.mark.parametrize(("method", "type_"), [(JOBCENTRE_CLUSTER, "CRV1"), (CR3, "CRV3")])
def test_sums_give_the_errors_of_the_regression_on_weeks(
    coarse: UnitPanel, method: str, type_: str
) -> None:
    plain = pf.ssc(k_adj=False, G_adj=method == JOBCENTRE_CLUSTER)
    fit = pf.feols(
        "y ~ treated * post", data=expand(coarse).to_pandas(), vcov={type_: "unit"}, ssc=plain
    )

    found = infer(coarse, method)

    factor = 1.0 if method == JOBCENTRE_CLUSTER else (9 / 10) ** 0.5
    assert float(coarse.effect) == pytest.approx(fit.coef()["treated:post"], abs=1e-10)
    assert found.std_error == pytest.approx(fit.se()["treated:post"] * factor, rel=1e-8)


def test_cr1_has_one_degree_less_than_there_are_units(panel: UnitPanel) -> None:
    found = infer_pooled(panel, JOBCENTRE_CLUSTER)
    assert isinstance(found, Inference)
    assert found.std_error is not None
    student = stats.t(len(panel.units) - 1)
    effect = float(panel.effect)
    assert found.p_value == pytest.approx(2 * student.sf(abs(effect) / found.std_error), rel=1e-9)
    assert found.ci_high == pytest.approx(effect + student.ppf(0.975) * found.std_error, rel=1e-9)


def test_cr2_is_bell_and_mccaffreys_on_weeks(coarse: UnitPanel) -> None:
    rows = expand(coarse)
    design = rows.select(
        pl.lit(1.0).alias("one"), "treated", "post", both=pl.col("treated") * pl.col("post")
    ).to_numpy()
    y, unit = rows["y"].to_numpy(), rows["unit"].to_numpy()
    bread = inv(design.T @ design)
    residual = y - design @ bread @ design.T @ y
    annihilator = np.eye(len(y)) - design @ bread @ design.T
    variance, vectors = 0.0, []
    for name in coarse.units:
        own = unit == name
        values, turns = np.linalg.eigh(annihilator[np.ix_(own, own)])
        root = turns @ np.diag(np.where(values > 1e-9, values, np.inf) ** -0.5) @ turns.T
        a = (bread @ design[own].T @ root)[3]
        variance += float(a @ residual[own]) ** 2
        vectors.append(annihilator[:, own] @ a)
    gram = np.array(vectors) @ np.array(vectors).T

    found = infer(coarse, CR2)

    assert found.std_error == pytest.approx(variance**0.5, rel=1e-9)
    degrees = np.trace(gram) ** 2 / (gram**2).sum()
    t = abs(float(coarse.effect)) / variance**0.5
    assert found.p_value == pytest.approx(2 * stats.t.sf(t, degrees), rel=1e-7)


@pytest.mark.parametrize("is_duration", [False, True])
def test_cr3_leaves_out_one_job_centre_at_a_time(panel: UnitPanel, is_duration: bool) -> None:
    if is_duration:
        panel = replace(panel, numerator=panel.denominator, denominator=panel.numerator)
    effects = []
    for place in range(len(panel.units)):
        kept = np.arange(len(panel.units)) != place
        groups = (panel.is_treated & kept, ~panel.is_treated & kept)
        treated, rest = (difference(divide(*panel.pool(group))) for group in groups)
        effects.append(float(treated - rest))
    squares = ((np.array(effects) - float(panel.effect)) ** 2).sum()

    found = infer(panel, CR3)

    assert found.std_error == pytest.approx((squares * 29 / 30) ** 0.5, rel=1e-9)
    t = abs(float(panel.effect)) / found.std_error
    assert found.p_value == pytest.approx(2 * stats.t.sf(t, 5), rel=1e-9)


def test_wild_bootstrap_is_the_one_of_weighted_regressions(panel: UnitPanel) -> None:
    """Cells, weighted; the null imposed by leaving the product out; the same draws of weights."""
    size = len(panel.units)
    treated, during = np.repeat(panel.is_treated, 2).astype(float), np.tile([0.0, 1.0], size)
    design = np.c_[np.ones(2 * size), treated, during, treated * during]
    weight = panel.denominator.ravel()
    y, unit = panel.numerator.ravel() / weight, np.repeat(np.arange(size), 2)

    def regress(outcome: np.ndarray, columns: int) -> tuple[np.ndarray, float]:
        x = design[:, :columns]
        bread = inv((x.T * weight) @ x)
        fit = bread @ (x.T * weight) @ outcome
        scores = (x.T * weight) * (outcome - x @ fit)
        sums = np.array([scores[:, unit == each].sum(1) for each in range(size)])
        covariance = bread @ sums.T @ sums @ bread * size / (size - 1)
        return fit, float(covariance[-1, -1]) ** 0.5

    fit, error = regress(y, 4)
    restricted, _ = regress(y, 3)
    fitted = design[:, :3] @ restricted
    webb = np.sqrt([0.5, 1.0, 1.5])
    draws = np.random.default_rng(SEED).choice([*-webb, *webb], size=(N_DRAWS, size))
    count = 0
    for draw in draws[:300]:
        drawn, spread = regress(fitted + draw[unit] * (y - fitted), 4)
        count += abs(drawn[3]) / spread >= abs(fit[3]) / error

    found = draw_bootstrap(gather_units(score_units(panel)), draws)

    assert found.std_error == pytest.approx(error, rel=1e-9)
    squared = found.square[0] + 2 * fit[3] * found.square[1] + fit[3] ** 2 * found.square[2]
    t = np.abs(found.effect[0] + fit[3] * found.effect[1]) / np.sqrt(squared)
    assert (t[:300] >= abs(fit[3]) / error).sum() == count
    assert infer(panel, WILD_BOOTSTRAP).p_value == pytest.approx((t >= abs(fit[3]) / error).mean())


def test_the_ends_of_the_wild_bootstrap_are_where_it_rejects(panel: UnitPanel) -> None:
    found = bootstrap_wild(gather_units(score_units(panel)))
    assert isinstance(found, Inference)
    assert found.ci_low is not None

    for null, is_rejected in ((found.ci_low - 1e-6, True), (found.ci_low + 1e-6, False)):
        numerator = panel.numerator.copy()
        treated = panel.is_treated
        numerator[treated, 1] -= null * panel.denominator[treated, 1]
        moved = bootstrap_wild(gather_units(score_units(replace(panel, numerator=numerator))))
        assert isinstance(moved, Inference)
        assert (moved.p_value <= 0.05) is is_rejected


def test_a_draw_that_is_as_far_as_the_estimate_counts() -> None:
    drawn, nothing = np.array([2.0, -2.0, 1.9, 2.1]), np.zeros(4)
    bootstrap = WildBootstrap(2.0, 1.0, (drawn, nothing), (np.ones(4), nothing, nothing))
    assert bootstrap.find_p_value(0.0) == 3 / 4


def test_one_treated_cluster_is_refused(draw_panel: Callable[..., UnitPanel]) -> None:
    verdicts = assess_together(draw_panel(20, 1))

    wanted = Refusal("one treated cluster: cluster-robust variance is not identified")
    for method in (JOBCENTRE_CLUSTER, CR2, CR3, WILD_BOOTSTRAP):
        assert verdicts[method] == wanted
    assert isinstance(verdicts[RANDOMIZATION], Inference)
    assert isinstance(verdicts[RANDOMIZATION_T], Refusal)


def test_one_comparison_cluster_is_refused(draw_panel: Callable[..., UnitPanel]) -> None:
    verdict = infer_pooled(draw_panel(6, 5), CR3)

    assert verdict == Refusal("one comparison cluster: cluster-robust variance is not identified")


def test_units_that_do_not_vary_are_refused(panel: UnitPanel) -> None:
    flat = replace(panel, numerator=panel.denominator * 0.25)

    for verdict in assess_together(flat).values():
        assert isinstance(verdict, Refusal)
        assert "no variation" in verdict.reason


def test_an_unknown_effect_is_refused(panel: UnitPanel) -> None:
    gone = panel.denominator.copy()
    gone[panel.is_treated, 0] = 0.0

    verdicts = assess_together(replace(panel, denominator=gone))
    assert set(verdicts.values()) == {Refusal("the effect is unknown")}
