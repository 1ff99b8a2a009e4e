"""What a delivery holds."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.errors import UsageError
from pipeline.spec import Study, load_delivery, parse_weeks
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.people import _scramble, count_citizens
from pipeline.synthetic.truth import plant_course
from tests.unit.synthetic.registers import COURSE, INTERVENTION, Registers, jobcentres, read_list

SMALL = Request(persons=1_500)
DEAD, ABROAD, PENSION = 999, 997, 998


@pytest.fixture(scope="module")
def small(hir: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    simulate_delivery(hir, folder, SMALL)
    return folder


def test_every_benefit_group_occurs_and_every_code_is_listed(registers: Registers) -> None:
    groups = {int(row["code"]): row["benefit_group"] for row in read_list("benefit_codes")}
    written = set(np.unique(registers.codes).tolist()) - {0}
    assert written <= groups.keys()
    assert {groups[code] for code in written} == set(groups.values())


def test_weeks_follow_each_other_and_2015_has_53(registers: Registers) -> None:
    assert (registers.columns[0], registers.columns[-1]) == ("y_1501", "y_1913")
    assert "y_1553" in registers.columns
    steps = {
        later - earlier
        for earlier, later in zip(registers.mondays, registers.mondays[1:], strict=False)
    }
    assert steps == {timedelta(days=7)}


def test_all_municipalities_are_lived_in_roughly_by_size(registers: Registers) -> None:
    counts = dict(registers.dream["nykom2018"].drop_nulls().value_counts().iter_rows())
    assert counts.keys() == jobcentres().keys()
    assert len(counts) == 98
    assert counts[101] / len(registers.dream) == pytest.approx(0.106, abs=0.02)
    assert counts[825] < 60


def test_who_is_dead_stays_dead_and_lives_nowhere_from_the_next_year(registers: Registers) -> None:
    dead = registers.codes == DEAD
    assert dead[:, -1].sum() > 100
    assert not (dead[:, :-1] & ~dead[:, 1:]).any()
    years = np.array([day.isocalendar().year for day in registers.mondays])
    for year in range(2015, 2020):
        lives = registers.dream[f"nykom{year}"].is_not_null().to_numpy()
        first = int(np.argmax(years == year))
        gone = np.isin(registers.codes[:, first], (DEAD, ABROAD))
        assert np.array_equal(lives, ~gone)


def test_every_week_on_the_course_has_a_job_centre(registers: Registers) -> None:
    assert (registers.unit[registers.on_course] >= 0).all()


def test_some_move_between_and_some_within_job_centres(registers: Registers) -> None:
    names = jobcentres()
    homes = registers.dream.select("nykom2017", "nykom2018").drop_nulls()
    moved = homes.filter(pl.col("nykom2017") != pl.col("nykom2018"))
    within = [names[old] == names[new] for old, new in moved.iter_rows()]
    assert len(moved) / len(homes) == pytest.approx(0.036, abs=0.008)
    assert 5 < sum(within) < len(within) / 5


def test_the_course_has_a_whole_country_of_citizens(registers: Registers) -> None:
    assert registers.on_course.any(axis=1).sum() == pytest.approx(25_000, rel=0.05)
    stock = registers.on_course.sum(axis=0)
    assert stock.min() > 10_000
    assert stock.max() < 12_000


def test_people_come_back_to_the_course(registers: Registers) -> None:
    starts = (~registers.on_course[:, :-1] & registers.on_course[:, 1:]).sum(axis=1)
    assert (starts >= 2).sum() > 500


def test_pension_comes_with_age(registers: Registers) -> None:
    old = registers.dream["alder9131"].to_numpy() >= 45
    last = registers.codes[:, -1]
    assert np.isin(last[old], (PENSION, DEAD, ABROAD)).all()
    assert registers.dream["alder9131"].null_count() > 0


def test_keys_are_text_with_leading_zeros_that_tell_nothing(registers: Registers) -> None:
    keys = registers.dream["pnr"]
    assert keys.dtype == pl.String
    assert keys.n_unique() == len(keys)
    assert (keys.str.len_chars() == 10).all()
    assert keys.str.starts_with("0").all()
    row = np.arange(len(keys))
    number = keys.cast(pl.Int64).to_numpy()
    ever = registers.on_course.any(axis=1)
    for told in (row, number):
        assert abs(np.corrcoef(told, ever)[0, 1]) < 0.02


def test_keys_are_of_one_person_whatever_the_seed() -> None:
    """Among them seeds whose first numbers have ten digits, as 7 and 15."""
    for seed in range(20):
        keys = _scramble(np.arange(200_000), seed)
        assert len(np.unique(keys)) == len(keys)
        assert 0 <= keys.min() <= keys.max() < 10**9


def test_jobs_lie_within_one_month_and_some_are_supported(registers: Registers) -> None:
    jobs = registers.bfl
    start, end = pl.col("ajo_job_start_dato"), pl.col("ajo_job_slut_dato")
    assert jobs.filter(start.dt.truncate("1mo") != end.dt.truncate("1mo")).is_empty()
    assert jobs.filter(start > end).is_empty()
    unpaid = jobs.filter(pl.col("ajo_loentimer") == 0)
    assert len(unpaid) / len(jobs) == pytest.approx(0.01, abs=0.005)
    assert set(unpaid["ajo_loentime_kode"]) == {1}
    assert set(jobs["stoette_besk_kode"]) == {0, 1, 2, 3, 4, 5, 6, 7}
    imputed = jobs.filter(pl.col("ajo_loentime_kode") == 0)
    assert 0 < len(imputed) == jobs["ajo_indberettede_loentimer"].null_count()


def test_some_jobs_belong_to_people_who_are_not_in_dream(registers: Registers) -> None:
    strangers = registers.bfl.join(registers.dream, on="pnr", how="anti")
    assert 0 < len(strangers) < len(registers.bfl) / 10


def test_the_delivery_file_names_the_registers(registers: Registers) -> None:
    delivery = load_delivery(registers.folder)
    assert delivery.dream.files == ("dream.parquet",)
    assert delivery.bfl.files == ("bfl.parquet",)
    assert tomllib.loads((registers.folder / "delivery.toml").read_text())


def test_truth_has_a_row_per_outcome_phase_and_unit(registers: Registers, hir: Study) -> None:
    truth = pl.read_csv(registers.folder / "truth.csv")
    assert truth.columns[:6] == ["outcome", "phase", "unit", "before", "during", "effect"]
    assert truth.columns[6:10] == ["source", "before_rmst_52", "during_rmst_52", "effect_rmst_52"]
    others = ("median", "survival_13", "survival_26", "survival_52")
    assert truth.columns[10:] == [
        f"{figure}_{other}" for other in others for figure in ("before", "during", "effect")
    ]
    assert set(truth["source"]) == {"exact", "draw"}
    assert len(truth) == 4 * 3 * (len(hir.participating) + 2)
    assert set(truth["phase"]) == {"intervention", *hir.phases}
    assert set(truth.filter(pl.col("effect").is_null())["unit"]) == {"rest_of_country"}


def test_same_seed_same_bytes(hir: Study, small: Path, tmp_path: Path) -> None:
    simulate_delivery(hir, tmp_path, SMALL)
    assert len(list(small.iterdir())) == 6
    for path in small.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_another_seed_draws_others_under_the_same_truth(
    hir: Study, small: Path, tmp_path: Path
) -> None:
    simulate_delivery(hir, tmp_path, replace(SMALL, seed=2))
    for name, same in (("dream.parquet", False), ("bfl.parquet", False), ("truth.csv", True)):
        assert ((small / name).read_bytes() == (tmp_path / name).read_bytes()) == same


def test_csv_holds_the_same_as_parquet(hir: Study, small: Path, tmp_path: Path) -> None:
    simulate_delivery(hir, tmp_path, replace(SMALL, file_format="csv"))
    assert load_delivery(tmp_path).dream.files == ("dream.csv",)
    for name in ("dream", "bfl"):
        parquet = pl.read_parquet(small / f"{name}.parquet")
        found = pl.read_csv(tmp_path / f"{name}.csv", schema=parquet.schema)
        assert_frame_equal(found, parquet)
    assert (tmp_path / "truth.csv").read_bytes() == (small / "truth.csv").read_bytes()


def test_persons_scale(registers: Registers, small: Path) -> None:
    few = Registers(small)
    assert len(few.dream) == 1_500
    assert len(registers.dream) == 60_000
    shares = [found.on_course.any(axis=1).mean() for found in (few, registers)]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)


def test_other_weeks_can_be_asked_for(hir: Study, tmp_path: Path) -> None:
    request = replace(SMALL, weeks=parse_weeks("2017-W09..2019-W20"))
    simulate_delivery(hir, tmp_path, request)
    found = Registers(tmp_path)
    assert (found.columns[0], found.columns[-1]) == ("y_1709", "y_1920")
    assert found.on_course[:, found.span(INTERVENTION)].any()


@pytest.mark.parametrize("weeks", ["2017-W10..2019-W13", "2015-W01..2019-W12"])
def test_weeks_must_hold_the_windows_and_the_week_before(
    hir: Study, tmp_path: Path, weeks: str
) -> None:
    with pytest.raises(UsageError, match=r"2017-W09\.\.2019-W13"):
        simulate_delivery(hir, tmp_path, replace(SMALL, weeks=parse_weeks(weeks)))
    assert not list(tmp_path.iterdir())


def test_years_in_which_job_centres_change_have_the_study_s_truth(
    hir: Study, registers: Registers, tmp_path: Path
) -> None:
    """Ishøj and Langeland have job centres of their own in some of these years, not in HIR's."""
    weeks = parse_weeks("2011-W01..2022-W10")
    simulate_delivery(hir, tmp_path, replace(SMALL, weeks=weeks, shocks=0.0))
    truth, usual = (pl.read_csv(folder / "truth.csv") for folder in (tmp_path, registers.folder))
    # Pooled, job centres weigh as their people have moved, for some years more.
    planted = (
        pl.col("phase") == "intervention",
        pl.col("unit") != "participating",
        pl.col("outcome").is_in(["weeks_between_measures", "share_practice_or_hours"]),
    )
    columns = ["outcome", "unit", "before", "during", "effect"]
    found, expected = (rows.filter(*planted).select(columns) for rows in (truth, usual))
    assert_frame_equal(found, expected, abs_tol=1e-6)
    homes = pl.read_parquet(tmp_path / "dream.parquet", columns=["nykom2011", "nykom2022"])
    for year in homes.columns:
        assert {183, 482} <= set(homes[year].to_list())


def test_nobody_is_on_the_course_before_it_was_introduced(hir: Study, tmp_path: Path) -> None:
    request = replace(SMALL, weeks=parse_weeks("2011-W01..2019-W13"))
    simulate_delivery(hir, tmp_path, request)
    found = Registers(tmp_path)
    stock = found.on_course.sum(axis=0)
    years = np.array([monday.isocalendar().year for monday in found.mondays])
    assert stock[years < 2013].max() == 0
    assert stock[years == 2013].max() > 0
    assert stock[years == 2018].min() > 2 * stock[years == 2013].max()


def test_a_whole_country_has_as_many_on_the_course_as_denmark(hir: Study) -> None:
    weeks = parse_weeks("2015-W01..2019-W13")
    course = plant_course(hir, read_geography(weeks), weeks)
    stock = course.planted.expectation.benefit[course.chain.calendar.start :].sum(axis=1).mean()
    assert count_citizens(course, 5_300_000) * stock == pytest.approx(30_000, rel=0.01)
    assert count_citizens(course, 60_000) == 27_000


def test_too_few_persons_are_refused(hir: Study, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too few"):
        simulate_delivery(hir, tmp_path, replace(SMALL, persons=10))


def test_a_study_of_another_benefit_has_the_course_as_one_of_the_others(
    planted_hir: Study, tmp_path: Path
) -> None:
    """Only citizens whose truth is known may receive the study's benefit."""
    population = planted_hir.populations[planted_hir.headline_population]
    other = planted_hir.model_copy(
        update={
            "name": "other",
            "populations": {"cash": population.model_copy(update={"benefit": "cash_benefit"})},
        }
    )
    simulate_delivery(other, tmp_path, SMALL)
    found = Registers(tmp_path)
    cash = np.isin(found.codes, range(730, 740))
    assert cash.any(axis=1).mean() == pytest.approx(0.42, abs=0.05)
    assert found.on_course.any(axis=1).mean() < 0.1
    assert np.isin(found.codes, COURSE).any()
