"""The report is one file, says no more than its figures, and is the same on every day."""

import re

import polars as pl
import pytest

from pipeline.models.balance import BALANCE_SCHEMA
from pipeline.registers.load import Source
from pipeline.registers.log import FileRecord
from pipeline.report.balance import build_balance_table
from pipeline.report.document import ReportContents, write_report
from pipeline.report.figures import draw_figures
from pipeline.report.summary import summarise_effects
from pipeline.report.tables import build_tables
from tests.unit.report.conftest import behind_figures, behind_tables, make_row, to_estimates

RECORD = FileRecord(
    register="dream",
    file="dream.csv",
    format="csv",
    delimiter=";",
    encoding="windows-1252",
    rows=60_000,
    types={"pnr": "VARCHAR", "y_1801": "VARCHAR"},
    seconds=1.5,
    sha256="ab12" * 16,
    note="",
    keys=None,
    stamp=None,
)


def write(study, estimates, measure_mix, curves, folder, **changes):
    attrition = pl.DataFrame(
        {
            "population": ["resource_course"] * 2,
            "period": ["before", "intervention"],
            "step_number": [1, 1],
            "step": ["on the benefit in the window"] * 2,
            "n_persons": [900, 950],
            "n_weeks": [30_000, 32_000],
        }
    )
    balance = pl.DataFrame(
        [("resource_course", "earlier_measures", 90, 1.5, 800, 1.2, 0.2)],
        schema=BALANCE_SCHEMA,
        orient="row",
    )
    contents = {
        "study": study,
        "estimates": estimates,
        "before": [build_balance_table(study, estimates, balance)],
        "tables": build_tables(study, estimates, behind_tables(measure_mix)),
        "figures": draw_figures(study, estimates, behind_figures(curves), folder),
        "attrition": attrition,
        "sources": [Source("dream", (RECORD,))],
        "warnings": ["bfl.pnr: 7 jobs belong to nobody"],
        "notices": ["Samsø, last_3_months: no measure start; expected weeks unknown"],
        "versions": {"duckdb": "2.0.0"},
    } | changes
    write_report(ReportContents(**contents), folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(study, estimates, measure_mix, curves, tmp_path_factory):
    return write(study, estimates, measure_mix, curves, tmp_path_factory.mktemp("report"))


def test_the_page_reads_as_an_evaluation(study, page):
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads[:3] == ["Data", "Method", "Before the estimate"]
    assert "Caveats" in heads
    for text in (
        "60,000 rows of 2 columns",
        "parted by &#39;;&#39;, windows-1252",
        "ab12" * 16,
        "7 jobs belong to nobody",
        "Samsø",
        "2017-W10",
    ):
        assert text in page
    assert page.count("<figure") == len(study.figures)
    # Attrition, balance, certificate and specifications stand in every report.
    assert page.count("<table") == len(study.tables) + 4


def test_the_page_needs_no_network(page):
    addresses = set(re.findall(r'(?:src|href)="([^"]*)"', page))
    assert all(address.startswith("#") for address in addresses)
    assert set(re.findall(r"https?://[\w./]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_no_two_things_on_the_page_have_the_same_name(page):
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    referred = {name[1:] for name in re.findall(r'href="(#[^"]+)"', page)}
    assert referred <= set(names)


def test_text_of_the_study_is_escaped(study, estimates, measure_mix, curves, tmp_path):
    hostile = study.model_copy(update={"title": "<script>alert(1)</script>"})
    page = write(hostile, estimates, measure_mix, curves, tmp_path)
    assert "<script>" not in page


def test_the_same_figures_give_the_same_bytes(study, estimates, measure_mix, curves, tmp_path):
    pages = []
    for name in ("one", "two"):
        pages.append(write(study, estimates, measure_mix, curves, tmp_path / name))
    assert pages[0] == pages[1]
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_rerun_has_a_report_of_its_own(
    study, rerun_estimates, measure_mix, draw_curves, tmp_path
):
    curves = draw_curves("Greve", "rest_of_country")
    mix = measure_mix.with_columns(pl.col("unit").replace("participating", "Greve"))
    page = write(study, rerun_estimates, mix, curves, tmp_path)
    assert "about Greve alone" in page
    assert "Participating job centres" not in page


@pytest.mark.parametrize(
    ("effect", "error", "words"),
    [
        (-4.0, 1.0, "a favourable effect at the 5 % level"),
        (4.0, 1.0, "an unfavourable effect at the 5 % level"),
        (-4.0, 9.0, "it cannot be told from zero"),
        (-4.0, None, "how certain is unknown"),
        (None, None, "the effect is unknown"),
    ],
)
def test_the_summary_is_no_surer_than_its_figures(study, effect, error, words):
    row = make_row(
        "weeks_between_measures",
        "participating",
        effect=effect,
        std_error=error,
        inference="cr3",
    )
    (sentence,) = [s for s in summarise_effects(study, to_estimates([row])) if "Weeks between" in s]
    assert words in sentence
