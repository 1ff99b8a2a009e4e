"""Studies whose weeks a joint job centre splits in: what they may say of it, and what not."""

from __future__ import annotations

import pytest

from pipeline.spec import Study, load_study, parse_weeks
from pipeline.spec.fit import check_fit

TRIO = ("Ishøj", "Vallensbæk", "Vallensbæk-Ishøj")


def ask(**changes: object) -> list[str]:
    """The faults of a study from 2021 to 2022."""
    hir = load_study("hir")
    windows = {"before": "2021-W01..2021-W26", "intervention": "2021-W27..2022-W13"}
    periods = hir.periods.model_copy(
        update={name: parse_weeks(window) for name, window in windows.items()}
    )
    bare = {"participating": ("Gladsaxe",), "variants": {}, "phases": {}, "tables": ()}
    study = hir.model_copy(update={"periods": periods, "figures": (), **bare, **changes})
    assert isinstance(study, Study)
    return ["; ".join(fault) for fault in check_fit(study)]


def test_a_split_of_the_rest_of_the_country_is_no_fault() -> None:
    assert ask() == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (
            "Vallensbæk-Ishøj",
            "participating: Vallensbæk-Ishøj is there until 2021 only, within 2021-W01..2022-W13; "
            "weeks up to 2021-W52, or a study without it",
        ),
        (
            "Ishøj",
            "participating: Ishøj is there from 2022 on only, within 2021-W01..2022-W13; "
            "weeks from 2022-W01 on, or a study without it",
        ),
    ],
)
def test_a_participant_must_be_there_in_all_weeks(name: str, fault: str) -> None:
    assert ask(participating=("Gladsaxe", name)) == [fault]


def test_who_is_left_out_is_left_out_under_every_name() -> None:
    assert ask(excluded=TRIO) == []
    assert ask(excluded=TRIO[:1]) == [
        "excluded: Ishøj was one with Vallensbæk, Vallensbæk-Ishøj in some of the study's weeks; "
        "name all of them, or none"
    ]
    variant = load_study("hir").variants["without_stv"].model_copy(update={"without": TRIO[1:]})
    first, second = ask(variants={"without": variant})
    assert first.startswith("variants.without.without: Vallensbæk was one with Ishøj in some")
    assert second.startswith("variants.without.without: Vallensbæk-Ishøj was one with Ishøj")
