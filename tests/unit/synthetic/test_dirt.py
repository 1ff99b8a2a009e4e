"""Dirt in simulated registers: as much as is told, and what is under it unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.spec import Study, Weeks, parse_weeks
from pipeline.synthetic import blocks
from pipeline.synthetic.blocks import cut_blocks
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.dirt import HOMELESS, SEEN, SPLIT
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.people import make_plan
from pipeline.synthetic.registers import BEF, draw_registers
from pipeline.synthetic.truth import plant_course

CLEAN = Request(persons=2_000, weeks=parse_weeks("2016-W50..2019-W51"), extras=frozenset({BEF}))
NOTHING = ["", " ", "."]


def read(folder: Path, name: str = "dream") -> pl.DataFrame:
    frame = pl.read_parquet(folder / f"{name}.parquet")
    return frame.rename(str.lower)


def count(folder: Path) -> dict[str, int]:
    return dict(pl.read_csv(folder / "dirt.csv").select("kind", "count").iter_rows())


@pytest.fixture(scope="module")
def clean(hir: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(hir, tmp_path_factory.mktemp("clean"), frozenset())


@pytest.fixture(scope="module")
def dirty(hir: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(hir, tmp_path_factory.mktemp("dirty"), frozenset(SEEN))


def simulate(study: Study, folder: Path, dirt: frozenset[str]) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_MOST_PERSONS", 1_000)
        simulate_delivery(study, folder, replace(CLEAN, dirt=dirt))
    return folder


def test_a_clean_delivery_has_no_dirt(clean: Path, dirty: Path) -> None:
    assert not (clean / "dirt.csv").exists()
    assert count(dirty).keys() == SEEN.keys()
    assert min(count(dirty).values()) > 0
    assert (clean / "truth.csv").read_bytes() == (dirty / "truth.csv").read_bytes()


def test_repeated_persons_stand_there_in_equal_rows(clean: Path, dirty: Path) -> None:
    rows = read(dirty)
    assert len(rows) - len(read(clean)) == count(dirty)["duplicates"]
    assert rows.unique().height == rows["pnr"].n_unique() == len(read(clean))


def test_names_of_columns_are_in_upper_lower_and_mixed_case(dirty: Path) -> None:
    registers = [
        name for file in ("dream", "bfl", "bef")
        for name in pl.read_parquet_schema(dirty / f"{file}.parquet")
    ]  # fmt: skip
    assert len(registers) == count(dirty)["mixed_case"]
    assert any(name.isupper() for name in registers)
    assert any(name.islower() for name in registers)
    assert any(not name.isupper() and not name.islower() for name in registers)


def test_weeks_not_yet_reported_follow_the_last(clean: Path, dirty: Path) -> None:
    """Two weeks of 2019, six of 2020, and its municipality."""
    rows = read(dirty)
    added = [name for name in rows.columns if name not in read(clean).columns]
    assert added[:5] == ["kommunenavn", *(f"nykom{year}" for year in range(2012, 2016))]
    added = added[5:]
    assert added == ["y_1952", *(f"y_{2001 + i}" for i in range(7)), "nykom2020"]
    assert count(dirty)["unreported_weeks"] == 9
    blank = pl.col(added).cast(pl.String).fill_null("").is_in(NOTHING)
    assert rows.select(blank.all()).transpose().to_series().all()


def test_no_benefit_is_written_in_several_ways(clean: Path, dirty: Path) -> None:
    rows = read(dirty).unique()
    text = [name for name in rows.columns if name[:2] == "y_" and rows[name].dtype == pl.String]
    assert text
    written = rows.select(pl.col(text).is_in(NOTHING).sum()).sum_horizontal().item()
    assert written == count(dirty)["blanks_and_dots"]
    assert all(rows[text[0]].eq(mark).any() for mark in NOTHING)
    assert rows[text[0]].null_count() > 0


def test_some_have_no_municipality_in_one_year(clean: Path, dirty: Path) -> None:
    both = read(clean).join(read(dirty).unique(), on="pnr", suffix="_dirty")
    years = [name for name in read(clean).columns if name.startswith("nykom")]
    lost = [both.filter(pl.col(y).is_not_null() & pl.col(f"{y}_dirty").is_null()) for y in years]
    assert sum(len(rows) for rows in lost) == count(dirty)[HOMELESS]
    assert 5 < count(dirty)[HOMELESS] < 40
    kept = [(pl.col(y) == pl.col(f"{y}_dirty")) | pl.col(f"{y}_dirty").is_null() for y in years]
    assert both.select(pl.all_horizontal(kept).fill_null(True).all()).item()


def test_municipalities_go_back_to_a_joint_job_centre_that_split(dirty: Path) -> None:
    """That of Svendborg and Langeland, in 2013; nobody has moved since."""
    rows = read(dirty).unique()
    assert rows["nykom2012"].equals(rows["nykom2016"].alias("nykom2012"))
    assert count(dirty)[SPLIT] == rows["nykom2013"].is_in([479, 482]).sum() > 5


def test_a_job_centre_that_splits_in_the_study_is_counted(hir: Study, tmp_path: Path) -> None:
    windows = {"before": "2020-W10..2021-W09", "intervention": "2021-W10..2022-W13"}
    periods = hir.periods.model_copy(
        update={name: parse_weeks(window) for name, window in windows.items()}
    )
    others = tuple(name for name in hir.participating if name != "Vallensbæk-Ishøj")
    later = hir.model_copy(
        update={"name": "later", "participating": others, "periods": periods, "phases": {}}
    )
    request = Request(persons=3_000, weeks=parse_weeks("2020-W01..2022-W13"))
    simulate_delivery(later, tmp_path, replace(request, dirt=frozenset({SPLIT})))
    rows, codes = read(tmp_path), [183, 187]
    assert "nykom2019" not in rows.columns
    stays = (pl.col("nykom2021") == pl.col("nykom2022")) & pl.col("nykom2022").is_in(codes)
    assert count(tmp_path)[SPLIT] == rows.select(stays.sum()).item() > 5


def test_a_code_comes_late(clean: Path, dirty: Path) -> None:
    weeks = [name for name in read(clean).columns if name.startswith("y_")]
    number = pl.col(weeks).cast(pl.String).str.strip_chars().cast(pl.Int16, strict=False)
    old, new = (
        read(folder).unique().sort("pnr").select(number.fill_null(0)).to_numpy()
        for folder in (clean, dirty)
    )
    changed = old != new
    assert changed.sum() == count(dirty)["late_code"]
    assert set(old[changed].tolist()) == {818}
    assert set(new[changed].tolist()) == {817}
    first = np.flatnonzero((new == 818).any(axis=0))[0]
    assert not changed[:, first:].any()
    assert not (old[:, first:] != new[:, first:]).any()
    assert 50 < first < len(weeks) - 50


def test_csv_is_in_latin_1(hir: Study, dirty: Path, tmp_path: Path) -> None:
    request = replace(CLEAN, persons=1_000, file_format="csv", dirt=frozenset(SEEN))
    simulate_delivery(hir, tmp_path, request)
    content = (tmp_path / "dream.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert "København" in content.decode("latin-1")
    assert "København" in read(dirty)["kommunenavn"].to_list()


def test_each_kind_comes_alone_as_among_others(hir: Study) -> None:
    course = plant_course(hir, read_geography(Weeks(*hir.span)), CLEAN.weeks)
    plan = make_plan(course, CLEAN.persons, CLEAN.seed)
    (block,) = cut_blocks(plan.persons, plan.citizens, plan.strangers)
    _, among_others = draw_registers(replace(plan, dirt=frozenset(SEEN)), block)
    for kind in SEEN:
        _, alone = draw_registers(replace(plan, dirt=frozenset({kind})), block)
        assert alone.keys() == {kind}
        # More columns are there to be renamed, and more weeks to be blank, where others are added;
        # and of who has lost a municipality nothing tells that theirs split.
        if kind not in ("mixed_case", "blanks_and_dots", SPLIT):
            assert alone[kind] == among_others[kind] > 0
