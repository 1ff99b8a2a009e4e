"""Means over all weeks of members: laws, and a delivery counted by its own program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pipeline.spec import Study, Weeks, load_study, parse_weeks
from pipeline.synthetic import off_weeks
from pipeline.synthetic.all_weeks import AllWeeks, follow_members
from pipeline.synthetic.atlas import DEAD, NOT_RESIDENT, WORK, read_atlas
from pipeline.synthetic.blocks import cut_blocks
from pipeline.synthetic.chain import ON_BENEFIT, State
from pipeline.synthetic.course import draw_states
from pipeline.synthetic.delivery import Request, simulate_delivery
from pipeline.synthetic.expectation import Expectation
from pipeline.synthetic.figures import planted_figures
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.jobs import ORDINARY, draw_jobs, expect_earnings
from pipeline.synthetic.off_weeks import OFF_BENEFIT, Followed, draw_off_weeks, find_away
from pipeline.synthetic.pay import Pay, expect_paid_hours
from pipeline.synthetic.people import draw_crowd, make_plan
from pipeline.synthetic.truth import Course, plant_course
from tests.unit.synthetic.registers import jobcentres, read_list

WEEKS = parse_weeks("2015-W01..2018-W50")
NARROW, GROSS, MEMBERS = "cash_benefit", "cash_benefit_gross", "members_gross"
OUTCOMES = ("share_any", "share_with_hours", "mean_hours")
GONE = (997, 999)
# In standard errors; the draws are always the same.
FAR = 4.2
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@pytest.fixture(scope="module")
def study() -> Study:
    """STV's means of everybody who was on the benefit, in each period or in the intervention."""
    stv = load_study("stv")
    gross = stv.populations[GROSS]
    populations = {
        NARROW: stv.populations[NARROW],
        GROSS: gross,
        MEMBERS: gross.model_copy(update={"window": "intervention"}),
    }
    outcomes = {
        f"{name}.{population}": stv.outcomes[name].model_copy(update={"population": population})
        for name in OUTCOMES
        for population in populations
    }
    return stv.model_copy(update={"populations": populations, "outcomes": outcomes})


@pytest.fixture(scope="module")
def course(study: Study) -> Course:
    return plant_course(study, read_geography(WEEKS), WEEKS)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(off_weeks, "_CITIZENS", 3_000)
    monkeypatch.setattr(off_weeks, "_FATES", 2)


def list_followed(course: Course) -> Iterator[Followed]:
    """As the study's populations have them: the last is of later members in the year before."""
    spans = [course.chain.calendar.span(own) for own in vars(course.study.periods).values()]
    yield from (Followed(span, span) for span in spans)
    yield Followed(spans[1], spans[0])


def test_members_stay_members_wherever_they_are(course: Course) -> None:
    """All of a period's weeks have the same members: those who are ever on the benefit in it."""
    each_period = course.planted.expectation
    later = Expectation(course.chain, recipients_in_intervention=True)
    totals = []
    for followed in list_followed(course):
        on_benefit = each_period if followed.received == followed.counted else later
        rows = slice(followed.counted.start, followed.counted.stop)
        members = follow_members(each_period, followed).sum(axis=(1, 2))
        members += on_benefit.benefit[rows].sum(axis=1)
        assert np.allclose(members, members[0], rtol=1e-12)
        totals.append(members[0])
    before, during, during_seen_before = totals
    assert during_seen_before == pytest.approx(during, rel=1e-12)
    assert 0.2 < before < during < 0.8


def test_members_are_those_of_drawn_citizens(course: Course) -> None:
    states = draw_states(course, 40_000, np.random.default_rng(1))
    on = np.isin(states, ON_BENEFIT)
    for followed in list_followed(course):
        received, counted = followed.received, followed.counted
        is_member = on[received.start : received.stop].any(axis=0)
        found = follow_members(course.planted.expectation, followed).sum(axis=-1)
        for state, expected in zip(OFF_BENEFIT, found.T, strict=True):
            weeks = ((states[counted.start : counted.stop] == state) & is_member).sum(axis=0)
            error = weeks.std() / np.sqrt(len(weeks))
            assert abs(weeks.mean() - expected.sum()) <= FAR * error, (followed, state)


@pytest.mark.usefixtures("quick")
def test_only_those_who_left_for_good_die_or_go_abroad(course: Course) -> None:
    for own in draw_off_weeks(course, list_followed(course)).values():
        parts = own.touched + own.careers.sum(axis=-1)
        is_seen = parts > 0.0
        assert np.allclose(parts[is_seen], own.here[is_seen])
        of_state = dict(zip(OFF_BENEFIT, own.here.T, strict=True))
        assert of_state[State.WAITING].min() == of_state[State.OFF].min() == 1.0
        assert of_state[State.GONE].min() > 0.9


@pytest.mark.usefixtures("quick")
def test_what_is_planted_on_the_benefit_is_part_of_the_gross_truth(course: Course) -> None:
    """Hours of weeks on it, and of weeks off it in a month with some of those, and of no others."""
    more = replace(course, pay=Pay(course.pay.drawn, 1.5 * course.pay.expected))
    own, other = AllWeeks(course), AllWeeks(more)
    for window in ("before", "intervention", "last_quarter"):
        gain = 0.0
        for sign, everywhere, each in ((1, other, more), (-1, own, course)):
            named, weeks = everywhere.expect(each, f"mean_hours.{GROSS}", window)
            gain += sign * named
        span = course.chain.calendar.span(course.study.windows[window])
        rows = slice(span.start, span.stop)
        narrow = course.planted.expectation.benefit[rows] * course.hours[rows]
        planted = 0.5 * (narrow * course.pay.expected[rows] * 37 / 160.33).sum(axis=0)
        assert (gain > 1.005 * planted).all()
        assert (gain < 1.1 * planted).all()
        assert (weeks > course.planted.expectation.benefit[rows].sum(axis=0)).all()


@pytest.mark.usefixtures("quick")
def test_measures_are_of_the_benefit_alone(course: Course) -> None:
    """A share without hours has the numerator of the weeks on the benefit."""
    practice = load_study("stv").outcomes["share_practice_or_subsidy"]
    outcomes = {
        "gross": practice.model_copy(update={"population": GROSS}),
        "narrow": practice,
    }
    asked = replace(course, study=course.study.model_copy(update={"outcomes": outcomes}))
    truth = planted_figures(asked).filter(phase="intervention", unit="participating")
    gross, narrow = truth["during"].to_list()
    assert truth["source"].to_list() == ["draw", "exact"]
    assert 0.2 * narrow < gross < 0.8 * narrow


def test_earnings_are_those_of_drawn_jobs(course: Course) -> None:
    """Of careers of persons who never have the benefit."""
    plan = make_plan(course, 16_000, 3)
    (block,) = cut_blocks(16_000, 10, 0)
    *streams, for_jobs = block.spawn_streams(3, 5)
    crowd = draw_crowd(plan, block, streams)
    rows = draw_jobs(plan, crowd, for_jobs).rows.filter(stoette_besk_kode=ORDINARY)
    earnings, atlas = expect_earnings(plan.atlas), read_atlas("cash_benefit")
    place = pl.DataFrame({"pnr": crowd.keys, "place": range(len(crowd.keys))})
    month = len(plan.months.firsts) // 2
    day = plan.months.firsts[month]
    paid = rows.filter(pl.col("ajo_job_start_dato").dt.truncate("1mo") == day).join(place, on="pnr")
    hours = np.bincount(paid["place"], paid["ajo_loentimer"], minlength=len(crowd.keys))
    career = crowd.lives.careers[plan.months.middles[month]][: len(crowd.order) - 10]
    for number, name in enumerate(atlas.names):
        own = hours[: len(career)][career == number]
        if own.size < 50:
            continue
        error = own.std() / np.sqrt(own.size)
        assert abs(own.mean() - earnings.hours[number]) <= FAR * error + 1e-9, name
        share = earnings.share[number]
        error = np.sqrt(share * (1.0 - share) / own.size)
        assert abs((own > 0.0).mean() - share) <= FAR * error + 1e-9, name
    # Of those who work seven in a hundred have no job, twelve in a thousand of the others no pay,
    # and five in a hundred a second job.
    work = atlas.at(WORK)
    assert earnings.share[work] == pytest.approx(0.93 * 0.988)
    paid_hours = float(
        expect_paid_hours(np.array(140.0)) + 0.05 * expect_paid_hours(np.array(25.0))
    )
    assert earnings.hours[work] == pytest.approx(0.93 * 0.988 * paid_hours)
    assert earnings.share[[atlas.at(DEAD), atlas.at("flexible_job")]].max() == 0.0


def test_who_is_abroad_at_new_year_lives_nowhere_in_it(course: Course) -> None:
    atlas, calendar = read_atlas("cash_benefit"), course.chain.calendar
    careers = np.full((len(calendar.weeks), 3), atlas.at(WORK), dtype=np.uint8)
    new_year = int(np.flatnonzero(calendar.starts_year)[0])
    # Back after a week, and away for a week that is not the year's first.
    careers[new_year, 0] = atlas.at(NOT_RESIDENT)
    careers[new_year + 1, 1] = atlas.at(NOT_RESIDENT)
    careers[new_year + 60 :, 2] = atlas.at(DEAD)
    away = find_away(atlas, calendar, careers)
    years = calendar.years == calendar.years[new_year]
    assert away[:, 0].tolist() == years.tolist()
    assert np.flatnonzero(away[:, 1]).tolist() == [new_year + 1]
    assert np.flatnonzero(away[:, 2]).tolist() == list(range(new_year + 60, len(years)))


@dataclass(frozen=True)
class Panel:
    """A delivery in arrays of (persons, weeks): what counts towards a mean, and where."""

    weeks: list[date]
    unit: NDArray[np.int64]
    on_benefit: Bools
    is_gone: Bools
    named: dict[str, Floats]


@pytest.fixture(scope="module")
def panel(study: Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[Panel, pl.DataFrame]:
    """A delivery without shocks by week, and its truth."""
    folder = tmp_path_factory.mktemp("stv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(off_weeks, "_FATES", 4)
        request = Request(persons=25_000, weeks=WEEKS, seed=2, shocks=0.0)
        simulate_delivery(study, folder, request)
    dream = pl.read_parquet(folder / "dream.parquet")
    names = [name for name in dream.columns if name.startswith("y_")]
    weeks = [date.fromisocalendar(2000 + int(name[2:4]), int(name[4:]), 1) for name in names]
    codes = dream.select(names).fill_null(0).to_numpy()
    place = np.full(1000, -1)
    for code, name in jobcentres().items():
        place[code] = sorted(set(jobcentres().values())).index(name)
    homes = {year: dream[f"nykom{year}"].fill_null(0).to_numpy() for year in range(2015, 2019)}
    of_week = [(week + timedelta(days=3)).replace(day=1) for week in weeks]
    months = sorted(set(of_week))
    jobs = (
        pl.read_parquet(folder / "bfl.parquet")
        .filter(stoette_besk_kode=0)
        .with_columns(month=pl.col("ajo_job_start_dato").dt.truncate("1mo"))
        .join(dream.select("pnr").with_row_index("row"), on="pnr")
    )
    paid = np.zeros((len(dream), len(months)))
    cell = jobs["row"].to_numpy(), np.array([months.index(month) for month in jobs["month"]])
    np.add.at(paid, cell, jobs["ajo_loentimer"].to_numpy())
    hours = paid[:, [months.index(month) for month in of_week]] * 37 / 160.33
    listed = read_list("benefit_codes")
    own = {int(row["code"]): row for row in listed if row["benefit_group"] == "kontanthjaelp"}
    groups = {row["measure_group"]: row["measure"] for row in read_list("measure_groups")}
    practice = [
        code
        for code, row in own.items()
        if groups[row["measure_group"]] in ("company_internship", "wage_subsidy")
    ]
    panel = Panel(
        weeks=weeks,
        unit=np.stack([place[homes[week.isocalendar().year]] for week in weeks], axis=1),
        on_benefit=np.isin(codes, list(own)),
        is_gone=np.isin(codes, GONE),
        named={
            "share_any": (np.isin(codes, practice) | (hours > 0.0)).astype(float),
            "share_with_hours": (hours > 0.0).astype(float),
            "mean_hours": hours,
        },
    )
    return panel, pl.read_csv(folder / "truth.csv")


def span(panel: Panel, window: Weeks) -> slice:
    return slice(panel.weeks.index(window.first_week), panel.weeks.index(window.last_week) + 1)


def count_weeks(panel: Panel, study: Study, population: str, window: str) -> tuple[slice, Bools]:
    """A window's columns, and which weeks of each person count (decision 0048)."""
    own = study.populations[population]
    period = "before" if window == "before" else "intervention"
    received = "intervention" if own.window == "intervention" else period
    is_member = panel.on_benefit[:, span(panel, study.windows[received])].any(axis=1)
    rows = span(panel, study.windows[window])
    counts = panel.on_benefit[:, rows] if own.weeks == "on_benefit" else ~panel.is_gone[:, rows]
    return rows, counts & is_member[:, None] & (panel.unit[:, rows] >= 0)


def test_the_truth_is_what_a_delivery_shows(
    panel: tuple[Panel, pl.DataFrame], study: Study
) -> None:
    seen, truth = panel
    for population, window in itertools.product(study.populations, study.windows):
        phase, figure = ("intervention", "before") if window == "before" else (window, "during")
        rows, counts = count_weeks(seen, study, population, window)
        for outcome in OUTCOMES:
            own = truth.filter(outcome=f"{outcome}.{population}", phase=phase)
            source = "exact" if population == NARROW else "draw"
            assert own["source"].unique().to_list() == [source]
            values = seen.named[outcome][:, rows]
            figures = dict(own.select("unit", figure).iter_rows())
            for unit, errors in count_errors(seen.unit[:, rows], counts, values, figures):
                assert errors < FAR, (population, outcome, window, unit)


def count_errors(
    place: NDArray[np.int64], counts: Bools, values: Floats, figures: dict[str, float]
) -> Iterator[tuple[str, float]]:
    """How far each unit's mean is from its true figure, in person-clustered standard errors."""
    units = sorted(set(jobcentres().values()))
    shape = len(counts), len(units)
    cell = np.nonzero(counts)[0] * shape[1] + place[counts]
    named, weeks = (
        np.bincount(cell, each, minlength=shape[0] * shape[1]).reshape(shape)
        for each in (values[counts], None)
    )
    named_units = figures.keys() - {"participating", "rest_of_country"}
    assert len(named_units) == 27
    in_rest = ~np.isin(units, list(named_units))
    parts = {"participating": ~in_rest, "rest_of_country": in_rest}
    spread = 0.0
    for unit in ("rest_of_country", "participating", *sorted(named_units)):
        within = parts.get(unit, np.array(units) == unit)
        own = weeks[:, within].sum(axis=1)
        scores = named[:, within].sum(axis=1) - figures[unit] * own
        spread = spread or (scores**2).sum() / (own > 0.0).sum()
        # In a small job centre it may be that nobody of those few who have hours is seen.
        error = np.sqrt(max((scores**2).sum(), (own > 0.0).sum() * spread))
        yield unit, float(abs(scores.sum()) / error)
