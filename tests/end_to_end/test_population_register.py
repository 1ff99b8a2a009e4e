"""The population register, when given, is believed of where people live and who they are."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.support.deliveries import Edit, keep
from tests.support.tiny import DELIVERY, HOMES, PLANTED, Place, Told, make_dream

QUARTERS = [date(2017, 12, 31), date(2018, 3, 31), date(2018, 6, 30)]
WITH_REGISTER = f"{DELIVERY}\n[bef]\nfiles = ['bef.parquet']\n"
ESTIMATES = "estimates.csv"


def make_register() -> pl.DataFrame:
    """Everyone of DREAM at home where DREAM says, and a neighbour who is not in DREAM."""
    rows = [
        (f"{PLANTED}{number:04d}", quarter, HOMES[number % 4], 1 + number % 2, date(1980, 5, 17), 1)
        for quarter in QUARTERS
        for number in range(41)
    ]
    names = ["PNR", "REFERENCETID", "KOM", "KOEN", "FOED_DAG", "IE_TYPE"]
    return pl.DataFrame(rows, schema=names, orient="row")


def run(place: Place, change: Edit = keep, *, until: str | None = None) -> Told:
    """Run the study, or make one table of it, with the register after a change."""
    change(make_register()).write_parquet(place.data / "bef.parquet")
    place.describe(WITH_REGISTER)
    return place.run() if until is None else place.run("--until", until)


def read(place: Place, table: str) -> pl.DataFrame:
    layer, noun = table.split(".")
    return pl.read_parquet(place.out / "work" / layer / f"{noun}.parquet")


def test_the_same_municipalities_give_the_same_estimates(place: Place) -> None:
    assert place.run().code == 0
    without = (place.out / ESTIMATES).read_bytes()
    told = run(place)
    assert told.code == 0, told.output
    assert (place.out / ESTIMATES).read_bytes() == without
    assert "bef.parquet" in (place.out / "report.html").read_text(encoding="utf-8")


def test_files_by_quarter_with_lobenr_and_other_ways_to_write_give_the_same(place: Place) -> None:
    """Text with SAS dates, commas between; every register calls the person by another name."""
    assert run(place).code == 0
    expected = (place.out / ESTIMATES).read_bytes()
    make_dream().rename({"pnr": "LOBENR"}).write_parquet(place.data / "dream.parquet")
    jobs = pl.read_parquet(place.data / "bfl.parquet")
    jobs.rename({"pnr": "lobenr"}).write_parquet(place.data / "bfl.parquet")
    for quarter in QUARTERS:
        part = make_register().filter(pl.col("REFERENCETID") == quarter)
        part = part.rename({"PNR": "Lobenr"}).with_columns(
            pl.col("REFERENCETID", "FOED_DAG").dt.strftime("%d%b%Y").str.to_uppercase(),
            pl.col("KOM").cast(pl.String).str.pad_start(4, "0"),
        )
        part.write_csv(place.data / f"bef{quarter:%Y%m}.csv")
    text = WITH_REGISTER.replace("bef.parquet", "bef20*.csv").replace(
        "files", "person='lobenr'\nfiles"
    )
    place.describe(text)
    told = place.run()
    assert told.code == 0, told.output
    assert (place.out / ESTIMATES).read_bytes() == expected
    assert read(place, "core.persons")["origin"].unique().to_list() == ["danish"]


def test_persons_have_the_sex_the_age_and_the_origin_of_the_register(place: Place) -> None:
    """Before 5 March the birthday in May has not come."""
    assert run(place, until="analysis.covariates").code == 0
    covariates = read(place, "analysis.covariates").sort("person_id")
    assert covariates["sex"].head(2).to_list() == ["man", "woman"]
    assert covariates["age_years"].unique().to_list() == [37]
    assert covariates["origin"].unique().to_list() == ["danish"]


def test_a_register_without_sex_birth_and_origin_will_do(place: Place) -> None:
    told = run(place, lambda frame: frame.drop("KOEN", "FOED_DAG", "IE_TYPE"), until="core.persons")
    assert told.code == 0, told.output
    assert read(place, "core.persons")["sex"].null_count() == 40


def test_a_move_within_the_year_is_seen(place: Place) -> None:
    moves = (pl.col("PNR") == f"{PLANTED}0000") & (pl.col("REFERENCETID") == QUARTERS[2])
    home = pl.when(moves).then(159).otherwise("KOM").alias("KOM")
    told = run(place, lambda frame: frame.with_columns(home), until="analysis.episodes")
    assert told.code == 0, told.output
    spells = read(place, "analysis.episodes").filter(pl.col("person_id") == f"{PLANTED}0000")
    ends = spells.select("jobcentre", "start_week", "end_week").rows()
    assert (ends[0][0], ends[0][2]) == ("Greve", date(2018, 4, 2))
    assert ends[1][:2] == ("Gladsaxe", date(2018, 4, 2))


def test_who_is_not_in_the_register_is_counted_and_has_no_municipality(place: Place) -> None:
    is_missing = pl.col("PNR").is_in([f"{PLANTED}0001", f"{PLANTED}0002"])
    told = run(place, lambda frame: frame.filter(~is_missing))
    assert told.code == 0, told.output
    assert "bef.pnr: 2 persons of DREAM are not in the population register" in told.output
    attrition = read(place, "analysis.attrition").filter(period="intervention")
    assert attrition["n_persons"].to_list() == [40, 40, 38, 38]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda f: f.filter(pl.col("REFERENCETID") != QUARTERS[1]),
            "bef.referencetid: 1 quarters of the window are missing, the first 2018-Q1",
        ),
        (
            lambda f: f.with_columns(REFERENCETID=pl.col("REFERENCETID").dt.offset_by("-1d")),
            "bef.referencetid: 123 rows are of a day that ends no quarter",
        ),
        (
            lambda f: pl.concat([f, f[:3].with_columns(KOM=pl.lit(101, pl.Int64))]),
            "bef.pnr, referencetid: 3 keys stand on more than one row, and the rows differ",
        ),
        (
            lambda f: f.with_columns(PNR="0" + pl.col("PNR")),
            "not one of 40 persons of DREAM is in the population register",
        ),
        (
            lambda f: f.drop("KOM"),
            "bef.kom: there is no such column (municipality in delivery.toml",
        ),
        (
            lambda f: f.with_columns(KOM=pl.lit(998)),
            "bef.kom: municipality code 998 is in no code list, for 40 persons",
        ),
        (
            lambda f: f.with_columns(KOEN=pl.lit(f"{PLANTED} text")),
            "bef.koen: 123 values cannot be read",
        ),
        (lambda f: f.with_columns(PNR=pl.lit(None)), "bef.pnr: 123 values are missing"),
        (lambda f: f.clear(), "bef.parquet: bef: there is no row"),
    ],
)
def test_a_faulty_register_is_told(place: Place, change, fault: str) -> None:
    told = run(place, change)
    assert (told.code, fault in told.output) == (11, True), told.output
    assert PLANTED not in told.output + told.left, "a person is told"
    assert "withheld" not in told.output


def test_equal_rows_of_a_person_and_quarter_are_read_once(place: Place) -> None:
    told = run(place, lambda frame: pl.concat([frame, frame[:3]]), until="core.residences")
    assert told.code == 0, told.output
    assert "bef.pnr, referencetid: 3 keys stand on more than one row, all equal" in told.output


def test_another_name_for_an_optional_column_is_asked_for(place: Place) -> None:
    make_register().write_parquet(place.data / "bef.parquet")
    place.describe(WITH_REGISTER + "sex = 'kn'\n")
    assert "bef.kn: there is no such column (sex in delivery.toml)" in place.check().output
