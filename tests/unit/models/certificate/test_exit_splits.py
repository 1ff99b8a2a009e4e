"""Ways out at every start week: the figures that two windows give to the exits of a study."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pipeline.models.certificate.exit_splits import ExitSplits, split_exits
from pipeline.models.certificate.rejections import find_person_p, reject_programmes, reject_units
from pipeline.models.certificate.splits import SHORTEST_WEEKS
from pipeline.models.effect import Change, Contrast
from pipeline.models.exits import ExitCells, Exits
from pipeline.models.inference import PERSON_CLUSTER, PLACEBO_T, Inference
from pipeline.models.pseudo_values import PseudoPanels
from pipeline.spec import Study

UNITS = ("Anholt", "Brund", "Cortsø", "Dragør", "Egense", "Falslev")
COUNTED = ("education", "flexible_job")
WAYS = ("education", "flexible_job", "other_benefit", None)
N_WEEKS = 108


@pytest.fixture(scope="module")
def parts(study: Study) -> pl.DataFrame:
    """Stays of which many are under way before the study; some have two parts."""
    chance = np.random.default_rng(3)
    rows = []
    for number in range(1500):
        stay = int(chance.integers(-80, 105))
        cut = stay + int(chance.integers(0, 25))
        end = cut + int(chance.integers(1, 70))
        way = WAYS[chance.integers(4)]
        first, last = chance.choice(UNITS, 2)
        person = f"p{number % 1100}"
        if cut > stay:
            rows.append((first, person, stay, stay, cut, None))
        rows.append((last, person, stay, cut, end, way))
    names = ["jobcentre", "person_id", "stay_start_week", "start_week", "end_week", "way_out"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    monday = pl.lit(study.span[0])
    weeks = [name for name in names if name.endswith("_week")]
    return frame.with_columns(
        (monday + pl.duration(weeks=pl.col(name))).alias(name) for name in weeks
    )


def cut(study: Study, parts: pl.DataFrame, start: int, sampling: str) -> pl.DataFrame:
    """The parts as the stages of a study see them in the weeks before a start and from it on."""
    rows = []
    for part in parts.to_dicts():
        stay, begin, end = (
            (part[f"{name}_week"] - study.span[0]) // timedelta(weeks=1)
            for name in ("stay_start", "start", "end")
        )
        for period, first, last in (("before", 0, start - 1), ("intervention", start, N_WEEKS - 1)):
            if begin > last or end <= first or (sampling == "flow" and stay < first):
                continue
            rows.append(
                {
                    "population": "everyone",
                    "sampling": sampling,
                    "period": period,
                    "person_id": part["person_id"],
                    "jobcentre": part["jobcentre"],
                    "entry_weeks": max(begin, first) - stay,
                    "duration_weeks": min(end, last + 1) - stay,
                    "way_out": part["way_out"] if end <= last else None,
                }
            )
    return pl.DataFrame(rows)


@pytest.fixture(scope="module")
def splits(study: Study, parts: pl.DataFrame) -> ExitSplits:
    found = split_exits(study, parts, COUNTED, "stock_and_flow")
    assert found is not None
    return found


@pytest.mark.parametrize("sampling", ["stock_and_flow", "flow"])
@pytest.mark.parametrize("treated", [("Brund",), ("Anholt", "Brund", "Falslev")])
def test_a_panel_at_a_start_is_the_one_of_the_study_with_that_start(
    study: Study, parts: pl.DataFrame, sampling: str, treated: tuple[str, ...]
) -> None:
    splits = split_exits(study, parts, COUNTED, sampling)
    assert splits is not None
    assert splits.units == UNITS
    assert splits.starts[[0, -1]].tolist() == [SHORTEST_WEEKS, N_WEEKS - SHORTEST_WEEKS]
    is_treated = np.isin(UNITS, treated)
    for start in (30, 54):
        exits = Exits(cut(study, parts, start, sampling), "everyone", sampling)
        panels = PseudoPanels(exits.book, ExitCells(exits, COUNTED).fit)
        rest = frozenset(UNITS) - frozenset(treated)
        wanted = panels.build(treated, rest, "intervention", is_pooled=True)
        place = np.flatnonzero(splits.starts == start)
        found = splits.build_panel(is_treated[None], place)
        if sampling == "flow" and start < 52:
            # Nobody who came before the start is followed for a year.
            assert wanted is None
            assert not found.is_known.any()
            continue
        assert wanted is not None
        order = [wanted.units.index(unit) for unit in UNITS]
        assert found.numerator[0] == pytest.approx(wanted.numerator[order], rel=1e-9)
        assert found.denominator[0] == pytest.approx(wanted.denominator[order])
        assert found.persons[0] == pytest.approx(wanted.persons[order])


def test_members_vary_as_the_study_s_own_person_clusters(
    study: Study, parts: pl.DataFrame, splits: ExitSplits
) -> None:
    """To first order: the curve of all job centres stands for that of each group."""
    start, treated = 54, frozenset({"Anholt", "Brund"})
    exits = Exits(cut(study, parts, start, "stock_and_flow"), "everyone", "stock_and_flow")
    fit = ExitCells(exits, COUNTED).fit
    groups = (treated, frozenset(UNITS) - treated)
    changes = [Change(fit(group, "before"), fit(group, "intervention")) for group in groups]
    wanted = Contrast(*changes).infer(PERSON_CLUSTER)
    assert isinstance(wanted, Inference)

    place = np.flatnonzero(splits.starts == start)
    panel = splits.build_panel(np.isin(UNITS, sorted(treated))[None], place)
    (p_value,) = find_person_p(splits, panel, splits.moments[place])

    assert p_value == pytest.approx(wanted.p_value, abs=0.05)


def test_placebo_programmes_are_tested(splits: ExitSplits) -> None:
    rejected = reject_units(splits)[PLACEBO_T]
    together = reject_programmes(splits, 2)

    assert rejected.shape == (len(splits.starts), len(UNITS))
    assert np.isin(rejected[np.isfinite(rejected)], [0.0, 1.0]).all()
    assert np.isfinite(together["cr3"]).mean() > 0.9


def test_nobody_splits_into_nothing(study: Study, parts: pl.DataFrame) -> None:
    assert split_exits(study, parts.clear(), COUNTED, "flow") is None
