"""What is scant but sound runs as far as it can, and what cannot be known is empty."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.support.tiny import DELIVERY, PLANTED, STUDY, Place, Told, make_dream, make_jobs

WEEKS = pl.col("^y_.*$")
SOUND = "\n0 errors, 0 warnings"


def deliver(place: Place, *changes: pl.Expr) -> Place:
    make_dream().with_columns(*changes).write_parquet(place.data / "dream.parquet")
    return place


def rerun(place: Place) -> Told:
    return place.call("rerun", str(place.study), "--municipality", "Greve", *place.folders)


def read_effects(place: Place) -> dict[str, list[float | None]]:
    """The effects by outcome; an effect that is unknown is null."""
    estimates = pl.read_csv(place.out / "estimates.csv", glob=False)
    effects = estimates.filter(pl.col("unit") != "rest_of_country")
    return {str(key): frame["effect"].to_list() for (key,), frame in effects.group_by("outcome")}


def test_the_sound_delivery_runs_and_no_person_is_told(place: Place) -> None:
    told = place.run()
    assert told.code == 0, told.output
    assert all(set(effects) != {None} for effects in read_effects(place).values())
    assert PLANTED not in told.output + told.left
    assert "finished" in told.left, "the log is looked through"


def test_the_sound_delivery_has_no_issue(place: Place) -> None:
    told = place.check("--study", str(place.study))
    assert (told.code, SOUND in told.output) == (0, True), told.output
    assert f"a run can start: indsats run {place.study} --data {place.data}" in told.output


def test_nobody_with_an_event_leaves_durations_unknown(place: Place) -> None:
    told = deliver(place, WEEKS.replace({813: 810, 817: 810})).run()
    assert told.code == 0, told.output
    effects = read_effects(place)
    assert set(effects["weeks"]) == {None}
    assert None not in effects["share"]


def test_windows_of_one_week_run(place: Place) -> None:
    text = STUDY.replace("2018-W01..2018-W10", "2018-W10..2018-W10")
    place.study.write_text(text.replace("W11..2018-W22", "W11..2018-W11"), encoding="utf-8")
    told = place.run()
    assert told.code == 0, told.output
    assert None not in read_effects(place)["share"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([WEEKS.replace({810: 730, 813: 730, 817: 730})], id="nobody on the benefit"),
        pytest.param([pl.col("^nykom.*$").replace(253, 101)], id="nobody participates"),
        pytest.param([pl.lit(253).alias(f"nykom{year}") for year in (2017, 2018)], id="no rest"),
        pytest.param([pl.col("^nykom.*$").replace({253: None, 159: None})], id="home unknown"),
    ],
)
def test_nothing_to_estimate_is_told_as_such(place: Place, changes: list[pl.Expr]) -> None:
    told = deliver(place, *changes).run()
    assert told.code == 13, told.output
    assert "effects can be estimated; give the study windows" in told.output
    assert not (place.out / "estimates.csv").exists()


def test_an_unknown_code_outside_the_window_does_no_harm(place: Place) -> None:
    deliver(place, pl.lit(819).alias("y_1748"), pl.lit(819).alias("y_1824"))
    assert place.run("--until", "analysis.members").code == 0
    assert place.check("--study", str(place.study)).code == 0
    told = place.check()
    assert told.code == 11
    assert "dream.y_1748: benefit code 819 is in no code list" in told.output


NOBODY = pl.lit(None, pl.Int64)


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (
            pl.lit(870).alias("y_1807"),
            "dream: benefit codes listed as unverified: 870, on 40 spells",
        ),
        (NOBODY.alias("y_1824"), "dream.y_1824: 1 columns from this one on hold nothing"),
        (
            NOBODY.alias("y_1807"),
            "dream.y_1807: 1 weeks of the window, this one the first, have no",
        ),
        (pl.col("pnr").replace(f"{PLANTED}0001", "X"), "bfl.pnr: 7 jobs belong to people who are"),
    ],
)
def test_what_is_doubtful_is_counted_and_stops_nothing(
    place: Place, change: pl.Expr, warning: str
) -> None:
    told = deliver(place, change).check("--study", str(place.study))
    assert told.code == 0, told.output
    warned = [line for line in told.output.splitlines() if line.startswith("warning: ")]
    assert any(warning in line for line in warned), warned
    assert f"0 errors, {len(warned)} warnings" in told.output


def test_persons_on_equal_rows_are_counted(place: Place) -> None:
    dream = make_dream()
    pl.concat([dream, dream[:2]]).write_parquet(place.data / "dream.parquet")
    told = place.check("--study", str(place.study))
    assert told.code == 0, told.output
    assert "dream.pnr: 2 keys stand on more than one row, all equal" in told.output
    assert PLANTED not in told.output


def test_jobs_of_others_are_counted_in_the_report(place: Place) -> None:
    jobs = make_jobs()
    others = jobs[:3].with_columns(pnr=pl.lit("someone else"))
    pl.concat([jobs, others]).write_parquet(place.data / "bfl.parquet")
    assert place.run().code == 0
    report = (place.out / "report.html").read_text(encoding="utf-8")
    assert "3 jobs belong to people who are not in DREAM" in report


def test_a_mark_before_the_first_letter_is_no_fault(place: Place) -> None:
    (place.data / "delivery.toml").write_text(DELIVERY, encoding="utf-8-sig")
    assert place.check().code == 0


def test_brackets_in_a_path_are_letters(tmp_path: Path) -> None:
    """A pattern would read the neighbour's registers and tables."""
    folders = [tmp_path / "d[2]", tmp_path / "d2"]
    for folder in folders:
        folder.mkdir()
        Place(folder).lay_out()
    ours, theirs = map(Place, folders)
    deliver(theirs, WEEKS.replace({817: 810}))
    assert [place.run().code for place in (ours, theirs)] == [0, 0]
    effects = read_effects(ours)
    assert effects != read_effects(theirs)
    shutil.rmtree(theirs.root)
    assert rerun(ours).code == 0
    assert read_effects(ours) == effects


def test_too_little_memory_is_told_without_a_person(place: Place) -> None:
    told = place.run("--memory-limit", "1MB")
    assert told.code == 12, told.output
    assert "DuckDB ran out of memory; raise --memory-limit or lower --threads" in told.output
    assert PLANTED not in told.output + told.left


def test_an_interrupt_ends_with_what_is_kept(place: Place, monkeypatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt(PLANTED)

    monkeypatch.setattr("pipeline.prepare.require_sound", interrupt)
    told = place.run()
    assert told.code == 130
    assert "interrupted; finished tables are kept and not built again" in told.output
    assert PLANTED not in told.output + told.left


def test_an_error_of_another_program_shows_no_message(place: Place, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError(PLANTED)

    monkeypatch.setattr("pipeline.prepare.require_sound", fail)
    told = place.run()
    assert told.code == 1
    assert "ValueError; the message is withheld, since it may quote a person" in told.output
    assert PLANTED not in told.output + told.left
