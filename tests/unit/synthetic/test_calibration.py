"""Calibration files: what is refused, and what stands in where a study has none."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.spec import Study, parse_weeks
from pipeline.synthetic import calibration as module
from pipeline.synthetic.calibration import load_calibration
from pipeline.synthetic.figures import planted_figures
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.truth import plant_course

WEEKS = parse_weeks("2017-W01..2019-W13")
GOOD = """
[rest_of_country]
weeks = { before = 38.0, during = 40.0 }
share = { before = 0.15, during = 0.17 }
[measure_share]
named_units = { before = 0.4, during = 0.4 }
rest_of_country = { before = 0.43, during = 0.44 }
"""
UNIT = """
[units.{name}]
weeks = {{ before = {weeks}, during = 40.0 }}
share = {{ before = 0.15, during = {during}, phases = {{ {phases} }} }}
"""

MONITORED = """
[[caseload.periods]]
start = {start}
end = {end}
"""


def unit(name: str = "Faxe", weeks: float = 38, during: float = 0.17, phases: str = "") -> str:
    return UNIT.format(name=name, weeks=weeks, during=during, phases=phases)


@pytest.fixture
def plant(planted_hir: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a calibration for HIR and returns HIR."""

    def write(text: str) -> Study:
        (tmp_path / "hir.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(module, "CALIBRATION", tmp_path)
        return planted_hir

    return write


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + unit("Fakse"), "no job centre 'Fakse'; did you mean 'Faxe'"),
        (GOOD + unit(phases="first_half = 0.1"), "did you mean 'first_half_year'"),
        (GOOD + "unit = 1", "unknown key measure_share.unit"),
        (GOOD + "[unit.Faxe]", "unknown key unit; did you mean 'units'"),
        (GOOD + unit().replace("share", "shares"), "did you mean 'share'"),
        (GOOD + "[process.kinds]\nwage_subsidies = 1.0", "did you mean 'wage_subsidy'"),
        (GOOD + "[shocks]\nrestart = 2.0", "less than or equal to 1"),
        (GOOD + unit() + "cases = [30.0]", "units.Faxe: 1 cases in 0 periods"),
        (GOOD + MONITORED.format(start="2018-03-02", end="2018-03-01"), "not in order"),
        (GOOD + MONITORED.format(start="2018-03-01", end="2018-04-01") * 2, "not in order"),
        (GOOD.replace("during = 40.0", "during = -1"), "greater than 0"),
        (GOOD.replace("0.17", "17"), "less than or equal to 1"),
        (GOOD.replace("during = 40.0", "during = inf"), "weeks.during = inf; .* finite number"),
        (GOOD + "[process]\nrare_log_odds = nan", "rare_log_odds = nan; .* finite number"),
        (GOOD + "[process]\nexit_passive = 2.0", "exit_passive = 2.0; .* less than 1"),
        (GOOD + "[process]\nhours_paid = 1e9", "hours_paid = .* less than or equal to 200"),
        (GOOD + "[process.kinds]\nwage_subsidy = -1.0", "wage_subsidy = -1.0; .* equal to 0"),
        (
            GOOD.replace("[rest_of_country]", "[rest_of_country]\nshare_spread = 0.1", 1),
            "share_spread = 0.1 leaves shares below 0 or above 1; at most 0.0",
        ),
        (GOOD.replace("weeks = {", "with_hours = { befor = 0.1 }\nweeks = {", 1), "mean 'before'"),
        ("[rest_of_country", "is not TOML"),
    ],
)
def test_faults_name_the_place(plant, text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        load_calibration(plant(text))


def test_overlapping_phases_are_refused(plant) -> None:
    study = plant(GOOD + unit(phases="first_half_year = 0.1, late = 0.1"))
    late = parse_weeks("2018-W30..2019-W13")
    study = study.model_copy(update={"phases": {**study.phases, "late": late}})
    with pytest.raises(StudyError, match="overlap"):
        load_calibration(study)


def test_all_faults_come_at_once(plant) -> None:
    with pytest.raises(StudyError) as error:
        load_calibration(plant(GOOD + unit("Fakse", phases="last = 0.1") + unit("Grevee")))
    assert len(error.value.faults) == 3


def test_misfits_come_with_keys_that_are_unknown(plant) -> None:
    with pytest.raises(StudyError) as error:
        load_calibration(plant(GOOD + "[shocks]\nsize = 0.1\n" + unit("Fakse")))
    assert len(error.value.faults) == 2


def test_a_file_of_one_s_own_goes_before_the_study_s(planted_hir: Study, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD + unit("Faxe", weeks=31.5), encoding="utf-8")
    assert load_calibration(planted_hir, path).units["Faxe"].weeks.before == 31.5
    assert len(load_calibration(planted_hir).units) == 15
    with pytest.raises(StudyError, match=r"owm\.toml: there is no such file"):
        load_calibration(planted_hir, tmp_path / "owm.toml")


def test_shocks_of_another_size_leave_the_rest(planted_hir: Study) -> None:
    own = load_calibration(planted_hir)
    shocks = own.with_shocks(0.3).shocks
    assert (shocks.restart, shocks.internship, shocks.hours) == (0.3, 0.3, 0.3)
    assert shocks.correlation == own.shocks.correlation
    assert own.with_shocks(None, 0.5).shocks.restart == own.shocks.restart
    assert own.with_shocks(None, 0.5).shocks.correlation == 0.5
    assert own.with_shocks(None) == own


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (unit(weeks=2), "Faxe: no restart rate gives the planted weeks"),
        ("[process.kinds]\nwage_subsidy = 0.0", "process.kinds: no measure of the benefit but"),
        (unit(phases="last_3_months = 0.6"), "Faxe: the planted shares need"),
        (unit(phases="first_half_year = 0.001"), "Faxe: the planted shares need"),
    ],
)
def test_what_is_out_of_reach_is_refused(plant, text: str, message: str) -> None:
    study = plant(GOOD + text)
    with pytest.raises(StudyError, match=message):
        plant_course(study, read_geography(WEEKS), WEEKS)


def test_a_benefit_without_measures_is_refused(planted_hir: Study) -> None:
    population = planted_hir.populations[planted_hir.headline_population]
    student = population.model_copy(update={"benefit": "student_grant"})
    study = planted_hir.model_copy(update={"populations": {"students": student}})
    with pytest.raises(StudyError, match="student_grant"):
        plant_course(study, read_geography(WEEKS), WEEKS)


def test_a_study_without_calibration_has_no_effects(planted_hir: Study) -> None:
    study = planted_hir.model_copy(update={"name": "without"})
    truth = planted_figures(plant_course(study, read_geography(WEEKS), WEEKS))
    planted = pl.col("outcome") != "weeks_to_first_measure"
    whole = truth.filter(planted, phase="intervention", unit="rest_of_country")
    assert whole["before"].to_list() == pytest.approx([38.0, 0.149])
    assert whole["during"].to_list() == pytest.approx([40.0, 0.168])
    own = truth.filter(planted, phase="intervention")
    assert own["effect"].drop_nulls().abs().max() < 1e-9
    # People who have moved are a little rarer in large places, which phases can feel.
    assert truth["effect"].drop_nulls().abs().max() < 0.01


def test_phases_may_cover_the_intervention(plant) -> None:
    """Then nothing is left over whose share would have to be solved for."""
    study = plant(GOOD + unit(phases="all = 0.17"))
    study = study.model_copy(update={"phases": {"all": study.periods.intervention}})
    truth = planted_figures(plant_course(study, read_geography(WEEKS), WEEKS))
    faxe = truth.filter(unit="Faxe", phase="all", outcome="share_practice_or_hours")
    assert faxe["during"].item() == pytest.approx(0.17)


def test_each_period_means_everybody_in_the_year_before(planted_hir: Study) -> None:
    """Whoever leaves before the intervention leaves sooner, so is on other paths."""
    population = planted_hir.populations[planted_hir.headline_population]
    each = population.model_copy(update={"window": "each_period"})
    study = planted_hir.model_copy(update={"populations": {"each": each}})
    geography = read_geography(WEEKS)
    course = plant_course(study, geography, WEEKS)
    own = planted_figures(course).filter(unit="Faxe", phase="intervention")
    assert own["before"][0] == pytest.approx(25.0)
    assert course.planted.expectation.benefit[:5].sum() > (
        plant_course(planted_hir, geography, WEEKS).planted.expectation.benefit[:5].sum()
    )


def test_the_spread_of_other_job_centres_keeps_the_pooled_figures(planted_hir: Study) -> None:
    course = plant_course(planted_hir, read_geography(WEEKS), WEEKS)
    gaps = course.planted.expectation.gaps(course.chain.calendar.span(planted_hir.periods.before))
    weeks = gaps.exposure / gaps.events
    others = [name not in planted_hir.participating for name in course.geography.units]
    assert weeks[others].std() == pytest.approx(4.5, abs=1.0)
    truth = planted_figures(course).filter(pl.col("unit") == "rest_of_country")
    assert truth["before"][0] == pytest.approx(38.0)
