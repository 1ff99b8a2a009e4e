"""Figures come with the data behind them, and show what is unknown as unknown."""

import math

import polars as pl

from pipeline.report.figures import draw_figures
from pipeline.report.forest import build_forest
from pipeline.report.survival import build_survival
from tests.unit.report.conftest import behind_figures, make_row, to_estimates


def choose(study, name):
    return next(figure for figure in study.figures if figure.name == name)


def forest_of(study, rows):
    asked = choose(study, "forest_weeks_between_measures")
    return build_forest(study, asked, to_estimates(rows))


def test_each_figure_is_drawn_twice_and_has_its_data(study, estimates, curves, tmp_path):
    drawn = draw_figures(study, estimates, behind_figures(curves), tmp_path)
    assert [figure.name for figure in drawn] == [figure.name for figure in study.figures]
    for figure in drawn:
        kinds = {path.suffix: path for path in figure.files}
        assert set(kinds) == {".svg", ".png", ".csv"}
        assert kinds[".png"].read_bytes().startswith(b"\x89PNG")
        assert pl.read_csv(kinds[".csv"]).height > 0
        assert figure.title in figure.alt


def test_the_forest_has_every_unit_and_the_pooled_one_last(study, estimates):
    forest = build_forest(study, choose(study, "forest_weeks_between_measures"), estimates)
    assert forest is not None
    units = [row.unit for row in forest.rows]
    assert sorted(units[:-1]) == sorted(study.participating)
    assert units[-1] == "participating"
    low, high = forest.limits
    assert low < 0 < high


def test_a_unit_without_an_effect_is_unknown_and_not_at_zero(study):
    known = {"before": 20.0, "during": 18.0, "difference": -2.0, "effect": -4.0, "std_error": 2.0}
    rows = [
        make_row("weeks_between_measures", "Greve", **known),
        make_row("weeks_between_measures", "Faxe"),
    ]
    forest = forest_of(study, rows)
    faxe = next(row for row in forest.rows if row.unit == "Faxe")
    assert (faxe.text, faxe.effect, faxe.interval) == ("unknown", None, None)
    assert faxe == forest.rows[-1]


def test_an_interval_without_an_end_goes_beyond_the_axis(study):
    known = {"before": 20.0, "during": 18.0, "effect": -4.0, "p_value": 0.5}
    rows = [
        make_row("weeks_between_measures", "Greve", **known, ci_low=-9.0),
        make_row("weeks_between_measures", "Faxe", **known, ci_low=-9.5, ci_high=6.0),
        make_row("weeks_between_measures", "Varde", **known),
        make_row("weeks_between_measures", "Herning", **known | {"p_value": None}),
    ]
    forest = forest_of(study, rows)
    shown = {row.unit: (row.text, row.interval) for row in forest.rows}
    assert shown["Greve"] == ("−4.0  (from −9.0 on)", (-9.0, math.inf))
    assert shown["Faxe"] == ("−4.0  (−9.5 to 6.0)", (-9.5, 6.0))
    assert shown["Varde"] == ("−4.0  (no end either way)", (-math.inf, math.inf))
    assert shown["Herning"] == ("−4.0  (interval unknown)", None)
    assert all(map(math.isfinite, forest.limits))
    assert any("lack an end" in note for note in forest.footnotes)


def test_an_effect_beyond_a_year_is_told_by_its_sign(study):
    beyond = {"before": 45.0, "during": 60.0, "difference": 15.0, "effect": 13.0, "std_error": 9.0}
    forest = forest_of(study, [make_row("weeks_between_measures", "Herning", **beyond)])
    assert forest.rows[0].text == ">0"
    assert any("Hollow mark" in note for note in forest.footnotes)


def test_nothing_known_draws_nothing(study, curves, tmp_path):
    rows = [make_row("weeks_between_measures", "Greve")]
    assert forest_of(study, rows) is None
    assert build_survival(study, study.figures[0], curves.clear()) is None
    nothing = {kind: frame.clear() for kind, frame in behind_figures(curves).items()}
    assert draw_figures(study, to_estimates(rows), nothing, tmp_path) == []


def test_numbers_at_risk_are_those_of_the_curve_at_the_tick(study, curves):
    survival = build_survival(study, study.figures[0], curves)
    assert survival is not None
    curve = survival.panels[0].curves[0]
    rows = curves.filter(pl.col("unit") == "participating", pl.col("period") == "before")
    at_13 = rows.filter(pl.col("week") == 13)["at_risk"].item()
    assert curve.at_risk[survival.ticks.index(13)] == at_13
    assert curve.shares[0] == 1.0
