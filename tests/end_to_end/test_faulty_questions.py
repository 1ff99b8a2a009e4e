"""Every fault of a study, a call or a folder ends with its exit code and one line that says it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.codes import list_jobcentres
from pipeline.weeks import parse_iso_week
from tests.support.tiny import STUDY, Place, Told

_LAST_WEEK = parse_iso_week("2018-W22")
EVERY_CENTRE = json.dumps(sorted(list_jobcentres(_LAST_WEEK, _LAST_WEEK)), ensure_ascii=False)


@dataclass(frozen=True)
class Faulty:
    """A call that goes wrong, and what is told of it."""

    name: str
    call: Callable[[Place], Told]
    says: str
    code: int

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def ask(*changes: tuple[str, str]) -> Callable[[Place], Told]:
    """Run the study after changing its text."""
    text = STUDY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)

    def call(place: Place) -> Told:
        place.study.write_text(text, encoding="utf-8")
        return place.run()

    return call


def run(*options: str) -> Callable[[Place], Told]:
    return lambda place: place.run(*options)


def rerun(municipality: str) -> Callable[[Place], Told]:
    return lambda p: p.call("rerun", str(p.study), "--municipality", municipality, *p.folders)


def simulate(*options: str) -> Callable[[Place], Told]:
    return lambda p: p.call("simulate", str(p.out), *options)


def in_the_way(place: Place, folder: Path) -> Told:
    """A file where a folder should be."""
    if folder.is_dir():
        folder.rename(place.root / "elsewhere")
    folder.write_text("", encoding="utf-8")
    return place.run()


def hold(place: Place) -> Told:
    place.out.mkdir()
    with FileLock(place.out / ".lock"):
        return place.run()


def spoil(place: Place, name: str) -> Told:
    place.out.mkdir()
    (place.out / name).write_text("{", encoding="utf-8")
    told = rerun("Greve")(place)
    (place.out / name).unlink()
    return told


def deliver_anew(place: Place) -> Told:
    place.out.mkdir()
    (place.out / "manifest.json").write_text('{"study": {}}', encoding="utf-8")
    return rerun("Greve")(place)


STUDIES = [
    Faulty("no such study", lambda p: p.call("run", "hirr", *p.folders), "did you mean 'hir'?", 10),
    Faulty("no toml", ask(("[periods]", "[periods")), "is not TOML", 10),
    Faulty("unknown key", ask(("favourable", "favorable")), "did you mean 'favourable'?", 10),
    Faulty("missing key", ask(('title = "Tiny"', "")), "key title is missing; add it", 10),
    Faulty("unknown centre", ask(("Greve", "Grevo")), "'Grevo' is unknown; did you mean", 10),
    Faulty("centre twice", ask(('["Greve"]', '["Greve", "Greve"]')), "stands twice", 10),
    Faulty("no centre", ask(('["Greve"]', "[]")), "participating = []", 10),
    Faulty("unknown benefit", ask(("resource_c", "ressource_c")), "mean 'resource_course'?", 10),
    Faulty("unknown outcome", ask(('"ordinary_hours"', '"hours"')), "'hours' is unknown", 10),
    Faulty("no week 53", ask(("2018-W22", "2018-W53")), "periods.intervention = ", 10),
    Faulty("window reversed", ask(("2018-W22", "2018-W09")), "ends before it starts", 10),
    Faulty("windows overlap", ask(("W01..2018-W10", "W01..2018-W11")), "overlaps the interv", 10),
    Faulty("no population", ask(("[populations.course]", "[outcomes.x]")), "populations", 10),
    Faulty("weeks too late", ask(("2018-W22", "2018-W30")), "windows within y_1749 to y_1824", 11),
    Faulty("weeks too early", ask(("2018-W01..", "2016-W01..")), "the municipality in 2016", 11),
]
CALLS = [
    Faulty("everybody", ask(('["Greve"]', EVERY_CENTRE)), "no job centre is left to compare", 10),
    Faulty("no delivery", lambda p: p.call("check"), "Missing argument 'DELIVERY'", 2),
    Faulty("unknown option", run("--thread", "2"), "No such option: --thread", 2),
    Faulty("no thread", run("--threads", "0"), "Invalid value for '--threads'", 2),
    Faulty("no memory", run("--memory-limit", "much"), "'much' is no amount of memory; such as", 2),
    Faulty("unknown table", run("--until", "core.spells"), "no stage makes this table", 2),
    Faulty("no folder for the log", run("--json-log", "no/l"), "cannot be written", 2),
    Faulty("unknown format", simulate("--format", "sas"), "Invalid value for '--format'", 2),
    Faulty("nobody simulated", simulate("--persons", "0"), "Invalid value for '--persons'", 2),
    Faulty("week simulated", simulate("--weeks", "2018-W53..2019-W01"), "'--weeks'", 2),
    Faulty("unknown municipality", rerun("Isøj"), "did you mean 'Ishøj'?", 2),
    Faulty("out is a file", lambda p: in_the_way(p, p.out), "this folder cannot be written", 2),
    Faulty("data is a file", lambda p: in_the_way(p, p.data), "delivery.toml: cannot be", 11),
    Faulty("study is a folder", lambda p: p.call("run", str(p.data), *p.folders), "no such st", 10),
    Faulty("folder is held", hold, "another run holds this folder", 15),
    Faulty("another delivery", deliver_anew, "results of another delivery", 2),
    Faulty("no manifest", lambda p: spoil(p, "manifest.json"), "is no manifest; delete it", 2),
]


@pytest.mark.parametrize("faulty", [*STUDIES, *CALLS], ids=str)
def test_a_faulty_question_is_told(place: Place, faulty: Faulty) -> None:
    told = faulty.call(place)
    assert (told.code, faulty.says in told.output) == (faulty.code, True), told.output
    assert not (place.out / "estimates.csv").exists()


def test_all_faults_of_a_study_come_at_once(place: Place) -> None:
    told = ask(
        ("Greve", "Grevo"), ('"ordinary_hours"', '"hours"'), ("[periods]", "[periods]\nduring = 1")
    )(place)
    assert len([line for line in told.output.splitlines() if "study.toml: " in line]) == 3


def test_the_exit_code_reaches_the_shell(indsats, tmp_path: Path) -> None:
    done = indsats("check", tmp_path)
    assert done.returncode == 11
    assert done.stderr.startswith("error: ")
    assert done.stdout == ""
