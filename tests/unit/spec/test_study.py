"""A study file is refused with every fault, where it is, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.contract import load_contract
from pipeline.errors import StudyError
from pipeline.layout import STUDIES
from pipeline.spec import COVARIATES, Outcome, load_study
from tests.unit.spec.conftest import Refuse

BEFORE = 'before = "2017-W10..2018-W09"'


@pytest.mark.parametrize("name", sorted(path.stem for path in STUDIES.glob("*.toml")))
def test_shipped_studies_load_under_their_own_name(name: str) -> None:
    assert load_study(name).name == name
    assert load_study(str(STUDIES / f"{name}.toml")) == load_study(name)


def test_a_study_never_changes() -> None:
    with pytest.raises(ValidationError):
        load_study("hir").name = "other"


def test_windows_stand_in_order() -> None:
    study = load_study("hir")
    assert list(study.windows) == ["before", "intervention", "first_half_year", "last_3_months"]
    assert [window.n_weeks for window in study.windows.values()] == [52, 56, 26, 13]


def test_a_study_that_is_nowhere_is_told_by_the_nearest_name() -> None:
    with pytest.raises(StudyError, match="hri: there is no such study file; did you mean 'hir'"):
        load_study("hri")


@pytest.mark.parametrize(
    "content", [b"[periods", b"\xff\xfe", b'participating = ["Greve", Gladsaxe]']
)
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "asked.toml"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=r"asked.toml: is not TOML: .*; mend the line named"):
        load_study(str(path))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("participating", "participants", "unknown key participants; did you mean 'participating'"),
        ("participating", "participants", "key participating is missing; add it"),
        ("before = ", "befor = ", "unknown key periods.befor; did you mean 'before'"),
        ("window", "windw", "populations.resource_course.windw; did you mean 'window'"),
        ("any_of", "anyof", "outcomes.share_practice_or_hours.anyof; did you mean 'any_of'"),
        ("extra_phases", "phases", "tables.2.phases; did you mean 'extra_phases'"),
        ('kind = "survival"', 'knd = "survival"', "figures.0.knd; did you mean 'kind'"),
    ],
)
def test_unknown_keys_are_told_by_the_nearest_valid_key(
    refuse: Refuse, old: str, new: str, fault: str
) -> None:
    assert any(fault in found for found in refuse((old, new)))


@pytest.mark.parametrize(
    ("old", "new", "place", "valid"),
    [
        ('kind = "share"', 'kind = "shares"', "share_practice_or_hours.kind = 'shares'", "'share'"),
        ('window = "intervention"', 'window = "always"', ".window = 'always'", "'each_period'"),
        ('window = "each_period"', 'weeks = "gross"', ".weeks = 'gross'", "'on_benefit' or 'all'"),
        ('sampling = "flow"', 'sampling = "stock"', ".sampling = 'stock'", "'stock_and_flow'"),
        ('favourable = "lower"', "favourable = 3", ".favourable = 3", "'higher'"),
        ('name = "hir"', 'name = "HIR 1"', "name = 'HIR 1'", "[a-z0-9_]+"),
        ("participating = [", "participating = []\nexcluded = [", "participating = []", "1 item"),
    ],
)
def test_values_that_are_not_of_their_kind_are_told_with_the_valid_ones(
    refuse: Refuse, old: str, new: str, place: str, valid: str
) -> None:
    replaced = [(old, new)]
    if "excluded = [" in new:
        replaced.append(("excluded = []", ""))
    (fault,) = refuse(*replaced)
    assert place in fault
    assert valid in fault


@pytest.mark.parametrize(
    ("window", "fault"),
    [
        ("2017-W10", "a window is written as"),
        ("2018-W09..2017-W10", "the window ends before it starts"),
        ("2017-W53..2018-W09", "invalid week: 53"),
        ("2017-10..2018-W09", "is not an iso week"),
    ],
)
def test_windows_that_are_no_weeks_are_told(refuse: Refuse, window: str, fault: str) -> None:
    (found,) = refuse((BEFORE, f'before = "{window}"'))
    assert found.startswith(f"periods.before = '{window}'; ")
    assert fault in found.lower()


MISFITS = """
"Gladsaxe"             | "Gladsakse"             | 'Gladsakse' is unknown; did you mean 'Gladsaxe'
excluded = []          | excluded = ["Arhus"]    | 'Arhus' is unknown; did you mean 'Aarhus'
excluded = []          | excluded = ["Greve"]    | Greve is both participating and excluded; name it
"Gladsaxe"             | "Greve"                 | Greve stands twice in participating; name it once
2017-W10..2018-W09     | 2017-W10..2018-W10      | before overlaps the intervention; end it the week
2019-W01..2019-W13     | 2019-W01..2019-W14      | lies outside the intervention; within 2018-W10..
first_half_year        | intervention            | phases.intervention has the name of a period;
"resource_course"      | "resource_curse"        | is unknown; did you mean 'resource_course'
"ordinary_hours"       | "ordinary_hour"         | is unknown; did you mean 'ordinary_hours'
"company_internship",  | "company_intern",       | is unknown; did you mean 'company_internship'
sampling = "flow"      | any_of = ["wage_subsidy"] | any_of does not belong to a duration; take it
= "exponential"        | = "kaplan_meier"        | 'mean' is none of kaplan_meier's;
population = "resource | population = "resourse  | did you mean 'resource_course_each_period'
any_of = ["flexible_job", | any_of = ["flexible_jobb", | is unknown; did you mean 'flexible_job'
"age_band"             | "age_bnd"               | 'age_bnd' is unknown; did you mean 'age_band'
"sex", "age_band"      | "sex", "sex"            | covariates names a covariate twice; each once
sampling = "stock_and_ | covariates = ["sex"] # | exits.covariates does not belong to exits; take
[variants.without_stv] | [variants.survival_9]   | has the name of another part of a model; another
survival_weeks = [13,  | survival_weeks = [26,   | survival_weeks names a week twice; each once
survival_weeks = [13,  | survival_weeks = [0,    | greater than or equal to 1
any_of = ["company_int | survival_weeks = [9] # | survival_weeks does not belong to share; take it
[variants.without_stv] | [variants.adjusted]     | has the name of another part of a model; another
"Ballerup"             | "Ballerop"              | 'Ballerop' is unknown; did you mean 'Ballerup'
min_persons = 5        | min_persons = -1        | greater than or equal to 0
min_events = 5         | max_detectable_effect = { exit = 8 } | 'exit' is unknown; did you mean 'ex
[variants.without_stv] | [variants.Without-STV]  | should match pattern
["last_3_months"]      | ["last_month"]          | is unknown; did you mean 'last_3_months'
= "weeks_between_mea   | = "weeks_betwen_mea     | is unknown; did you mean 'weeks_between_measures'
""".strip().splitlines()


@pytest.mark.parametrize("misfit", MISFITS)
def test_parts_that_do_not_fit_are_told(refuse: Refuse, misfit: str) -> None:
    old, new, fault = (part.strip() for part in misfit.split("|"))
    assert any(fault in found for found in refuse((old, new)))


HOURS = """
[outcomes.mean_hours]
label = "Hours"
kind = "hours"
favourable = "higher"
{more}

[[tables]]
name = "hours"
title = "Hours"
kind = "{kind}"
outcome = "{outcome}"
"""


@pytest.mark.parametrize(
    ("more", "kind", "outcome", "fault"),
    [
        ('any_of = ["ordinary_hours"]', "hours", "mean_hours", "does not belong to mean hours"),
        ("", "share", "mean_hours", "is unknown; valid: share_practice_or_hours"),
        ("", "hours", "mean_hour", "'mean_hour' is unknown; did you mean 'mean_hours'"),
        ("", "hours", "share_practice_or_hours", "is unknown; valid: mean_hours"),
        ("", "weeks", "mean_hours", "is unknown; valid: weeks_between_measures"),
    ],
)
def test_hours_have_tables_of_their_own_and_need_no_name(
    refuse: Refuse, more: str, kind: str, outcome: str, fault: str
) -> None:
    text = HOURS.format(more=more, kind=kind, outcome=outcome)
    (found,) = refuse(("[[figures]]", f"{text}\n[[figures]]"))
    assert fault in found


def test_hours_are_a_mean_that_needs_e_income() -> None:
    hir = load_study("hir")
    hours = Outcome(label="Hours", kind="hours", favourable="higher")
    assert hours.is_mean
    assert not hours.is_duration
    assert hours.model_name == "difference_in_differences"
    assert hir.model_copy(update={"outcomes": {"hours": hours}}).needs_hours
    share = Outcome(label="S", kind="share", favourable="higher", any_of=("wage_subsidy",))
    assert not hir.model_copy(update={"outcomes": {"share": share}}).needs_hours


def test_covariates_are_columns_of_the_members_with_a_handful_of_values() -> None:
    columns = load_contract("analysis.covariates").columns
    assert all(2 <= len(columns[name].values or ()) <= 6 for name in COVARIATES)


def test_a_share_of_nothing_is_told(refuse: Refuse) -> None:
    (fault,) = refuse(('"company_internship", "ordinary_hours"', ""))
    assert "any_of is empty; valid: company_internship, " in fault


def test_a_table_without_its_outcome_is_told(refuse: Refuse) -> None:
    (fault,) = refuse(('outcome = "weeks_between_measures"', ""))
    assert fault.startswith("tables.table2_weeks_between_measures.outcome: '' is unknown; valid: ")


def test_a_job_centre_must_exist_in_all_weeks(refuse: Refuse) -> None:
    """Ishøj has its own job centre from 2022 on."""
    (fault,) = refuse(('"Vallensbæk-Ishøj"', '"Ishøj"'))
    assert "'Ishøj' is unknown" in fault


def test_all_unknown_names_are_told_at_once(refuse: Refuse) -> None:
    faults = refuse(
        ('"Gladsaxe"', '"Gladsakse"'),
        ('"Varde"', '"Vrade"'),
        ("2019-W01..2019-W13", "2019-W01..2019-W14"),
        ('"company_internship"', '"internship"'),
    )
    assert len(faults) == 4


def test_all_unknown_keys_and_values_are_told_at_once(refuse: Refuse) -> None:
    faults = refuse(
        ("title", "titel"), ('window = "intervention"', 'window = "always"'), ("phases", "phase")
    )
    assert len(faults) == 4, "two unknown keys, one missing, one value"


def test_unknown_keys_and_unknown_names_are_told_at_once(refuse: Refuse) -> None:
    assert len(refuse(("extra_phases", "phases"), ('"Gladsaxe"', '"Gladsakse"'))) == 2


def test_a_remedy_names_weeks_as_they_are_written(refuse: Refuse) -> None:
    (fault,) = refuse((BEFORE, 'before = "2017-W10"'))
    assert "a window is written as 2017-W10..2018-W09" in fault


@pytest.mark.parametrize("kind", ["weeks", "survival"])
def test_what_shows_weeks_shows_no_share(refuse: Refuse, kind: str) -> None:
    shown = f'kind = "{kind}"\noutcome = '
    assert refuse((f'{shown}"weeks_between_measures"', f'{shown}"share_practice_or_hours"'))


def test_two_tables_of_one_name_are_told(refuse: Refuse) -> None:
    assert refuse(("table3_measure_shares", "table2_weeks_between_measures"))
