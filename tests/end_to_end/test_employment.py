"""Employment is a table on demand, by DREAM's months of pay or by e-income."""

from datetime import date

import polars as pl

from tests.support.tiny import DELIVERY, PLANTED, Place, make_dream

TABLE = "core.employment_spells"


def deliver(place: Place, dream: pl.DataFrame) -> None:
    dream.write_parquet(place.data / "dream.parquet")


def leave(dream: pl.DataFrame) -> pl.DataFrame:
    """The first person leaves the benefit for good from 2018-W10 on, on 5 March."""
    weeks = [f"y_18{week:02d}" for week in range(10, 25)]
    is_first = pl.int_range(pl.len()) == 0
    return dream.with_columns(pl.when(~is_first).then(pl.col(week)).alias(week) for week in weeks)


def build(place: Place) -> list[tuple]:
    told = place.run("--until", TABLE)
    assert told.code == 0, told.output
    return pl.read_parquet(place.out / "work" / "core" / "employment_spells.parquet").rows()


def test_a_run_does_not_build_what_no_study_asks_for(place: Place) -> None:
    told = place.run("--until", "analysis.covariates")
    assert told.code == 0, told.output
    assert place.run().code == 0
    assert (place.out / "work" / "core" / "persons.parquet").exists()
    assert not (place.out / "work" / "core" / "employment_spells.parquet").exists()


def test_months_of_dream_tell_of_pay_to_the_last_that_is_reported(place: Place) -> None:
    """Pay in April and May, of which nothing is reported yet from June on."""
    months = {"grad_2018_03": None, "grad_2018_04": 1.0, "grad_2018_05": 0.5, "grad_2018_06": None}
    deliver(place, leave(make_dream()).with_columns(pl.lit(v).alias(k) for k, v in months.items()))
    assert build(place) == [(f"{PLANTED}0000", date(2018, 4, 2), date(2018, 6, 4))]


def test_without_months_the_hours_of_e_income_tell(place: Place) -> None:
    """The first person's jobs are without hours at first."""
    deliver(place, leave(make_dream()))
    assert build(place) == []
    jobs = pl.read_parquet(place.data / "bfl.parquet")
    jobs.with_columns(ajo_loentimer=1.0).write_parquet(place.data / "bfl.parquet")
    assert build(place) == [(f"{PLANTED}0000", date(2018, 3, 5), date(2018, 6, 18))]


def test_without_months_and_e_income_nobody_is_known_to_be_employed(place: Place) -> None:
    text = place.study.read_text(encoding="utf-8").replace(', "ordinary_hours"', "")
    place.study.write_text(text, encoding="utf-8")
    deliver(place, leave(make_dream()))
    place.describe(DELIVERY.split("[bfl]")[0])
    assert build(place) == []
