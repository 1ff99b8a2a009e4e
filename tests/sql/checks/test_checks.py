"""Each check names the place, the fault and the count, and is silent where all is well."""

from pathlib import Path

from pipeline.layout import SQL
from pipeline.weeks import parse_iso_week
from tests.support.drawn import run_check
from tests.support.inputs import BENEFIT_CODES

WINDOW = {"first_week": parse_iso_week("2018-W01"), "last_week": parse_iso_week("2018-W08")}
SPELL = "person_id | benefit_code | start_week | end_week"


def faults(check: str, inputs: dict[str, str], **parameters: object) -> list[str]:
    found = run_check(check, inputs, **parameters)
    return [f"{row['severity']} {row['place']}: {row['fault']}" for row in found]


def spells(rows: str) -> dict[str, str]:
    return {"core.benefit_spells": f"{SPELL}\n{rows}", "staging.benefit_codes": BENEFIT_CODES}


def test_an_unknown_code_in_the_window_is_named_with_its_first_column_and_weeks():
    rows = """
        a | 811 | 2018-W03 | 2018-W05
        b | 811 | 2018-W08 | 2018-W20
        c | 810 | 2018-W03 | 2018-W05
        d | 812 | 2017-W40 | 2018-W01
    """
    assert faults("unknown_benefit_codes", spells(rows), **WINDOW) == [
        "error dream.y_1803: benefit code 811 is in no code list, "
        "from this week column on in 3 person-weeks"
    ]


def test_text_that_is_no_code_is_not_quoted():
    (fault,) = faults("unknown_benefit_codes", spells("a | -1 | 2018-W01 | 2018-W02"), **WINDOW)
    assert "dream.y_1801: text that is no benefit code" in fault


def test_unverified_codes_are_counted():
    codes = BENEFIT_CODES + "    870 | job_clarification | none | false | false\n"
    inputs = {
        "core.benefit_spells": f"{SPELL}\na | 870 | 2018-W01 | 2018-W02",
        "staging.benefit_codes": codes,
    }
    (fault,) = faults("unverified_benefit_codes", inputs, **WINDOW)
    assert fault == (
        "warning dream: benefit codes listed as unverified: 870, on 1 spells in the window"
    )
    assert faults("unverified_benefit_codes", spells(""), **WINDOW) == []


def test_a_municipality_in_no_list_is_named_and_christiansoe_is_not():
    residences = """
        person_id | municipality_code | jobcentre | start_week | end_week
        a         | 999               | -         | 2018-W01   | 2019-W01
        b         | 411               | -         | 2018-W01   | 2019-W01
        c         | -                 | -         | 2018-W01   | 2019-W01
        d         | 998               | -         | 2016-W01   | 2017-W01
    """
    inputs = {"core.residences": residences}
    assert faults("unknown_municipalities", inputs, **WINDOW, has_register=False) == [
        "error dream.nykom2018: municipality code 999 is in no code list, for 1 persons"
    ]


def test_an_unknown_municipality_is_the_population_registers_where_that_one_is_believed():
    residences = """
        person_id | municipality_code | jobcentre | start_week | end_week
        a         | -1                | -         | 2018-W01   | 2019-W01
    """
    inputs = {"core.residences": residences}
    assert faults("unknown_municipalities", inputs, **WINDOW, has_register=True) == [
        "error bef.kom: text that is no municipality code, for 1 persons"
    ]


def test_a_job_centre_that_splits_in_the_window_is_told_with_its_persons():
    """The week of 31 December 2018 is the first of 2019."""
    residences = """
        person_id | municipality_code | jobcentre | start_week | end_week
        a         | 183               | Both      | 2015-W01   | 2019-W01
        a         | 183               | One       | 2019-W01   | 2021-W01
        b         | 187               | Both      | 2017-W01   | 2019-W01
        b         | 187               | Other     | 2019-W01   | 2020-W01
        mover     | 183               | Both      | 2017-W01   | 2019-W01
        mover     | 187               | Other     | 2019-W01   | 2020-W01
        away      | 183               | Both      | 2017-W01   | 2018-W01
        away      | 183               | One       | 2019-W01   | 2020-W01
        c         | 479               | Earlier   | 2012-W01   | 2013-W01
        c         | 479               | Later     | 2013-W01   | 2020-W01
    """
    inputs = {"core.residences": residences}

    def found(first: str, last: str, *, has_register: bool = False) -> list[str]:
        window = {"first_week": parse_iso_week(first), "last_week": parse_iso_week(last)}
        return faults("split_jobcentres", inputs, **window, has_register=has_register)

    told = (
        "from 2019 on 2 persons who have not moved belong to One, Other in the place of Both; "
        "gaps end there as where someone moves"
    )
    assert found("2018-W10", "2019-W01") == [f"warning dream.nykom2019: {told}"]
    assert found("2018-W10", "2019-W10", has_register=True) == [f"warning bef.kom: {told}"]
    assert found("2018-W10", "2018-W52") == found("2019-W01", "2019-W52") == []


def test_quarters_of_the_window_that_are_missing_are_counted():
    """The week of 31 December 2018 has its Thursday in 2019."""
    inputs = {"raw.bef": "referencetid\n'31MAR2018'\n'30SEP2018'\n-"}
    window = {"first_week": parse_iso_week("2018-W10"), "last_week": parse_iso_week("2019-W01")}

    def found(has_register, needs_quarters):
        options = {"has_register": has_register, "needs_quarters": needs_quarters}
        return faults("missing_quarters", inputs, **window, **options)

    fault = "bef.referencetid: 3 quarters of the window are missing, the first 2018-Q2"
    assert found(True, True) == [f"error {fault}"]
    assert found(True, False) == [f"warning {fault}"]
    assert found(False, False) == []


def test_days_that_end_no_quarter_are_counted():
    days = "referencetid\n2018-03-31\n2018-04-30\n2018-06-29\n2018-06-29\n2018-12-31\n-"
    assert faults("days_within_quarters", {"raw.bef": days}) == [
        "error bef.referencetid: 3 rows are of a day that ends no quarter"
    ]
    assert faults("days_within_quarters", {"raw.bef": "referencetid\n2018-03-31"}) == []


def test_persons_whom_the_population_register_does_not_know_are_counted():
    def found(registered, has_register=True):
        head = "person_id | sex | birth_date | origin"
        inputs = {
            "raw.dream": "pnr\na\nb\nc\n-",
            "staging.registered_persons": f"{head}\n{registered}",
        }
        return faults("persons_outside_register", inputs, has_register=has_register)

    assert found("a | - | - | -") == [
        "warning bef.pnr: 2 persons of DREAM are not in the population register "
        "and have no municipality"
    ]
    assert found("x | - | - | -") == [
        "error bef.pnr: not one of 3 persons of DREAM is in the population register"
    ]
    assert found("a | - | - | -\nb | - | - | -\nc | - | - | -") == []
    assert found("", has_register=False) == []


def test_weeks_in_which_nobody_receives_anything_are_counted():
    rows = """
        a | 810 | 2017-W40 | 2018-W03
        b | 810 | 2018-W02 | 2018-W04
        c | 810 | 2018-W06 | 2018-W08
    """
    assert faults("weeks_without_benefits", spells(rows), **WINDOW) == [
        "warning dream.y_1804: 3 weeks of the window, this one the first, "
        "have nobody on any benefit"
    ]
    filled = "a | 810 | 2018-W01 | 2018-W09"
    assert faults("weeks_without_benefits", spells(filled), **WINDOW) == []


def test_months_without_any_job_are_unknown_and_not_without_hours():
    """The week of 29 January 2018 has its Thursday in February."""
    inputs = {"staging.jobs": "start_date\n2018-01-01\n2018-03-05"}
    window = {
        "first_week": parse_iso_week("2018-W01"),
        "last_week": parse_iso_week("2018-W09"),
    }

    def found(has_hours, needs_hours):
        options = {"has_hours": has_hours, "needs_hours": needs_hours}
        return faults("months_without_jobs", inputs, **window, **options)

    fault = "bfl: 1 months of the window have no job at all, the first 2018-02"
    assert found(True, True) == [f"error {fault}"]
    assert found(True, False) == [f"warning {fault}"]
    assert found(False, False) == []


def test_jobs_that_leave_their_month_are_counted():
    jobs = """
        start_date | end_date
        2018-05-01 | 2018-05-31
        2018-05-01 | 2018-06-01
        2018-05-20 | 2018-05-01
        2018-05-20 | -
        -          | 2018-05-01
    """
    assert faults("jobs_across_months", {"staging.jobs": jobs}) == [
        "error bfl.ajo_job_slut_dato: 2 jobs end before they start or in another month"
    ]


def test_jobs_of_people_outside_dream_are_counted_and_no_fault():
    inputs = {"raw.dream": "pnr | y_1801\na | 810", "staging.jobs": "person_id\na\nx\nx"}
    (fault,) = faults("jobs_outside_dream", inputs)
    assert fault.startswith("warning bfl.pnr: 2 jobs belong to people who are not in DREAM")


def test_jobs_that_are_all_of_others_have_keys_written_another_way():
    inputs = {"raw.dream": "pnr | y_1801\n'12' | 810", "staging.jobs": "person_id\n'0012'\n'0013'"}
    (fault,) = faults("jobs_outside_dream", inputs)
    assert fault == "error bfl.pnr: not one of 2 jobs belongs to a person of DREAM"


def test_thousands_are_set_apart():
    jobs = "person_id\n" + "'0013'\n" * 1200
    (fault,) = faults("jobs_outside_dream", {"raw.dream": "pnr\n'12'", "staging.jobs": jobs})
    assert fault == "error bfl.pnr: not one of 1,200 jobs belongs to a person of DREAM"


def test_every_check_is_tested_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in (SQL / "checks").glob("*.sql") if path.stem not in text] == []
