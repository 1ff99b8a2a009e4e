"""Every fault of a delivery is told with file, column, kind and count, and without a person."""

from __future__ import annotations

import shutil
from datetime import date

import polars as pl
import pytest

from tests.support.breaking import (
    Faulty,
    add,
    cut,
    describe,
    edit,
    empty,
    put,
    rename,
    replace,
    replace_by_folder,
    write_csv,
)
from tests.support.tiny import (
    ANSWERS,
    CASELOAD,
    DELIVERY,
    LINKS,
    PLANTED,
    Place,
    Told,
    make_jobs,
)

HEAD, *ROWS = write_csv(make_jobs()).splitlines(keepends=True)
RAGGED = b"".join([HEAD, *ROWS[:5], f"{PLANTED},{PLANTED},1,2,3,4,5\n".encode(), *ROWS[5:]])
PLANTED_TEXT = f"{PLANTED} text"

FILES = [
    Faulty("no delivery file", lambda p: (p.data / "delivery.toml").unlink(), "no such file"),
    Faulty("no folder", lambda p: shutil.rmtree(p.data), "delivery.toml: there is no such file"),
    Faulty("no toml", lambda p: p.describe("[dream\n"), "is not TOML"),
    Faulty("unknown key", describe("[bfl]", "[bfl]\nhour='x'"), "did you mean 'hours'?"),
    Faulty("unknown register", describe("[bfl]", "[bfi]"), "did you mean 'bfl'?"),
    Faulty("no dream", describe("[dream]", "[bef]"), "key dream is missing; add it"),
    Faulty("no files", describe('["dream.parquet"]', "[]"), "dream.files = []"),
    Faulty("files as text", describe('["bfl.parquet"]', "'bfl.parquet'"), "bfl.files = "),
    Faulty("no match", describe("bfl.parquet", "bfl*.csv"), "bfl*.csv: bfl: no such file"),
    Faulty(
        "nothing there", describe("bfl.parquet", "/no/bfl.csv"), "/no/bfl.csv: bfl: no such file"
    ),
    Faulty(
        "a folder", lambda p: replace_by_folder(p, "bfl.parquet"), "bfl.parquet: bfl: no such file"
    ),
    Faulty(
        "another ending",
        replace("bfl", "bfl.xlsx", b"1"),
        "bfl.xlsx: bfl: the file is of an unknown format",
    ),
    Faulty(
        "no bytes in parquet", replace("bfl", "b.parquet", b""), "b.parquet: bfl: the file is empty"
    ),
    Faulty("no bytes in csv", replace("bfl", "b.csv", b""), "b.csv: bfl: the file is empty"),
    Faulty(
        "no bytes in csv.gz", replace("bfl", "b.csv.gz", b""), "b.csv.gz: bfl: the file is empty"
    ),
    Faulty(
        "no bytes in sas", replace("bfl", "b.sas7bdat", b""), "b.sas7bdat: bfl: the file is empty"
    ),
    Faulty("cut parquet", cut("dream", "parquet"), "cut.parquet: dream: cannot be read"),
    Faulty("cut csv", cut("dream", "csv"), "cut.csv: dream: 1 rows do not have 32"),
    Faulty("cut csv.gz", cut("bfl", "csv.gz"), "cut.csv.gz: bfl: cannot be read"),
    Faulty(
        "csv called parquet", replace("bfl", "b.parquet", HEAD + ROWS[0]), "b.parquet: bfl: cannot"
    ),
    Faulty("parquet called csv", lambda p: rename(p, "b.csv"), "b.csv: bfl: cannot be read"),
    Faulty(
        "text called sas", replace("bfl", "b.sas7bdat", HEAD), "b.sas7bdat: bfl: cannot be read"
    ),
    Faulty(
        "ragged rows", replace("bfl", "b.csv", RAGGED), "b.csv: bfl: 1 rows do not have 5 values"
    ),
    Faulty("cut sas", cut("dream", "sas7bdat"), "cut.sas7bdat: dream: the file is cut off"),
    Faulty("no header", replace("bfl", "b.csv", b"".join(ROWS)), "none of 5 columns has a"),
    Faulty(
        "another separator",
        replace("bfl", "b.csv", write_csv(make_jobs(), separator="^")),
        "none of 1 columns has a documented name",
    ),
    Faulty(
        "two bytes a letter",
        replace("bfl", "b.csv", write_csv(make_jobs()).decode().encode("utf-16")),
        "b.csv: bfl: cannot be read",
    ),
]


DREAM = [
    Faulty("no person", edit("dream", lambda f: f.rename({"pnr": "pnrr"})), "dream.pnr: there is"),
    Faulty(
        "no weeks", edit("dream", lambda f: f.drop("^y_.*$")), "dream.y_YYWW: there are no week"
    ),
    Faulty(
        "no municipality", edit("dream", lambda f: f.drop("^ny.*$")), "dream.nykomYYYY: there are"
    ),
    Faulty(
        "week that is not", edit("dream", lambda f: f.with_columns(y_1753=810)), "no such ISO week"
    ),
    Faulty("week missing", edit("dream", lambda f: f.drop("y_1807")), "dream.y_1807: this week is"),
    Faulty(
        "year missing",
        edit("dream", lambda f: f.with_columns(nykom2015=253)),
        "dream.nykom2016: this year is missing",
    ),
    Faulty(
        "two columns of one name",
        edit("dream", lambda f: f.with_columns(Y_1807=810)),
        "dream.y_1807: two columns have this name",
    ),
    Faulty("weeks too few", edit("dream", lambda f: f.drop("^y_182.*$")), "y_1749 to y_1819"),
    Faulty(
        "year too few",
        edit("dream", lambda f: f.drop("nykom2018")),
        "needs the municipality in 2018",
    ),
    Faulty("not reported", empty("y_182"), "beyond the reported weeks; windows within y_1749 to"),
    Faulty("year not reported", empty("nykom2018"), "delivered are nykom2017 to nykom2017"),
    Faulty("week of dates", put("dream", "y_1807", date(2018, 1, 1), 40), "y_1807: the column is"),
    Faulty(
        "keys in lists",
        edit("dream", lambda f: f.with_columns(pnr=pl.concat_list("pnr"))),
        "dream.parquet: dream.pnr: the column is of type VARCHAR[]; deliver it as text or number",
    ),
    Faulty("no key", put("dream", "pnr", None), "dream.pnr: 3 values are missing"),
    Faulty("person twice", put("dream", "pnr", f"{PLANTED}0007"), "stand on more than one row"),
    Faulty("unknown code", put("dream", "y_1807", 819), "dream.y_1807: benefit code 819 is in no"),
    Faulty("no code", put("dream", "y_1807", PLANTED_TEXT), "y_1807: text that is no benefit code"),
    Faulty("half a code", put("dream", "y_1807", 810.5), "y_1807: text that is no benefit code"),
    Faulty("unknown municipality", put("dream", "nykom2018", 998), "nykom2018: municipality code"),
    Faulty("no municipality code", put("dream", "nykom2018", PLANTED_TEXT), "text that is no muni"),
    Faulty("no rows", edit("dream", lambda f: f.clear()), "dream.parquet: dream: there is no row"),
    Faulty(
        "code from a week on",
        edit("dream", lambda f: f.with_columns(pl.col("^y_182.$").replace(810, 819))),
        "dream.y_1820: benefit code 819 is in no code list, from this week column on",
    ),
]

JOBS = [
    Faulty("no hours", edit("bfl", lambda f: f.drop("ajo_loentimer")), "bfl.ajo_loentimer: there"),
    Faulty("no keys of jobs", put("bfl", "pnr", None), "bfl.pnr: 3 values are missing"),
    Faulty("blank keys", put("bfl", "pnr", " ", 5), "bfl.pnr: 5 values are missing"),
    Faulty("no start", put("bfl", "ajo_job_start_dato", None), "start_dato: 3 values are missing"),
    Faulty("start is text", put("bfl", "ajo_job_start_dato", PLANTED_TEXT), "3 values cannot be"),
    Faulty("no such day", put("bfl", "ajo_job_slut_dato", "2018-02-30"), "3 values cannot be read"),
    Faulty("too early", put("bfl", "ajo_job_start_dato", date(1960, 1, 1)), "at least 2008-01-01"),
    Faulty("end first", put("bfl", "ajo_job_slut_dato", date(2017, 11, 30)), "3 jobs end before"),
    Faulty("two months", put("bfl", "ajo_job_slut_dato", date(2018, 1, 2)), "in another month"),
    Faulty(
        "hours below 0", put("bfl", "ajo_loentimer", -4.0), "3 values are too small; at least 0"
    ),
    Faulty("hours above all", put("bfl", "ajo_loentimer", 745.0), "3 values are too large"),
    Faulty("no hours given", put("bfl", "ajo_loentimer", None, 280), "280 values are missing"),
    Faulty(
        "no number", put("bfl", "ajo_loentimer", float("nan")), "3 values cannot be read; a num"
    ),
    Faulty("endless hours", put("bfl", "ajo_loentimer", float("inf")), "3 values cannot be read"),
    Faulty("hours as text", put("bfl", "ajo_loentimer", PLANTED_TEXT), "3 values cannot be read"),
    Faulty("hours yes or no", put("bfl", "ajo_loentimer", True, 280), "the column is of type BOOL"),
    Faulty(
        "unknown support", put("bfl", "stoette_besk_kode", 8), "3 values are in no code list: 8"
    ),
    Faulty("support as text", put("bfl", "stoette_besk_kode", PLANTED_TEXT), "3 values cannot be"),
    Faulty("support as key", put("bfl", "stoette_besk_kode", "0101901234"), "3 values cannot be"),
    Faulty("months without", edit("bfl", lambda f: f[:120]), "3 months of the window have no job"),
    Faulty(
        "e-income not given", lambda p: p.describe(DELIVERY[:36]), "an outcome on ordinary hours"
    ),
    Faulty("keys of others", put("bfl", "pnr", "X", 280), "not one of 280 jobs belongs to"),
]


OTHERS = [
    Faulty(
        "cases below 0", add("caseload", **CASELOAD | {"cases": [-1, 30]}), "cases: 1 values are"
    ),
    Faulty(
        "a centre unknown", add("caseload", **CASELOAD | {"jobcentre": ["Grevo", "Greve"]}), "list"
    ),
    Faulty(
        "hours of a month", add("caseload", **CASELOAD | {"weekly_hours": [169, 37]}), "most 168"
    ),
    Faulty(
        "no start of a link", add("caseworkers", **LINKS | {"start_date": [PLANTED]}), "cannot be"
    ),
    Faulty(
        "no link", add("caseworkers", pnr=[PLANTED]), "caseworkers.start_date: there is no such"
    ),
    Faulty(
        "answer twice", add("survey", **ANSWERS | {"answer": ["4", "5"]}), "and the rows differ"
    ),
    Faulty(
        "no round", add("survey", **ANSWERS | {"round": [0, 1]}), "survey.round: 1 values are too"
    ),
]
FAULTY = [*FILES, *DREAM, *JOBS, *OTHERS]


def assert_told(told: Told, faulty: Faulty) -> None:
    assert (told.code, faulty.says in told.output) == (faulty.code, True), told.output
    assert PLANTED not in told.output + told.left, "a person is told"
    assert "withheld" not in told.output, "a message of another program stands for a fault"


@pytest.mark.parametrize("faulty", FAULTY, ids=str)
def test_a_faulty_delivery_stops_a_run(place: Place, faulty: Faulty) -> None:
    faulty.break_(place)
    assert_told(place.run(), faulty)
    assert not (place.out / "estimates.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize("faulty", FAULTY, ids=str)
def test_a_faulty_delivery_is_told_by_check(place: Place, faulty: Faulty) -> None:
    faulty.break_(place)
    assert_told(place.check("--study", str(place.study)), faulty)


@pytest.mark.parametrize("further", [{"caseload": CASELOAD}, {"caseworkers": LINKS}])
def test_further_registers_may_be_sound(
    place: Place, further: dict[str, dict[str, list[object]]]
) -> None:
    for register, columns in further.items():
        add(register, **columns)(place)
    told = place.check("--study", str(place.study))
    assert told.code == 0, told.output


def test_all_faults_of_a_delivery_come_at_once_and_sorted(place: Place) -> None:
    """Of both registers, of values and of what is built of them; a second run says the same."""
    put("dream", "y_1807", 819)(place)
    jobs = pl.read_parquet(place.data / "bfl.parquet")
    jobs.with_columns(ajo_loentimer=-1.0, stoette_besk_kode=8).write_parquet(
        place.data / "bfl.parquet"
    )
    told, again = place.run(), place.run()
    faults = [line for line in told.output.splitlines() if line.startswith("error: ")]
    assert [fault.split(": ")[2] for fault in faults] == [
        "bfl.ajo_loentimer",
        "bfl.stoette_besk_kode",
        "dream.y_1807",
    ]
    assert all(fault in again.output for fault in faults)
    checked = place.check("--study", str(place.study))
    assert all(fault in checked.output for fault in faults)
    assert "3 errors, 0 warnings\na run would stop; mend the delivery" in checked.output


def test_what_is_wrong_with_several_files_comes_at_once(place: Place) -> None:
    edit("dream", lambda frame: frame.drop("y_1807", "pnr"))(place)
    (place.data / "bfl1.csv").write_bytes(b"")
    (place.data / "bfl2.csv").write_bytes(b"".join(ROWS))
    place.describe(DELIVERY.replace("bfl.parquet", "bfl*.csv"))
    told = place.check()
    assert told.code == 11
    assert [line[:40] for line in told.output.splitlines()] == [
        "error: bfl1.csv: bfl: the file is empty;",
        "error: dream.parquet: dream.pnr: there i",
        "error: dream.parquet: dream.y_1807: this",
    ]


def test_weeks_that_lack_come_with_what_else_is_wrong(place: Place) -> None:
    edit("dream", lambda frame: frame.drop("^y_182.*$"))(place)
    put("bfl", "ajo_loentimer", -1.0)(place)
    told = place.run()
    assert told.code == 11
    assert "dream: tiny's windows reach beyond the delivered weeks" in told.output
    assert "bfl.parquet: bfl.ajo_loentimer: 3 values are too small" in told.output
    assert "core.benefit_spells" not in told.output, "nothing is built in vain"


def test_the_file_that_holds_the_fault_is_named(place: Place) -> None:
    jobs = make_jobs()
    for number, hours in enumerate((1.0, 745.0, 1.0)):
        part = jobs.with_columns(ajo_loentimer=hours)
        part.write_parquet(place.data / f"bfl201{number}.parquet")
    place.describe(DELIVERY.replace("bfl.parquet", "bfl201*.parquet"))
    assert "error: bfl2011.parquet: bfl.ajo_loentimer: 280 values are too large" in (
        place.check().output
    )


def test_a_column_that_a_later_file_lacks_is_told(place: Place) -> None:
    make_jobs().drop("ajo_loentimer").write_parquet(place.data / "bfl2.parquet")
    place.describe(DELIVERY.replace("bfl.parquet", "bfl*.parquet"))
    told = place.check()
    assert told.code == 11
    assert "bfl2.parquet: bfl: 1 columns of bfl.parquet are missing" in told.output
