"""The pooled effect without some job centres is that of a study that leaves them out."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.models.comparison import list_comparisons
from pipeline.models.duration import fit_durations
from pipeline.models.mean import fit_means
from pipeline.spec import Study, Variant, name_variant

WITHOUT = ("Brund", "Dragør")


@pytest.fixture
def varied(study: Study) -> Study:
    variant = Variant(label="without two", without=WITHOUT)
    return study.model_copy(update={"variants": {"fewer": variant}})


def pool(rows: pl.DataFrame, model: str) -> pl.DataFrame:
    return rows.filter(unit="participating", model=model)


@pytest.mark.parametrize(
    ("model", "fit", "frame"),
    [
        ("difference_in_differences", fit_means, "many_cells"),
        ("exponential", fit_durations, "many_spells"),
    ],
)
def test_every_figure_is_that_of_a_study_without_them(
    varied, study, jobcentres, model, fit, frame, request
):
    drawn = request.getfixturevalue(frame)
    found = fit(varied, drawn, list_comparisons(varied, jobcentres)).rows
    left = study.leave_out(WITHOUT)
    expected = fit(left, drawn, list_comparisons(left, jobcentres)).rows
    assert left.participating == ("Anholt",)
    assert not found.filter(unit="rest_of_country")["model"].str.contains("fewer").any()
    rows = pool(found, f"{model}.fewer").with_columns(model=pl.lit(model))
    assert rows.height > 3
    assert_frame_equal(rows, pool(expected, model), check_row_order=False)


def test_the_rows_of_the_study_itself_are_as_they_were(varied, study, jobcentres, many_cells):
    found = fit_means(varied, many_cells, list_comparisons(varied, jobcentres)).rows
    expected = fit_means(study, many_cells, list_comparisons(study, jobcentres)).rows
    assert_frame_equal(found.filter(~pl.col("model").str.contains("fewer")), expected)


def test_one_unit_alone_has_no_variants(varied, jobcentres, many_cells):
    rows = fit_means(varied, many_cells, list_comparisons(varied, jobcentres, "Brund")).rows
    assert not rows["model"].str.contains("fewer").any()


def test_a_variant_is_named_before_the_sampling():
    assert name_variant("exponential", "fewer") == "exponential.fewer"
    assert name_variant("weibull_stock_and_flow", "fewer") == "weibull.fewer_stock_and_flow"
