"""Durations with the same mix of covariates in every group, against other programs and reruns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from pipeline.models.adjusted_fits import ADJUSTED_FAMILIES, AdjustedFits
from pipeline.models.contrast import Cell
from pipeline.models.covariates import combine_covariates
from pipeline.models.duration_fits import MEAN, FamilyFits, list_summaries
from pipeline.models.inference import JOBCENTRE_CLUSTER, PERSON_CLUSTER
from pipeline.models.spell_book import SpellBook

REST = frozenset({"Cortsø", "Dragør", "Egense"})
UNIT = frozenset({"Anholt", "Brund"})
COVARIATES = ("sex", "age_band")
PERIODS = ("before", "intervention")
SURVIVAL_WEEKS = (10, 30)
SUMMARIES = tuple(list_summaries(SURVIVAL_WEEKS))


def draw_people(n_persons: int = 120) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Spells of persons whose age is not alike in the job centres, and the persons."""
    draw = np.random.default_rng(7)
    sex = draw.choice(["man", "woman", None], n_persons, p=[0.5, 0.4, 0.1])
    age = draw.choice(["under_30", "30_to_39", "60_and_over"], n_persons)
    members = pl.DataFrame(
        {"person_id": [f"p{n:03d}" for n in range(n_persons)], "sex": sex, "age_band": age}
    )
    person = draw.integers(0, n_persons, 5 * n_persons)
    is_old = age[person] == "60_and_over"
    weeks = draw.exponential(12 + 14 * is_old + 5 * (sex[person] == "woman"))
    end = draw.integers(20, 60, person.size)
    duration = np.ceil(np.minimum(weeks, end)).clip(2)
    spells = pl.DataFrame(
        {
            "person_id": members["person_id"].to_numpy()[person],
            "period": draw.choice(PERIODS, person.size),
            "jobcentre": np.where(
                is_old & (draw.random(person.size) < 0.6),
                "Anholt",
                draw.choice([*sorted(REST | UNIT)], person.size),
            ),
            "entry_weeks": np.where(draw.random(person.size) < 0.2, 1, 0),
            "duration_weeks": duration.astype(np.int64),
            "cause": np.where(weeks <= end, 0, -1),
        }
    )
    return spells, members


def open_book(
    spells: pl.DataFrame, members: pl.DataFrame, names: Sequence[str] = COVARIATES
) -> tuple[SpellBook, AdjustedFits]:
    return open_family("exponential", spells, members, names)


def open_family(
    family: str, spells: pl.DataFrame, members: pl.DataFrame, names: Sequence[str] = COVARIATES
) -> tuple[SpellBook, AdjustedFits]:
    placed, combinations = combine_covariates(spells, members, names)
    book = SpellBook(placed)
    return book, AdjustedFits(book, family, combinations, REST, SURVIVAL_WEEKS)


def know(cell: Cell) -> float:
    assert cell.mean is not None
    return cell.mean


def test_means_are_those_of_two_poisson_regressions() -> None:
    """An exponential duration is a Poisson count of events with the weeks at risk as offset."""
    spells, members = draw_people()
    rows = spells.join(members, on="person_id").with_columns(pl.col("sex").fill_null("unknown"))
    dummies = rows.select(COVARIATES).to_dummies(drop_first=True).to_numpy().astype(float)
    weeks = (rows["duration_weeks"] - rows["entry_weeks"]).to_numpy().astype(float)
    events = (rows["cause"] == 0).to_numpy().astype(float)
    is_rest = rows["jobcentre"].is_in([*REST]).to_numpy()
    years = np.stack([(rows["period"] == period).to_numpy() for period in PERIODS], 1).astype(float)
    design = np.hstack([years, dummies])

    def regress(chosen: np.ndarray, columns: np.ndarray, log_weeks: np.ndarray) -> np.ndarray:
        model = sm.GLM(events[chosen], columns[chosen], sm.families.Poisson(), log_weeks[chosen])
        return np.asarray(model.fit(tol=1e-13).params)

    shifts = dummies @ regress(is_rest, design, np.log(weeks))[2:]
    _, fits = open_book(spells, members)
    for group, period in [(UNIT, "before"), (UNIT, "intervention"), (REST, "intervention")]:
        chosen = (
            rows["jobcentre"].is_in([*group]).to_numpy() & (rows["period"] == period).to_numpy()
        )
        (level,) = regress(chosen, np.ones((weeks.size, 1)), np.log(weeks) + shifts)
        expected = np.exp(-level - shifts).mean()
        assert know(fits.fit_cell(MEAN, (group, period))) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("family", ADJUSTED_FAMILIES)
def test_influences_are_what_one_person_more_or_less_changes(family: str) -> None:
    """Everybody stands there 20 times; one person once more and once less."""
    spells, members = draw_people(60)
    copies = pl.concat([spells] * 20)
    _, fits = open_family(family, copies, members)
    mix = fits._mix
    place = (UNIT, "intervention")
    persons = sorted(spells["person_id"].unique())
    chosen = [3, 17, 40]
    ends = {}
    for number in chosen:
        own = spells.filter(person_id=persons[number])
        fewer = pl.concat([spells] * 19 + [spells.filter(pl.col("person_id") != persons[number])])
        for sign, rows in ((1, pl.concat([copies, own])), (-1, fewer)):
            _, varied = open_family(family, rows, members)
            varied.__dict__["_mix"] = mix
            ends[number, sign] = [know(varied.fit_cell(name, place)) for name in SUMMARIES]

    for at, summary in enumerate(SUMMARIES):
        influence = fits.fit_cell(summary, place).influences[PERSON_CLUSTER]
        assert influence.values.sum() == pytest.approx(0, abs=1e-9 * influence.values.size)
        for number in chosen:
            wanted = (ends[number, 1][at] - ends[number, -1][at]) / 2 * 20
            found = influence.values[influence.clusters == number + 1]
            assert found == pytest.approx(wanted, rel=5e-3, abs=1e-3)


@pytest.mark.parametrize("family", ADJUSTED_FAMILIES)
def test_without_a_covariate_that_differs_it_is_the_plain_model(family: str) -> None:
    spells, members = draw_people()
    book, fits = open_family(family, spells, members.with_columns(sex=pl.lit("man")), ("sex",))
    place = (UNIT, "before")
    plain = FamilyFits(book, family, [place], SURVIVAL_WEEKS)

    for summary in SUMMARIES:
        found, wanted = fits.fit_cell(summary, place), plain.fit_cell(summary, place)
        assert found.mean == pytest.approx(know(wanted), rel=1e-8)
        assert found.n_events == wanted.n_events
        assert found.persons.tolist() == wanted.persons.tolist()
        own = dict(
            zip(
                found.influences[PERSON_CLUSTER].clusters.tolist(),
                found.influences[PERSON_CLUSTER].values.tolist(),
                strict=True,
            )
        )
        influence = wanted.influences[PERSON_CLUSTER]
        at = [own.pop(number) for number in influence.clusters.tolist()]
        assert at == pytest.approx(influence.values, rel=1e-6, abs=1e-9)
        assert list(own.values()) == pytest.approx([0.0] * len(own), abs=1e-12)


def test_groups_that_differ_by_their_mix_alone_are_alike_when_adjusted() -> None:
    """Old persons wait twice as long everywhere; Anholt has more of them."""
    shares = {"Anholt": 0.9, "Cortsø": 0.2, "Dragør": 0.3, "Egense": 0.1}
    rows = [
        (f"{unit}{n}", unit, period, 20 if n < 100 * share else 10)
        for unit, share in shares.items()
        for period in PERIODS
        for n in range(100)
    ]
    names = ["person_id", "jobcentre", "period", "duration_weeks"]
    spells = pl.DataFrame(rows, schema=names, orient="row")
    spells = spells.with_columns(entry_weeks=pl.lit(0), cause=pl.lit(0))
    is_old = pl.col("duration_weeks") == 20
    age = pl.when(is_old).then(pl.lit("60_and_over")).otherwise(pl.lit("under_30"))
    members = spells.select("person_id", age_band=age).unique()

    book, fits = open_book(spells, members, ("age_band",))
    place = (frozenset({"Anholt"}), "before")
    plain = FamilyFits(book, "exponential", [place])

    assert plain.fit_cell(MEAN, place).mean == pytest.approx(19)
    mixed = 10 + 10 * sum(shares.values()) / 4
    assert fits.fit_cell(MEAN, place).mean == pytest.approx(mixed)
    assert fits.fit_cell(MEAN, (REST, "before")).mean == pytest.approx(mixed)


def test_what_cannot_be_told_says_why() -> None:
    spells, members = draw_people()
    is_silent = pl.col("jobcentre").is_in([*UNIT]) & (pl.col("period") == "before")
    cause = pl.when(is_silent).then(-1).otherwise("cause")
    _, fits = open_book(spells.with_columns(cause=cause), members)

    cell = fits.fit_cell(MEAN, (UNIT, "before"))
    assert (cell.mean, cell.n_events) == (None, 0)
    assert cell.lack == "no measure start; durations unknown"
    assert fits.fit_cell(MEAN, (UNIT, "intervention")).mean is not None

    is_rest_before = pl.col("jobcentre").is_in([*REST]) & (pl.col("period") == "before")
    cause = pl.when(is_rest_before).then(-1).otherwise("cause")
    _, fits = open_book(spells.with_columns(cause=cause), members)
    lack = fits.fit_cell(MEAN, (UNIT, "before")).lack
    assert lack == "the rest of the country does not tell what covariates do; durations unknown"


def test_one_job_centre_has_no_error_by_job_centre() -> None:
    spells, members = draw_people()
    _, fits = open_book(spells, members)
    cell = fits.fit_cell(MEAN, (frozenset({"Anholt"}), "before"))
    assert cell.influences[JOBCENTRE_CLUSTER].clusters.size == 0
    assert cell.influences[PERSON_CLUSTER].clusters.size > 50
