"""Cluster methods against explicit matrices on rows, and against pyfixest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from scipy import stats

from pipeline.models.did.clusters import (
    cluster_effect,
    infer_cr1,
    infer_cr2,
    infer_cr3,
)
from pipeline.models.did.regression import Design, fit_regression
from pipeline.models.inference import (
    CR2,
    CR3,
    JOBCENTRE_CLUSTER,
    WILD_BOOTSTRAP,
    Inference,
    Refusal,
    UnitPanel,
    assess_together,
)
from pipeline.models.inference.clustered import ClusteredEffect
from pipeline.models.inference.wild import bootstrap_wild, draw_bootstrap, draw_weights

METHODS = {
    JOBCENTRE_CLUSTER: infer_cr1,
    CR2: infer_cr2,
    CR3: infer_cr3,
    WILD_BOOTSTRAP: bootstrap_wild,
}
EVERY_METHOD = pytest.mark.parametrize("infer", METHODS.values(), ids=METHODS)


@dataclass(frozen=True)
class Case:
    """The same data as rows and as cells, and a design of each."""

    rows: pd.DataFrame
    cells: pd.DataFrame
    by_rows: Design
    by_cells: Design


def draw_rows(n_treated: int = 4) -> pd.DataFrame:
    """600 person-weeks in 9 units of unequal size over 7 weeks, a common shock in each unit."""
    draw = np.random.default_rng(20190325)
    n = 600
    unit = draw.choice(9, n, p=draw.dirichlet(np.full(9, 3.0)))
    week = draw.integers(0, 7, n)
    shock = draw.normal(0, 0.3, (9, 2))
    outcome = shock[unit, week // 4] + 0.1 * week + draw.normal(0, 1, n)
    rows = pd.DataFrame({"unit": unit, "week": week, "y": outcome})
    rows["treated"] = (rows.unit < n_treated).astype(float)
    rows["during"] = (rows.week >= 4).astype(float)
    rows["effect"] = rows.treated * rows.during
    return rows


def collapse(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    first = {name: (name, "first") for name in ("effect", "treated", "during") if name not in keys}
    return rows.groupby(keys, as_index=False).agg(y=("y", "mean"), size=("y", "size"), **first)


def saturated(frame: pd.DataFrame, weights: np.ndarray) -> Design:
    others = np.column_stack([np.ones(len(frame)), frame.treated, frame.during])
    return Design(frame.y.to_numpy(), weights, {"effect": frame.effect.to_numpy()}, others)


def two_way(frame: pd.DataFrame, weights: np.ndarray) -> Design:
    weeks = np.eye(7)[frame.week.to_numpy()]
    wanted = {"effect": frame.effect.to_numpy()}
    return Design(frame.y.to_numpy(), weights, wanted, weeks, frame.unit.to_numpy())


def make_case(kind: str, n_treated: int = 4) -> Case:
    rows = draw_rows(n_treated)
    keys = ["unit", "during"] if kind == "saturated" else ["unit", "week"]
    cells = collapse(rows, keys)
    build: Callable[[pd.DataFrame, np.ndarray], Design] = {
        "saturated": saturated,
        "two_way": two_way,
    }[kind]
    size = cells["size"].to_numpy(dtype=float)
    return Case(rows, cells, build(rows, np.ones(len(rows))), build(cells, size))


@pytest.fixture(scope="module", params=["saturated", "two_way"])
def case(request: pytest.FixtureRequest) -> Case:
    return make_case(request.param)


def gather(design: Design, units: pd.Series) -> ClusteredEffect:
    return cluster_effect(design, fit_regression(design), units.to_numpy(), "effect")


def known(inference: Inference | Refusal) -> dict[str, float]:
    assert isinstance(inference, Inference)
    return {figure: value for figure, value in vars(inference).items() if value is not None}


def by_pyfixest(case: Case, kind: str, *, adjust: bool) -> pf.Feols:
    absorbs = case.by_cells.absorbed is not None
    formula = "y ~ effect + C(unit) + C(week)" if absorbs else "y ~ treated + during + effect"
    settings = pf.ssc(k_adj=False, G_adj=adjust)
    return pf.feols(formula, case.rows, vcov={kind: "unit"}, ssc=settings)


def test_cells_give_the_coefficient_of_the_rows(case: Case) -> None:
    expected = by_pyfixest(case, "CRV1", adjust=True).coef()["effect"]

    assert gather(case.by_rows, case.rows.unit).effect == pytest.approx(expected, rel=1e-10)
    assert gather(case.by_cells, case.cells.unit).effect == pytest.approx(expected, rel=1e-10)


@EVERY_METHOD
def test_cells_give_the_inference_of_the_rows(
    case: Case, infer: Callable[[ClusteredEffect], Inference | Refusal]
) -> None:
    by_rows = infer(gather(case.by_rows, case.rows.unit))
    by_cells = infer(gather(case.by_cells, case.cells.unit))

    assert known(by_cells) == pytest.approx(known(by_rows), rel=1e-8)


def test_the_sandwich_equals_pyfixest(case: Case) -> None:
    inference = infer_cr1(gather(case.by_cells, case.cells.unit))
    expected = by_pyfixest(case, "CRV1", adjust=True).se()["effect"]

    assert isinstance(inference, Inference)
    assert inference.std_error == pytest.approx(expected, rel=1e-10)


def test_the_jackknife_equals_pyfixest(case: Case) -> None:
    """pyfixest sums the squared changes; the jackknife takes 8/9 of that sum."""
    inference = infer_cr3(gather(case.by_cells, case.cells.unit))
    expected = by_pyfixest(case, "CRV3", adjust=False).se()["effect"]

    assert isinstance(inference, Inference)
    assert inference.std_error == pytest.approx(expected * (8 / 9) ** 0.5, rel=1e-10)


def test_bias_reduced_linearisation_by_its_definition(case: Case) -> None:
    """Bell and McCaffrey's matrices written out on rows, unit effects as columns."""
    rows = case.rows
    parts = [rows.effect.to_numpy()[:, None], case.by_rows.nuisance]
    if case.by_rows.absorbed is not None:
        parts.append(np.eye(9)[rows.unit.to_numpy()])
    columns = np.column_stack(parts)
    inverse = np.linalg.pinv(columns.T @ columns)
    hat = columns @ inverse @ columns.T
    remain = np.eye(len(rows)) - hat
    residuals = remain @ rows.y.to_numpy()
    influences, spread = [], []
    for unit in range(9):
        own = np.flatnonzero(rows.unit == unit)
        values, vectors = np.linalg.eigh(remain[np.ix_(own, own)])
        kept = values > 1e-8
        root = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
        row = root @ columns[own] @ inverse[:, 0]
        influences.append(row @ residuals[own])
        spread.append(remain[:, own] @ row)
    gram = np.array(spread) @ np.array(spread).T
    degrees = np.trace(gram) ** 2 / np.sum(gram**2)

    inference = infer_cr2(gather(case.by_cells, case.cells.unit))

    assert isinstance(inference, Inference)
    std_error = np.sqrt(np.sum(np.square(influences)))
    assert inference.std_error == pytest.approx(std_error, rel=1e-8)
    effect = gather(case.by_cells, case.cells.unit).effect
    margin = stats.t.ppf(0.975, degrees) * std_error
    assert inference.ci_high == pytest.approx(effect + margin, rel=1e-8)


def test_the_jackknife_has_the_degrees_of_freedom_of_the_treated(case: Case) -> None:
    effect = gather(case.by_cells, case.cells.unit)
    inference = infer_cr3(effect)

    assert isinstance(inference, Inference)
    assert inference.std_error is not None
    t = abs(effect.effect) / inference.std_error
    assert inference.p_value == pytest.approx(2 * stats.t.sf(t, 3))


def test_wild_bootstrap_by_refitting_every_draw(case: Case) -> None:
    """Webb's weights on the residuals of the restricted fit, each sample fitted anew by rows."""
    rows = case.rows
    columns = case.by_rows.nuisance
    if case.by_rows.absorbed is not None:
        columns = np.column_stack([columns, np.eye(9)[rows.unit.to_numpy()]])
    whole = np.column_stack([rows.effect, columns])
    restricted = columns @ (np.linalg.pinv(columns) @ rows.y.to_numpy())
    residuals = rows.y.to_numpy() - restricted
    weights = draw_weights(9)[:99]
    drawn = restricted[:, None] + residuals[:, None] * weights.T[rows.unit]
    samples = np.column_stack([rows.y, drawn])
    inverse = np.linalg.pinv(whole)
    coefficients = inverse[0] @ samples
    errors = (samples - whole @ (inverse @ samples)) * inverse[0][:, None]
    sums = np.stack([errors[rows.unit == unit].sum(axis=0) for unit in range(9)])
    t = np.abs(coefficients) / np.sqrt(np.sum(sums**2, axis=0) * 9 / 8)

    bootstrap = draw_bootstrap(gather(case.by_cells, case.cells.unit), weights)

    assert bootstrap.find_p_value(0.0) == np.mean(t[1:] >= t[0])


def test_the_wild_interval_holds_what_is_not_rejected(case: Case) -> None:
    found = bootstrap_wild(gather(case.by_cells, case.cells.unit))
    assert isinstance(found, Inference)
    assert found.ci_low is not None
    for null, is_rejected in ((found.ci_low - 1e-6, True), (found.ci_low + 1e-6, False)):
        moved = case.by_cells.outcome - null * case.by_cells.regressors["effect"]
        again = bootstrap_wild(gather(replace(case.by_cells, outcome=moved), case.cells.unit))
        assert isinstance(again, Inference)
        assert (again.p_value <= 0.05) == is_rejected


def test_sums_of_units_say_the_same_as_the_regression() -> None:
    case = make_case("saturated")
    cells = case.cells.sort_values(["unit", "during"])
    sizes = cells["size"].to_numpy(dtype=float).reshape(9, 2)
    sums = cells.y.to_numpy().reshape(9, 2) * sizes
    panel = UnitPanel(tuple("abcdefghi"), sums, sizes, sizes, sizes, np.arange(9) < 4)

    verdicts = assess_together(panel)

    effect = gather(case.by_cells, case.cells.unit)
    for method, infer in METHODS.items():
        assert known(verdicts[method]) == pytest.approx(known(infer(effect)), rel=1e-9), method


@pytest.mark.parametrize(("n_treated", "kind"), [(1, "one treated"), (8, "one comparison")])
@EVERY_METHOD
def test_one_cluster_of_a_kind_is_refused(
    infer: Callable[[ClusteredEffect], Inference | Refusal], n_treated: int, kind: str
) -> None:
    case = make_case("two_way", n_treated)

    refusal = infer(gather(case.by_cells, case.cells.unit))

    reason = f"{kind} cluster: cluster-robust variance is not identified"
    assert refusal == Refusal(reason)


@EVERY_METHOD
def test_clusters_that_do_not_vary_are_refused(
    infer: Callable[[ClusteredEffect], Inference | Refusal],
) -> None:
    case = make_case("saturated")
    means = case.by_cells.nuisance @ [1.0, 2.0, 3.0]
    design = Design(means, case.by_cells.weights, case.by_cells.regressors, case.by_cells.nuisance)

    assert infer(gather(design, case.cells.unit)) == Refusal("no variation between the clusters")
