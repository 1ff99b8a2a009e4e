"""A job centre is found by its own name, or by a municipality's name or code."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.codes import (
    find_jobcentre,
    find_years,
    list_jobcentres,
    list_jobcentres_of_any_year,
    list_relatives,
)

LATER_SPLIT = (date(2021, 1, 4), date(2022, 12, 26))
HIR = date(2017, 3, 6), date(2019, 3, 25)
LATER = date(2022, 1, 3), date(2022, 12, 26)


@pytest.mark.parametrize(
    ("name", "jobcentre"),
    [
        ("Gladsaxe", "Gladsaxe"),
        ("  gladsaxe ", "Gladsaxe"),
        ("Vallensbæk-Ishøj", "Vallensbæk-Ishøj"),
        ("Ishøj", "Vallensbæk-Ishøj"),
        ("VALLENSBÆK", "Vallensbæk-Ishøj"),
        ("183", "Vallensbæk-Ishøj"),
        ("0183", "Vallensbæk-Ishøj"),
        ("Fanø", "Esbjerg-Fanø"),
        ("563", "Esbjerg-Fanø"),
        ("Læsø", "Frederikshavn-Læsø"),
    ],
)
def test_names_and_codes_are_found(name: str, jobcentre: str) -> None:
    assert find_jobcentre(name, *HIR) == jobcentre


@pytest.mark.parametrize(("name", "found"), [("Ishøj", "Ishøj"), ("187", "Vallensbæk")])
def test_the_weeks_say_which_job_centre_is_meant(name: str, found: str) -> None:
    assert find_jobcentre(name, *LATER) == found


@pytest.mark.parametrize("name", ["Gladsakse", "", "999", "411", "Christiansø"])
def test_what_has_no_job_centre_is_not_found(name: str) -> None:
    assert find_jobcentre(name, *HIR) is None


def test_a_job_centre_that_closed_in_between_is_not_found() -> None:
    across = HIR[0], LATER[1]
    assert find_jobcentre("Ishøj", *across) is None
    assert "Vallensbæk-Ishøj" not in list_jobcentres(*across)


def test_there_were_94_job_centres() -> None:
    assert len(list_jobcentres(*HIR)) == 94


def test_a_year_is_an_iso_year() -> None:
    """The week of 3 January 2022 is the first of 2022; the one before belongs to 2021."""
    assert "Ishøj" in list_jobcentres(LATER[0], LATER[0])
    assert "Ishøj" not in list_jobcentres(date(2021, 12, 27), date(2021, 12, 27))


def test_a_job_centre_that_splits_within_the_weeks_is_there_in_some_year_only() -> None:
    both = list_jobcentres_of_any_year(*LATER_SPLIT)
    assert {"Vallensbæk-Ishøj", "Vallensbæk", "Ishøj"} <= both
    assert not {"Vallensbæk-Ishøj", "Vallensbæk", "Ishøj"} & list_jobcentres(*LATER_SPLIT)
    assert "Svendborg-Langeland" not in both


@pytest.mark.parametrize("name", ["Vallensbæk-Ishøj", "Vallensbæk", "Ishøj"])
def test_relatives_are_those_of_the_same_weeks(name: str) -> None:
    assert list_relatives(name, *LATER_SPLIT) == {"Vallensbæk-Ishøj", "Vallensbæk", "Ishøj"}
    assert list_relatives("Gladsaxe", *LATER_SPLIT) == {"Gladsaxe"}
    assert list_relatives("Vallensbæk-Ishøj", *HIR) == {"Vallensbæk-Ishøj"}


def test_the_years_of_a_job_centre_are_those_of_the_list() -> None:
    assert find_years("Vallensbæk-Ishøj") == (2007, 2021)
    assert find_years("Ishøj") == (2022, 9999)
