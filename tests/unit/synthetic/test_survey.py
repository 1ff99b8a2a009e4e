"""Answers to a survey: shares who agree, how people and places differ, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.spec import load_delivery, load_study
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.survey import DO_NOT_KNOW, Survey, draw_survey, find_survey_misfits
from tests.unit.synthetic.registers import jobcentres

PRINTED = Path(__file__).parents[2] / "reference"
ROUNDS = ("start", "midway", "end")
MUNICIPALITIES = {253: 50_000.0, 320: 36_000.0, 410: 38_000.0, 710: 48_000.0, 151: 48_000.0}
# In standard errors; the draws are always the same.
FAR = 4.2


@pytest.fixture(scope="module")
def survey() -> Survey:
    planted = load_calibration(load_study("stv")).survey
    assert planted is not None
    return planted


@pytest.fixture(scope="module")
def answers(survey: Survey) -> pl.DataFrame:
    return draw_survey(survey, MUNICIPALITIES, np.random.default_rng(1))


def read_rows(name: str) -> list[dict[str, str]]:
    with (PRINTED / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def enlarge(survey: Survey, times: int) -> Survey:
    counts = {role: tuple(times * n for n in ns) for role, ns in survey.respondents.items()}
    return survey.model_copy(update={"respondents": counts})


def test_respondents_are_as_many_as_printed(answers: pl.DataFrame) -> None:
    for row in read_rows("stv_survey_respondents"):
        if row["role"] != "total":
            own = answers.filter(role=row["role"])
            for number, name in enumerate(ROUNDS, 1):
                found = own.filter(round=number)["respondent_id"].n_unique()
                assert found == int(row[name])


def test_everybody_answers_each_item_of_a_round_once(answers: pl.DataFrame) -> None:
    key = answers.select(pl.struct("respondent_id", "round", "item").is_unique().all())
    assert key.item()
    assert answers.group_by("respondent_id", "round").len()["len"].unique().to_list() == [18]
    assert answers.group_by("respondent_id").agg(pl.col("role").n_unique())["role"].max() == 1
    homes = answers.group_by("respondent_id").agg(pl.col("municipality_code").n_unique())
    assert homes["municipality_code"].max() == 1
    rounds = answers.group_by("respondent_id").agg(pl.col("round").n_unique())["round"]
    assert 0.2 < (rounds > 1).mean() < 0.6


def test_answers_are_points_or_not_known_or_missing(answers: pl.DataFrame) -> None:
    known = {"1", "2", "3", "4", "5", DO_NOT_KNOW}
    assert set(answers["answer"].drop_nulls()) == known
    assert answers["answer"].null_count() / answers.height == pytest.approx(0.02, abs=0.005)
    assert (answers["answer"] == DO_NOT_KNOW).mean() == pytest.approx(0.04, abs=0.006)


def test_as_many_agree_as_printed_by_role_and_round(survey: Survey) -> None:
    """Thirty times as many respondents, so that a slip shows."""
    many = draw_survey(enlarge(survey, 30), MUNICIPALITIES, np.random.default_rng(2))
    found = (
        many.filter(pl.col("answer").is_in(list("12345")))
        .with_columns(question=pl.col("item").str.slice(0, pl.col("item").str.len_chars() - 2))
        .group_by("question", "role", "round")
        .agg(agree=pl.col("answer").is_in(["4", "5"]).mean())
    )
    shares = {(q, role, number): agree for q, role, number, agree in found.iter_rows()}
    people = dict(
        many.group_by("role", "round")
        .agg(pl.col("respondent_id").n_unique())
        .select(
            pl.struct("role", "round").map_elements(
                lambda key: f"{key['role']} {key['round']}", return_dtype=pl.String
            ),
            "respondent_id",
        )
        .iter_rows()
    )
    for row in read_rows("stv_survey_fidelity_by_role"):
        if row["role"] == "total":
            continue
        for number, name in enumerate(ROUNDS, 1):
            printed = int(row[f"{name}_pct"]) / 100
            error = np.sqrt(printed * (1 - printed) / people[f"{row['role']} {number}"])
            share = shares[row["core_element"], row["role"], number]
            assert abs(share - printed) < FAR * error + 0.01, row


def test_municipalities_keep_their_printed_order(survey: Survey) -> None:
    many = draw_survey(enlarge(survey, 30), MUNICIPALITIES, np.random.default_rng(3))
    points = many.filter(pl.col("answer").is_in(list("12345")), round=3).with_columns(
        pl.col("answer").cast(pl.Int64)
    )
    found = dict(points.group_by("municipality_code").agg(pl.col("answer").mean()).iter_rows())
    names = {253: "Greve", 320: "Faxe", 410: "Middelfart", 710: "Favrskov", 151: "Ballerup"}
    planted = {code: survey.means[name][2] for code, name in names.items()}
    usual, mean = np.mean(list(planted.values())), np.mean(list(found.values()))
    for code, value in planted.items():
        assert found[code] - mean == pytest.approx(value - usual, abs=0.08)


def test_items_of_one_question_and_of_one_person_go_together(survey: Survey) -> None:
    many = draw_survey(enlarge(survey, 5), MUNICIPALITIES, np.random.default_rng(4))
    points = many.filter(pl.col("answer").is_in(list("12345")), round=1, role="caseworker")
    wide = (
        points.with_columns(pl.col("answer").cast(pl.Int64))
        .pivot(on="item", index="respondent_id", values="answer")
        .drop_nulls()
    )
    columns = ["3a_direction_1", "3a_direction_2", "1b_visible_results_1"]
    table = np.corrcoef(wide.select(columns).to_numpy().T)
    assert table[0, 1] == pytest.approx(0.45, abs=0.08)
    assert table[0, 2] == pytest.approx(0.33, abs=0.08)
    assert table[0, 1] > table[0, 2] + 0.07


def test_same_stream_same_answers(survey: Survey, answers: pl.DataFrame) -> None:
    assert draw_survey(survey, MUNICIPALITIES, np.random.default_rng(1)).equals(answers)
    assert not draw_survey(survey, MUNICIPALITIES, np.random.default_rng(9)).equals(answers)


GOOD = {"respondents": {"a": [2, 3]}, "agree": {"q": {"a": [0.5, 0.6]}}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"agree": {"q": {"a": [0.5]}}}, "survey.agree.q.a has 1 rounds"),
        ({"agree": {"q": {"a": [0.5, 60]}}}, "survey.agree.q.a has no shares"),
        ({"agree": {"q": {"b": [0.5, 0.6]}}}, "survey.agree.q: a is not there"),
        ({"means": {"Greve": [3.0]}}, "survey.means.Greve has 1 rounds"),
        ({"means": {"Grve": [3.0, 3.0]}}, "there is no municipality 'Grve'"),
    ],
)
def test_faults_name_the_place(changes: dict[str, object], message: str | None) -> None:
    faults = [what for what, _ in find_survey_misfits(Survey.model_validate({**GOOD, **changes}))]
    if message is None:
        assert not faults
    else:
        assert any(message in fault for fault in faults)


def test_a_delivery_holds_the_answers_of_its_participants(tmp_path: Path) -> None:
    study = load_study("stv")
    simulate_delivery(study, tmp_path, Request(persons=500))
    assert load_delivery(tmp_path).survey.files == ("survey.parquet",)
    answers = pl.read_parquet(tmp_path / "survey.parquet")
    places = jobcentres()
    asked = {places[code] for code in answers["municipality_code"].unique()}
    assert asked <= set(study.participating)
    assert len(asked) > 20
