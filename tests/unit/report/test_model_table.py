"""The table of duration models says which fits, and how much of its mean nobody saw."""

from pipeline.report.effect_tables import build_weeks_table
from pipeline.report.model_table import build_model_table
from tests.unit.report.conftest import WEEKS_OUTCOME, draw_summaries, make_row, to_estimates


def read(table):
    keys = [column.key for column in table.columns]
    return {row.key: dict(zip(keys, row.cells, strict=True)) for row in table.rows}


def test_the_lowest_criterion_is_bold_and_an_infinite_mean_is_empty(study):
    asked = next(table for table in study.tables if table.kind == "duration_models")
    found = read(build_model_table(study, asked, draw_summaries("participating")))
    assert [found[name]["aic"].is_bold for name in ("exponential", "loglogistic")] == [False, True]
    assert found["loglogistic"]["mean_weeks"].text == found["loglogistic"]["beyond_pct"].text == ""
    assert found["exponential"]["mean_weeks"].text == "41.2"
    assert found["exponential"]["mean_high"].text == ">52"
    assert found["exponential"]["beyond_pct"].text == "28"


def test_an_effect_in_weeks_has_its_interval_unless_only_its_sign_is_printed(study):
    asked = next(table for table in study.tables if table.kind == "weeks")
    known = {"before": 20.0, "during": 18.0, "effect": -4.0, "std_error": 2.0}
    rows = [
        make_row(WEEKS_OUTCOME, "Greve", **known),
        make_row(WEEKS_OUTCOME, "Faxe", **known | {"during": 60.0}),
    ]
    found = read(build_weeks_table(study, asked, to_estimates(rows)))
    ends = ("effect_low", "effect_high")
    assert [found["Greve"][end].text for end in ends] == ["-7.9", "-0.1"]
    assert [found["Faxe"][end].text for end in ends] == ["", ""]


def test_an_effect_with_one_end_is_printed_by_it_and_the_note_says_why(study):
    asked = next(table for table in study.tables if table.kind == "weeks")
    unknown = {"during": None, "effect": None, "std_error": None, "inference": "person_cluster"}
    rows = [
        make_row(WEEKS_OUTCOME, "Greve", **unknown, before=20.0, ci_low=-3.2),
        make_row(WEEKS_OUTCOME, "Faxe", **unknown | {"during": 60.0}, ci_high=7.1),
        make_row(WEEKS_OUTCOME, "Varde", **unknown, before=20.0),
    ]
    table = build_weeks_table(study, asked, to_estimates(rows))
    found = read(table)
    shown = ("during_weeks", "effect", "effect_low", "effect_high", "significant_5pct")
    assert [found["Greve"][name].text for name in shown] == ["", ">-4", "-3.2", "", ""]
    assert [found["Faxe"][name].text for name in shown] == [">52", "<8", "", "7.1", ""]
    assert [found["Varde"][name].text for name in shown] == [""] * 5
    assert any("no event in one of the periods" in note for note in table.footnotes)
    without = build_weeks_table(study, asked, to_estimates(rows[2:]))
    assert not any("no event in one of the periods" in note for note in without.footnotes)
