"""Delivered columns are found whatever their order and case; what is missing is told by name."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.errors import ContractError
from pipeline.registers.columns import choose_columns, choose_dream_columns
from pipeline.spec import Bef, Bfl, Dream, Register

DREAM = Dream(files=("dream.csv",))
WEEKS = ["y_1552", "y_1553", "y_1601"]
YEARS = ["nykom2015", "nykom2016"]
BFL = ["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "stoette_besk_kode"]


def refuse(delivered: list[str], dream: Dream = DREAM) -> list[str]:
    with pytest.raises(ContractError) as caught:
        choose_dream_columns(delivered, dream)
    return [str(fault) for fault in caught.value.faults]


def test_weeks_and_years_are_put_in_order() -> None:
    found = choose_dream_columns(["y_1601", "nykom2016", *WEEKS[:2], "nykom2015", "pnr"], DREAM)
    assert list(found.names) == ["pnr", *WEEKS, *YEARS]
    assert (found.first_week, found.last_week) == (date(2015, 12, 21), date(2016, 1, 4))
    assert (found.first_year, found.last_year) == (2015, 2016)


def test_names_are_matched_without_case_and_kept_as_delivered() -> None:
    found = choose_dream_columns(["PNR", "Y_1601", "NyKom2016"], DREAM)
    assert found.names == {"PNR": "pnr", "Y_1601": "y_1601", "NyKom2016": "nykom2016"}


def test_the_person_may_have_another_name() -> None:
    dream = Dream(files=("dream.csv",), person="LoebeNr")
    assert choose_dream_columns(["loebenr", *WEEKS, *YEARS], dream).names["loebenr"] == "pnr"


def test_other_columns_are_left_alone() -> None:
    others = ["ak16", "visit_1kv2016", "y_16011", "my_1601", "y_160", "nykom16", "grad_2016"]
    assert not set(choose_dream_columns(["pnr", *WEEKS, *YEARS, *others], DREAM).names) & set(
        others
    )


def test_what_tells_of_persons_and_of_pay_is_found_and_what_is_lacking_is_named() -> None:
    """`grad` tells of pay, and `branche` where there is no `grad`; months are put in order."""
    needed = ["pnr", *WEEKS, *YEARS]
    months = ["GRAD_2016_01", "Grad_2015_12", "branche_2015_12"]
    found = choose_dream_columns([*needed, "KON", *months], DREAM)
    assert found.months == ["grad_2015_12", "grad_2016_01"]
    assert (found.first_month, found.names["KON"]) == (date(2015, 12, 1), "kon")
    assert found.absent == ["alder9131"]
    assert choose_dream_columns([*needed, months[2]], DREAM).months == ["branche_2015_12"]
    bare = choose_dream_columns(needed, DREAM)
    assert (bare.months, bare.absent) == ([], ["kon", "alder9131", "grad_2008_01"])


@pytest.mark.parametrize(
    ("months", "fault"),
    [
        (["grad_2016_01", "grad_2016_03"], "grad_2016_03: months before this one are missing"),
        (["grad_2015_12", "grad_2016_13"], "grad_2016_13: there is no such month"),
    ],
)
def test_months_that_are_missing_or_do_not_exist_are_told(months: list[str], fault: str) -> None:
    (found,) = refuse(["pnr", *WEEKS, *YEARS, *months])
    assert found.startswith(f"dream.{fault}")


def test_a_missing_person_is_told_by_the_nearest_name() -> None:
    dream = Dream(files=("dream.csv",), person="pnrr")
    assert refuse(["pnr", *WEEKS, *YEARS], dream) == [
        "dream.pnrr: there is no such column (person in delivery.toml); did you mean 'pnr'?"
    ]


def test_names_that_differ_in_case_only_are_told() -> None:
    found = refuse(["pnr", "PNR", "y_1601", "Y_1601", *YEARS])
    what = "two columns have this name when case is ignored; keep one"
    assert found == [f"dream.pnr: {what}", f"dream.y_1601: {what}"]


@pytest.mark.parametrize("column", ["y_1654", "y_1753", "y_1600", "y_1699"])
def test_a_week_that_no_year_has_is_told(column: str) -> None:
    (found,) = refuse(["pnr", *WEEKS, *YEARS, column])
    assert found.startswith(f"dream.{column}: that year has no such ISO week; ")


def test_missing_weeks_and_years_are_told_at_once() -> None:
    found = refuse(["pnr", "y_1551", "y_1601", "nykom2014", "nykom2016"])
    assert "dream.y_1552: this week is missing; deliver every week" in found
    assert "dream.nykom2015: this year is missing; deliver every year" in found
    assert len(found) == 2, "one fault for each hole, named by its first week"


def test_every_hole_in_the_weeks_is_told() -> None:
    found = refuse(["pnr", "y_1551", "y_1553", "y_1602", *YEARS])
    assert [fault.partition(":")[0] for fault in found] == ["dream.y_1552", "dream.y_1601"]


def test_a_delivery_without_weeks_or_years_is_told() -> None:
    no_weeks = "dream.y_YYWW: there are no week columns; deliver week columns, named y_YYWW"
    no_years = "dream.nykomYYYY: there are no municipalities; deliver municipalities, named"
    assert refuse(["pnr", *YEARS]) == [no_weeks]
    assert refuse(["pnr", *WEEKS]) == [f"{no_years} nykomYYYY"]
    assert refuse(["pnr"]) == [f"{no_years} nykomYYYY", no_weeks]


def test_a_missing_person_and_a_missing_week_are_told_at_once() -> None:
    assert len(refuse(["lobenr", "y_1552", "y_1601", *YEARS])) == 2


def test_e_income_is_found_by_the_names_of_the_delivery_file() -> None:
    bfl = Bfl(files=("bfl.csv",), end="Slut", hours="timer")
    delivered = ["TIMER", "PNR", "slut", *BFL[1:2], BFL[4], "cvr"]
    found = choose_columns(delivered, "bfl", bfl)
    assert {shown: name for name, shown in found.items()} == {
        "pnr": "PNR",
        "ajo_job_start_dato": "ajo_job_start_dato",
        "ajo_job_slut_dato": "slut",
        "ajo_loentimer": "TIMER",
        "stoette_besk_kode": "stoette_besk_kode",
    }


def test_every_missing_column_of_e_income_is_told() -> None:
    with pytest.raises(ContractError) as caught:
        choose_columns(["pnr", "ajo_job_start_date"], "bfl", Bfl(files=("bfl.csv",)))
    found = [str(fault) for fault in caught.value.faults]
    assert [fault.partition(":")[0] for fault in found] == sorted(f"bfl.{name}" for name in BFL[1:])
    assert "(start in delivery.toml); did you mean 'ajo_job_start_date'?" in found[1]


def test_names_of_e_income_that_differ_in_case_only_are_told() -> None:
    with pytest.raises(ContractError, match=r"bfl\.pnr: two columns have this name"):
        choose_columns([*BFL, "Pnr"], "bfl", Bfl(files=("bfl.csv",)))


def test_any_register_is_found_by_the_columns_that_its_type_names() -> None:
    class Status(Register):
        person: str = "pnr"
        sex: str = "koen"

    found = choose_columns(["Koen", "LOBENR", "x"], "bef", Status(person="lobenr"))
    assert found == {"LOBENR": "pnr", "Koen": "koen"}


def test_columns_that_may_be_lacking_are_those_of_the_contract() -> None:
    assert choose_columns(["pnr", "referencetid", "kom", "IE_TYPE"], "bef", Bef()) == {
        "pnr": "pnr",
        "referencetid": "referencetid",
        "kom": "kom",
        "IE_TYPE": "ie_type",
    }
    with pytest.raises(ContractError, match=r"bef\.kn: there is no such column"):
        choose_columns(["pnr", "referencetid", "kom"], "bef", Bef(sex="kn"))
    with pytest.raises(ContractError, match=r"bef\.referencetid: there is no such column"):
        choose_columns(["pnr", "kom"], "bef", Bef())
