"""The population register, and pay by month in DREAM, beside what they have to agree with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_series_equal

from pipeline.errors import UsageError
from pipeline.spec import Study, load_delivery, parse_weeks
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.registers import BEF, PAY

SMALL = Request(persons=2_000, weeks=parse_weeks("2016-W50..2019-W20"))


@pytest.fixture(scope="module")
def folder(hir: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extras")
    simulate_delivery(hir, folder, replace(SMALL, extras=frozenset({BEF, PAY})))
    return folder


@pytest.fixture(scope="module")
def dream(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "dream.parquet")


@pytest.fixture(scope="module")
def residents(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "bef.parquet")


def test_nothing_else_changes_with_the_extras(
    hir: Study, folder: Path, dream: pl.DataFrame, tmp_path: Path
) -> None:
    simulate_delivery(hir, tmp_path, SMALL)
    assert not (tmp_path / "bef.parquet").exists()
    usual = pl.read_parquet(tmp_path / "dream.parquet")
    assert dream.select(usual.columns).equals(usual)
    assert (folder / "bfl.parquet").read_bytes() == (tmp_path / "bfl.parquet").read_bytes()
    assert load_delivery(tmp_path).bef.files == ()
    assert load_delivery(folder).bef.files == ("bef.parquet",)


def test_there_is_a_quarter_for_every_week(residents: pl.DataFrame) -> None:
    quarters = residents["referencetid"].unique().sort().to_list()
    assert quarters[:2] == [date(2016, 12, 31), date(2017, 3, 31)]
    assert quarters[-1] == date(2019, 6, 30)
    assert len(quarters) == 11
    assert not residents.select("pnr", "referencetid").is_duplicated().any()


def test_residents_live_where_dream_says(dream: pl.DataFrame, residents: pl.DataFrame) -> None:
    for year in (2017, 2018, 2019):
        first = residents.filter(pl.col("referencetid") == date(year, 3, 31))
        both = dream.select("pnr", f"nykom{year}").join(first, on="pnr", how="left")
        assert_series_equal(both[f"nykom{year}"], both["kom"], check_names=False)


def test_residents_are_who_dream_says_they_are(
    dream: pl.DataFrame, residents: pl.DataFrame
) -> None:
    told = residents.unique("pnr").join(dream, on="pnr")
    assert (told["koen"] == told["kon"]).all()
    born = told["foed_dag"]
    birthday_passed = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) <= 729
    age = 1990 - born.dt.year() + birthday_passed.cast(pl.Int32)
    known = told["alder9131"].is_not_null()
    assert (age.filter(known) == told["alder9131"].filter(known)).all()
    assert (age.filter(~known) < 0).all()
    told_once = residents.select("pnr", "koen", "foed_dag", "ie_type").unique()
    assert told_once["pnr"].is_unique().all()


def test_origins_and_marriages_are_plausible(residents: pl.DataFrame) -> None:
    assert (residents["ie_type"] == 1).mean() == pytest.approx(0.87, abs=0.03)
    old = residents.filter(pl.col("foed_dag") < date(1958, 1, 1))
    young = residents.filter(pl.col("foed_dag") > date(1997, 1, 1))
    assert (old["civst"] == "U").mean() < 0.4 < (young["civst"] == "U").mean()
    steps = residents.sort("pnr", "referencetid").select(
        pl.col("civst").replace_strict({"U": 0, "G": 1, "F": 2}).diff().over("pnr").drop_nulls()
    )
    assert steps.to_series().is_in([0, 1, 2]).all()


def test_pay_by_month_is_that_of_the_jobs(folder: Path, dream: pl.DataFrame) -> None:
    jobs = pl.read_parquet(folder / "bfl.parquet")
    march = jobs.filter(pl.col("ajo_job_start_dato").dt.truncate("1mo") == date(2018, 3, 1))
    hours = march.group_by("pnr").agg(pl.col("ajo_loentimer").sum())
    both = dream.join(hours, on="pnr", how="left")
    paid = both["ajo_loentimer"].fill_null(0) > 0
    assert (both["grad_2018_03"].is_not_null() == paid).all()
    assert (both["branche_2018_03"].is_not_null() == paid).all()
    ratio = (both["ajo_loentimer"] / 160.33).clip(0.01, 1.0).filter(paid)
    assert (both["grad_2018_03"].filter(paid) - ratio).abs().max() < 0.006
    assert dream["branche_2018_03"].drop_nulls().str.len_chars().unique().to_list() == [6]


def test_no_quarters_before_the_register_had_them(hir: Study, tmp_path: Path) -> None:
    old = Request(
        persons=500, weeks=parse_weeks("2006-W40..2019-W13"), extras=frozenset({BEF, PAY})
    )
    simulate_delivery(hir, tmp_path, old)
    residents = pl.read_parquet(tmp_path / "bef.parquet")
    assert residents["referencetid"].min() == date(2008, 3, 31)
    jobs = pl.read_parquet(tmp_path / "bfl.parquet")
    assert jobs["ajo_job_start_dato"].min() >= date(2008, 1, 1)
    pay = [name for name in pl.read_parquet_schema(tmp_path / "dream.parquet") if "grad" in name]
    assert pay[0] == "grad_2008_01"


def test_a_delivery_that_ends_before_the_registers_is_refused(hir: Study, tmp_path: Path) -> None:
    before, intervention = parse_weeks("2007-W05..2007-W20"), parse_weeks("2007-W21..2007-W40")
    periods = hir.periods.model_copy(update={"before": before, "intervention": intervention})
    study = hir.model_copy(update={"name": "other", "periods": periods, "phases": {}})
    request = replace(SMALL, weeks=parse_weeks("2007-W01..2007-W52"))
    with pytest.raises(UsageError, match="2008"):
        simulate_delivery(study, tmp_path, request)
