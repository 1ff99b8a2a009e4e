"""Answers to a survey of those who run a programme: who agrees, by role, round and question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtri

from pipeline.codes import read_codes
from pipeline.errors import nearest
from pipeline.spec.frozen import Frozen

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DO_NOT_KNOW = "do_not_know"
# In standard deviations of an answer, from disagreeing on upwards; who agrees is beyond 0.
_BORDERS = (-1.2, -0.5, 0.0, 0.9)
# So many points on the scale from 1 to 5 one standard deviation makes.
_POINTS = 1.2
# Shares of the variance of an answer: the respondent's, and that of the respondent and question.
_OF_RESPONDENT, _OF_QUESTION = 0.35, 0.15
# Standard deviation between municipalities whose means are not planted, in points.
_USUAL_SPREAD = 0.17
_DO_NOT_KNOW, _NO_ANSWER = 0.04, 0.02
# Of those who answer a round so many answer the next, while there is room.
_STAYING = 0.6


class Survey(Frozen):
    """What is answered.

    Attributes:
        respondents: how many answer in each round, by role.
        agree: share who agree or agree completely in each round, by question and role.
        items: how many items there are of each question.
        means: mean answers from 1 to 5 in each round, by municipality; only how they differ counts.
    """

    respondents: dict[str, tuple[int, ...]] = Field(min_length=1)
    agree: dict[str, dict[str, tuple[float, ...]]] = Field(min_length=1)
    items: int = Field(default=2, ge=1, le=9)
    means: dict[str, tuple[float, ...]] = {}

    @property
    def n_rounds(self) -> int:
        """Number of rounds."""
        return len(next(iter(self.respondents.values())))


def find_survey_misfits(survey: Survey) -> Iterator[tuple[str, str]]:
    """What is wrong with a survey and what would be right: names, and numbers of rounds."""
    rounds = {f"respondents.{role}": len(counts) for role, counts in survey.respondents.items()}
    rounds |= {f"means.{name}": len(means) for name, means in survey.means.items()}
    for question, roles in survey.agree.items():
        for role in sorted(roles.keys() ^ survey.respondents.keys()):
            what = f"survey.agree.{question}: {role} is not there, or nobody answers as that"
            yield what, f"give the shares of {', '.join(survey.respondents)}"
        rounds |= {f"agree.{question}.{role}": len(shares) for role, shares in roles.items()}
        for role, shares in roles.items():
            if not all(0.0 < share < 1.0 for share in shares):
                yield f"survey.agree.{question}.{role} has no shares", "write them between 0 and 1"
    for place, n_rounds in rounds.items():
        if n_rounds != survey.n_rounds:
            what = f"survey.{place} has {n_rounds} rounds"
            yield what, f"give those of {survey.n_rounds} rounds, as all others"
    names = {row["name"] for row in read_codes("municipalities")}
    for name in sorted(survey.means.keys() - names):
        yield f"survey.means: there is no municipality '{name}'", nearest(name, names)


@dataclass(frozen=True)
class _Sheets:
    """One sheet per respondent and round, in arrays: who, which municipality, role and round."""

    respondent: Ints
    municipality: Ints
    role: Ints
    round: Ints


def draw_survey(
    survey: Survey, inhabitants: Mapping[int, float], rng: np.random.Generator
) -> pl.DataFrame:
    """The register of answers: one row per respondent, round and item.

    Answers are 1 (disagree completely) to 5 (agree completely) or `do_not_know`; null is none.
    Agreement is latent and normal: in each round, role and question as many agree as planted.
    Respondents and, for the same question, their items go together, and so do municipalities.

    Args:
        survey: what is planted.
        inhabitants: of the municipalities that take part, by code.
        rng: same stream, same answers.
    """
    codes = np.array(list(inhabitants))
    weights = np.array(list(inhabitants.values()))
    sheets = _draw_sheets(survey, weights / weights.sum(), rng)
    shift = _shift_municipalities(survey, codes, rng)[sheets.municipality, sheets.round]
    shift -= shift.mean()
    questions = list(survey.agree)
    agree = np.array(
        [[survey.agree[question][role] for role in survey.respondents] for question in questions]
    )
    level = ndtri(agree)[:, sheets.role, sheets.round].T
    own = rng.standard_normal(sheets.respondent.max() + 1)[sheets.respondent]
    common = level + shift[:, None] + np.sqrt(_OF_RESPONDENT) * own[:, None]
    common += np.sqrt(_OF_QUESTION) * rng.standard_normal(level.shape)
    left = 1.0 - _OF_RESPONDENT - _OF_QUESTION - shift.var()
    noise = rng.standard_normal((*level.shape, survey.items))
    latent = common[..., None] + np.sqrt(left) * noise
    answers = 1 + (latent[..., None] > np.array(_BORDERS)).sum(axis=-1)
    return _list_answers(survey, codes, sheets, answers, rng)


def _draw_sheets(survey: Survey, weights: Floats, rng: np.random.Generator) -> _Sheets:
    """Respondents of each role and round; many of a round come from the one before."""
    rows: list[tuple[Ints, int, int]] = []
    n_known = 0
    for role, counts in enumerate(survey.respondents.values()):
        answering = np.empty(0, dtype=np.int64)
        for number, count in enumerate(counts):
            n_staying = min(count, round(_STAYING * len(answering)))
            staying = rng.choice(answering, n_staying, replace=False)
            new = n_known + np.arange(count - n_staying)
            n_known += len(new)
            answering = np.concatenate([staying, new])
            rows.append((answering, role, number))
    respondent = np.concatenate([who for who, _, _ in rows])
    at_home = rng.choice(len(weights), n_known, p=weights)
    sizes = [len(who) for who, _, _ in rows]
    return _Sheets(
        respondent=respondent,
        municipality=at_home[respondent],
        role=np.repeat([role for _, role, _ in rows], sizes),
        round=np.repeat([number for _, _, number in rows], sizes),
    )


def _shift_municipalities(survey: Survey, codes: Ints, rng: np.random.Generator) -> Floats:
    """How municipalities differ in each round, (municipalities, rounds), in standard deviations."""
    names = {int(row["code"]): row["name"] for row in read_codes("municipalities")}
    drawn = rng.normal(0.0, _USUAL_SPREAD, len(codes))
    points = np.tile(drawn[:, None], (1, survey.n_rounds))
    usual = np.array(list(survey.means.values())).mean(axis=0) if survey.means else 0.0
    for position, code in enumerate(codes):
        if names[code] in survey.means:
            points[position] = np.array(survey.means[names[code]]) - usual
    return points / _POINTS


def _list_answers(
    survey: Survey, codes: Ints, sheets: _Sheets, answers: Ints, rng: np.random.Generator
) -> pl.DataFrame:
    items = [f"{name}_{item + 1}" for name in survey.agree for item in range(survey.items)]
    luck = rng.random(answers.size)
    answer = pl.Series("answer", answers.ravel()).cast(pl.String)
    answer = answer.set(pl.Series(luck < _DO_NOT_KNOW), DO_NOT_KNOW)
    answer = answer.set(pl.Series(luck >= 1.0 - _NO_ANSWER), None)
    roles = np.array(list(survey.respondents))
    number = pl.Series(sheets.respondent + 1).cast(pl.String).str.zfill(5)
    sheet = pl.DataFrame(
        {
            "respondent_id": "r" + number,
            "municipality_code": codes[sheets.municipality].astype(np.int16),
            "role": roles[sheets.role],
            "round": (sheets.round + 1).astype(np.int16),
        }
    )
    repeated = sheet[np.repeat(np.arange(sheet.height), len(items))]
    named = repeated.with_columns(item=pl.Series(items * sheet.height), answer=answer)
    return named.sort("respondent_id", "round", "item")
