"""The tables print what the evaluation printed, cell by cell, and mark what is certain."""

import csv
import re
from pathlib import Path

import polars as pl
import pytest

from pipeline.models.certificate import CERTIFICATE_SCHEMA
from pipeline.report.attrition import build_attrition_table
from pipeline.report.published import Cell, Column, PublishedTable, Row
from pipeline.report.tables import build_tables, write_tables
from tests.unit.report.conftest import WEEKS_OUTCOME, behind_tables, make_row, to_estimates

PUBLISHED = Path(__file__).parents[2] / "reference"


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


@pytest.fixture
def written(study, estimates, measure_mix, tmp_path):
    write_tables(build_tables(study, estimates, behind_tables(measure_mix)), tmp_path)
    return tmp_path


def find(tables, name):
    return next(table for table in tables if table.name == name)


@pytest.mark.parametrize(
    ("name", "published", "n_columns"),
    [
        ("table2_weeks_between_measures", "hir_table2_weeks_between_measures", 5),
        ("table3_measure_shares", "hir_table3_measure_shares", 5),
        ("table4_share_practice_or_hours", "hir_table4_share_practice_or_hours", 6),
    ],
)
def test_every_printed_cell_is_the_published_one(written, name, published, n_columns):
    ours = [row[:n_columns] for row in read_csv(written / f"{name}.csv")]
    theirs = read_csv(PUBLISHED / f"{published}.csv")
    assert ours == theirs


def test_significance_stands_beside_each_effect(written):
    head, *rows = read_csv(written / "table4_share_practice_or_hours.csv")
    assert {"significant_5pct", "significant_5pct_last_3_months"} <= set(head)
    column = head.index("significant_5pct")
    by_unit = {row[0]: row[column] for row in rows}
    assert by_unit["Favrskov"] == "true"
    assert by_unit["Kolding"] == "false"
    assert by_unit["rest_of_country"] == ""


def test_the_pooled_row_is_bold_by_job_centres_and_not_by_persons(study, measure_mix):
    def pooled(inference, std_error):
        return make_row(
            "weeks_between_measures",
            "participating",
            before=43.0,
            during=41.0,
            difference=-2.0,
            effect=-4.0,
            std_error=std_error,
            inference=inference,
        )

    for by_person, by_jobcentre, is_bold in ((1.0, 9.0, False), (9.0, 1.0, True)):
        rows = [pooled("person_cluster", by_person), pooled("cr3", by_jobcentre)]
        table = build_tables(study, to_estimates(rows), behind_tables(measure_mix))[0]
        row = next(row for row in table.rows if row.key == "participating")
        assert [cell.is_bold for cell in row.cells[:4]] == [False, False, False, is_bold]


def test_footnotes_name_the_method_and_what_clustering_on_persons_would_print(study, measure_mix):
    figures = {"before": 43.0, "during": 41.0, "difference": -2.0, "effect": -4.0}
    rows = [
        make_row(WEEKS_OUTCOME, unit, **figures, std_error=error, inference=inference)
        for unit in ("Greve", "Varde", "participating")
        for inference, error in (("placebo_t_level", 9.0), ("person_cluster", 1.0), ("cr3", 1.0))
    ]
    table = build_tables(study, to_estimates(rows), behind_tables(measure_mix))[0]
    notes = " ".join(table.footnotes)
    by_unit = "placebo t at own level for a single job centre"
    assert f"{by_unit}, leaving out one job centre at a time" in notes
    assert "each by its size and its own level" in notes
    assert "would print 3 rows of the whole period in bold instead of 1" in notes


def test_bold_includes_a_rank_of_five_per_cent_to_the_point(study, measure_mix):
    figures = {"before": 9.0, "during": 5.0, "effect": -4.0, "std_error": None}
    row = make_row(WEEKS_OUTCOME, "Greve", **figures, p_value=4 / 80)
    table = build_tables(study, to_estimates([row]), behind_tables(measure_mix))[0]
    assert table.rows[0].cells[3].is_bold


def test_the_csv_holds_both_adjusted_p_values(study, measure_mix):
    figures = {"before": 9.0, "during": 5.0, "effect": -4.0, "std_error": 1.0}
    rows = [
        make_row(WEEKS_OUTCOME, "Greve", **figures, inference=method, p_value_adjusted=p_value)
        for method, p_value in (("placebo_t_level", 0.0125), ("placebo_t_level_joint", 0.1875))
    ]
    table = build_tables(study, to_estimates(rows), behind_tables(measure_mix))[0]
    place = [column.key for column in table.columns].index("p_value_romano_wolf")
    assert [cell.text for cell in table.rows[0].cells[place : place + 2]] == ["0.0125", "0.1875"]


def test_what_is_unknown_is_empty_and_never_zero(study, measure_mix):
    rows = [make_row("weeks_between_measures", "Greve", during=12.0)]
    table = build_tables(study, to_estimates(rows), behind_tables(measure_mix))[0]
    (greve,) = table.rows
    assert [cell.text for cell in greve.cells[:5]] == ["", "12", "", "", ""]


def test_an_interval_without_an_end_is_told_from_one_that_is_unknown(study, measure_mix):
    known = {"before": 20.0, "during": 19.0, "difference": -1.0, "effect": -2.0}
    for changes, is_told in (({"p_value": 0.4, "ci_low": -9.0}, True), ({}, False)):
        rows = [make_row("weeks_between_measures", "Greve", **known, **changes)]
        table = build_tables(study, to_estimates(rows), behind_tables(measure_mix))[0]
        notes = " ".join(table.footnotes)
        assert ("has no end there" in notes) is is_told


def test_a_small_negative_effect_is_printed_as_zero_without_a_sign(study, measure_mix):
    figures = {"before": 20.0, "during": 19.8, "difference": -0.2, "effect": -0.4}
    rows = [make_row("weeks_between_measures", "Greve", **figures)]
    table = build_tables(study, to_estimates(rows), behind_tables(measure_mix))[0]
    assert [cell.text for cell in table.rows[0].cells[:4]] == ["20", "20", "0", "0"]


def test_a_rerun_prints_the_unit_and_the_rest_alone(study, rerun_estimates, measure_mix):
    unit = pl.col("unit").replace("participating", "Greve")
    tables = build_tables(study, rerun_estimates, behind_tables(measure_mix.with_columns(unit)))
    assert [row.key for row in tables[0].rows] == ["Greve", "rest_of_country"]
    assert find(tables, "table3_measure_shares").columns[0].key == "unit_before_pct"
    assert "Greve" in find(tables, "specifications").title


def test_specifications_hold_the_headlines_model_in_full_and_the_others_once(
    study, estimates, measure_mix
):
    table = find(build_tables(study, estimates, behind_tables(measure_mix)), "specifications")
    pooled = estimates.filter(pl.col("unit") == "participating")
    is_beside = pl.col("model") == "exponential_stock_and_flow"
    beside = pooled.filter(is_beside).select("population", "model").unique()
    assert len(table.rows) == pooled.filter(~is_beside).height + beside.height
    headline = [row for row in table.rows if row.cells[-1].text == "true"]
    assert [row.key for row in headline] == [
        WEEKS_OUTCOME,
        "share_practice_or_hours",
        "exits",
    ]


def test_html_escapes_what_a_study_says(study, estimates, measure_mix, tmp_path):
    tables = tuple(
        table.model_copy(update={"title": "<script>alert(1)</script>"}) for table in study.tables
    )
    hostile = study.model_copy(update={"tables": tables})
    write_tables(build_tables(hostile, estimates, behind_tables(measure_mix)), tmp_path)
    html = (tmp_path / "table2_weeks_between_measures.html").read_text(encoding="utf-8")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_attrition_keeps_the_steps_in_order(study):
    steps = [
        ("on the benefit in the window", 1, 1200, 40_000),
        ("and in the population", 2, 900, 30_000),
    ]
    attrition = pl.DataFrame(
        [
            {
                "population": "resource_course",
                "period": period,
                "step_number": number,
                "step": step,
                "n_persons": persons,
                "n_weeks": weeks,
            }
            for step, number, persons, weeks in reversed(steps)
            for period in ("before", "intervention")
        ]
    )
    table = build_attrition_table(study, attrition)
    assert [row.label for row in table.rows] == [
        "On the benefit in the window",
        "And in the population",
    ]
    assert [cell.text for cell in table.rows[0].cells] == ["1,200", "40,000"] * 2


def test_the_certificate_marks_what_finds_too_much_and_the_tables_say_so(study, measure_mix):
    own = "placebo_t_level"
    rows = [
        {
            "outcome": WEEKS_OUTCOME,
            "tested": "one_unit",
            "inference": method,
            "size": size,
            "rejection_rate": rate,
            "std_error": 0.01,
            "n_units": 79,
            "n_placebos": 6557,
            "holds": rate <= 0.07,
        }
        for method, whole, small in (("person_cluster", 0.06, 0.31), (own, 0.049, 0.052))
        for size, rate in (("all", whole), ("smallest", small))
    ]
    frames = behind_tables(measure_mix) | {
        "certificate": pl.DataFrame(rows, schema=CERTIFICATE_SCHEMA)
    }
    first = make_row(WEEKS_OUTCOME, "Greve", before=9.0, during=5.0, effect=-4.0, std_error=1.0)
    tables = build_tables(study, to_estimates([first]), frames)
    certificate = find(tables, "certificate")
    keys = [column.key for column in certificate.columns]
    by_method = {
        row.cells[keys.index("method")].text: dict(zip(keys, row.cells, strict=True))
        for row in certificate.rows
    }
    assert by_method[own]["all_pct"].text == "4.9"
    assert by_method[own]["largest_pct"].text == ""
    assert by_method[own]["fails"].text == "no"
    assert by_method["person_cluster"]["fails"].text == "yes"
    assert next(iter(by_method)) == own
    assert by_method["person_cluster"]["smallest_pct"].is_bold
    assert not by_method["person_cluster"]["all_pct"].is_bold
    notes = " ".join(tables[0].footnotes)
    assert "5 % being right: 4.9 % for one job centre (size certificate)" in notes
    assert "Found too often on this outcome for one job centre: clustered on persons." in notes


def test_a_label_is_shown_once_where_rows_share_it(tmp_path):
    rows = [Row(str(i), label, (Cell("1"),)) for i, label in enumerate(["Weeks", "Weeks", "Share"])]
    stub, column = Column("outcome", "Outcome", is_text=True), Column("p", "p")
    write_tables([PublishedTable("twice", "Twice", stub, (column,), tuple(rows), ())], tmp_path)
    page = (tmp_path / "twice.html").read_text(encoding="utf-8")
    assert re.findall(r'<th scope="row">(.*)</th>', page) == [
        "Weeks",
        '<span class="again">Weeks</span>',
        "Share",
    ]
    assert [row[0] for row in read_csv(tmp_path / "twice.csv")] == ["outcome", "0", "1", "2"]
