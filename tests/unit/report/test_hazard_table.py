"""Effects by hazards stand beside those by means, each under its own method."""

from pipeline.report.hazard_table import build_hazard_table
from tests.unit.report.conftest import WEEKS_OUTCOME, make_row, to_estimates


def read(study, rows):
    asked = next(table for table in study.tables if table.kind == "hazard_effects")
    table = build_hazard_table(study, asked, to_estimates(rows))
    keys = [column.key for column in table.columns]
    return {row.key: dict(zip(keys, row.cells, strict=True)) for row in table.rows}


def draw(unit, model, effect, **figures):
    levels = {"before": 30.0, "during": 31.0, "effect": effect, "std_error": 1.0}
    return make_row(WEEKS_OUTCOME, unit, **levels | {"model": model} | figures)


def test_each_column_has_the_figures_of_its_model(study):
    rows = [
        draw("Greve", "exponential", -9.0, before=40.0, during=48.0, std_error=3.0),
        draw("Greve", "kaplan_meier.rmst_52", -3.0, inference="person_cluster"),
        draw("Greve", "hazard_ratio_did.rmst_52", -2.5),
        draw("Greve", "hazard_ratio_did.rmst_52", -2.5, inference="person_cluster", std_error=0.1),
        draw("Greve", "hazard_difference_did.rmst_52", -1.5),
        draw("Greve", "hazard_difference_did.rmst_52_stock_and_flow", -7.0),
    ]
    row = read(study, rows)["Greve"]

    assert {key: cell.text for key, cell in row.items()} == {
        "rmst_52_before": "30.0",
        "rmst_52_during": "31.0",
        "mean_effect": "-9.0",
        "rmst_52_effect": "-3.0",
        "counted_weeks": "52",
        "hazard_ratio_did_effect": "-2.5",
        "hazard_ratio_did_low": "-4.5",
        "hazard_ratio_did_high": "-0.5",
        "hazard_ratio_did_p_value": "0.0124",
        "hazard_difference_did_effect": "-1.5",
        "hazard_difference_did_low": "-3.5",
        "hazard_difference_did_high": "0.5",
        "hazard_difference_did_p_value": "0.1336",
        "n_persons": "400",
    }
    bold = {key for key, cell in row.items() if cell.is_bold}
    assert bold == {"mean_effect", "hazard_ratio_did_effect"}


def test_what_is_unknown_is_empty_and_a_mean_beyond_a_year_has_its_sign_alone(study):
    rows = [
        draw("Faxe", "exponential", -9.0, during=70.0),
        draw("Faxe", "hazard_ratio_did.rmst_52", None, before=None, std_error=None),
        draw("participating", "exponential", -1.0),
    ]
    found = read(study, rows)
    assert found["Faxe"]["mean_effect"].text == "<0"
    empty = {key for key, cell in found["Faxe"].items() if not cell.text}
    assert empty == set(found["Faxe"]) - {"mean_effect"}
    assert not any(cell.text for cell in found["Herning"].values())


def test_an_effect_to_fewer_weeks_stands_with_their_number(study):
    unknown = {"before": None, "std_error": None}
    rows = [
        draw("Faxe", "exponential", -9.0),
        draw("Faxe", "hazard_ratio_did.rmst_52", None, **unknown),
        draw("Faxe", "hazard_ratio_did.rmst_26", 0.5),
        draw("Faxe", "hazard_difference_did.rmst_26", 0.4),
    ]
    row = read(study, rows)["Faxe"]
    assert row["counted_weeks"].text == "26"
    found = [row[f"hazard_{rule}_did_effect"].text for rule in ("ratio", "difference")]
    assert found == ["0.5", "0.4"]
