"""`indsats durations`: a user's own spells, from the command line to the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app

CASE = Path(__file__).parents[2] / "reference" / "survival"
SECRET = "0102031234"
FIGURES = ["estimate", "std_error", "ci_low", "ci_high"]
MODELS = [
    "exponential",
    "weibull",
    "lognormal",
    "loglogistic",
    "generalised_gamma",
    "piecewise_exponential",
    "kaplan_meier",
    "cox",
]


def draw_spells(n_spells: int = 240) -> pl.DataFrame:
    draw = np.random.default_rng(20180305)
    ends, censored = np.ceil(draw.weibull(1.2, n_spells) * 25), draw.integers(1, 60, n_spells)
    duration = np.minimum(ends, censored).astype(int)
    return pl.DataFrame(
        {
            "unit": [f"unit {number}" for number in draw.integers(0, 3, n_spells)],
            "person": [f"{SECRET}{number}" for number in draw.integers(0, 90, n_spells)],
            "entry": np.where(draw.random(n_spells) < 0.2, duration // 2, 0),
            "weeks": duration,
            "event": (ends <= censored).astype(int),
            "weight": draw.choice([0, 0.5, 1, 2.25], n_spells),
        }
    )


def call_on(file: Path, *more: str, model: str = "weibull", by: str = "unit") -> Result:
    columns = ["--duration", "weeks", "--event", "event"]
    out = str(file.parent / "out.csv")
    options = ["--by", by, *columns, "--model", model, "--out", out, *more]
    return CliRunner().invoke(app, ["durations", str(file), *options])


def call(folder: Path, spells: pl.DataFrame, *more: str, **options: str) -> Result:
    spells.write_csv(folder / "spells.csv")
    result = call_on(folder / "spells.csv", *more, **options)
    assert SECRET not in result.output
    return result


def read_rows(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "out.csv", schema_overrides=dict.fromkeys(FIGURES, pl.Float64))


def pick(folder: Path, quantity: str, unit: str) -> dict[str, Any]:
    key = (pl.col("quantity") == quantity) & (pl.col("unit") == unit)
    return read_rows(folder).row(by_predicate=key, named=True)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("case") / "spells.parquet"
    spells = pl.read_csv(CASE / "case_a_spells.csv").filter(entry=0)
    event = (pl.col("cause") == 1).cast(pl.Int8)
    spells.select("person", "unit", "period", weeks="duration", event=event).write_parquet(file)
    return file


@pytest.mark.parametrize("model", ["exponential", "weibull", "lognormal", "loglogistic"])
def test_rows_are_those_of_r(case: Path, model: str) -> None:
    result = call_on(case, "--cluster", "person", model=model, by="unit,period")

    assert result.exit_code == 0, result.output
    assert f"{model}: 12 cells" in result.output
    assert "% of a mean lies beyond" in result.output
    rows = read_rows(case.parent)
    assert rows.columns == [
        *("unit", "period", "model", "quantity"),
        *FIGURES,
        *("n_spells", "n_events"),
    ]
    assert rows["quantity"].to_list() == ["mean", "median", "rmst"] * 12
    printed = pl.read_csv(CASE / "case_a_quantities.csv").filter(model=model)
    assert rows["estimate"].to_list() == pytest.approx(printed["estimate"].to_list(), rel=1e-8)
    # R has no small-sample factor; ours is persons / (persons - 1).
    persons = pl.read_parquet(case)["person"].n_unique()
    ours = rows["std_error"] * ((persons - 1) / persons) ** 0.5
    assert ours.to_list() == pytest.approx(printed["robust_se"].to_list(), rel=1e-6)
    margin = (rows["ci_high"] - rows["ci_low"]) / 2 / rows["std_error"]
    assert margin.to_numpy() == pytest.approx(1.959963984540054, rel=1e-8)
    assert rows["n_spells"].sum() == 3 * pl.read_parquet(case).height


def test_kaplan_meier_writes_its_curves_beside(case: Path) -> None:
    result = call_on(case, model="kaplan_meier", by="unit,period")

    assert result.exit_code == 0, result.output
    rows = read_rows(case.parent).filter(quantity="rmst")
    printed = pl.read_csv(CASE / "case_a_rmst52.csv")
    assert rows["estimate"].to_list() == pytest.approx(printed["rmst52"].to_list(), rel=1e-9)
    assert rows["std_error"].to_list() == pytest.approx(printed["se"].to_list(), rel=1e-9)
    assert read_rows(case.parent).filter(quantity="mean")["estimate"].null_count() == 12
    curves = pl.read_csv(case.parent / "out.curve.csv")
    assert curves.columns == [
        *("unit", "period", "week", "at_risk", "survival"),
        *("std_error", "ci_low", "ci_high"),
    ]
    first = curves.filter(unit="unit_01", period="before")
    assert first["week"].to_list() == [*range(56)]
    assert first["at_risk"].dtype == pl.Int64
    assert first.row(0)[3:] == (486, 1.0, 0.0, 1.0, 1.0)


def test_curves_with_late_entry_are_those_of_r(tmp_path: Path) -> None:
    spells = pl.read_csv(CASE / "case_a_spells.csv")
    spells = spells.rename({"duration": "weeks"}).with_columns(
        event=(pl.col("cause") == 1).cast(int)
    )

    result = call(tmp_path, spells, "--entry", "entry", model="kaplan_meier", by="period")

    assert result.exit_code == 0, result.output
    printed = pl.read_csv(CASE / "case_a_km.csv").with_columns(
        period=pl.col("stratum").str.strip_prefix("period=")
    )
    curves = pl.read_csv(tmp_path / "out.curve.csv")
    found = printed.select("period", "week").join(
        curves, on=["period", "week"], how="left", maintain_order="left"
    )
    assert found["at_risk"].to_list() == printed["at_risk"].to_list()
    for ours, theirs in {"survival": "survival", "std_error": "std_err"}.items():
        assert found[ours].to_list() == pytest.approx(printed[theirs].to_list(), rel=1e-8)
    for ours, theirs in {"ci_low": "lower", "ci_high": "upper"}.items():
        assert found[ours].to_list() == pytest.approx(printed[theirs].to_list(), rel=1e-8)


def test_weeks_with_late_entry_are_exposure_over_events(tmp_path: Path) -> None:
    spells = pl.read_csv(CASE / "case_a_spells.csv")
    spells = spells.rename({"duration": "weeks"}).with_columns(
        event=(pl.col("cause") == 1).cast(int)
    )
    options = ("--entry", "entry", "--cluster", "person")

    assert call(tmp_path, spells, *options, model="exponential", by="unit,period").exit_code == 0

    rows = read_rows(tmp_path).filter(quantity="mean")
    printed = pl.read_csv(CASE / "case_a_occurrence_exposure.csv").sort("unit", "period")
    assert rows["n_events"].to_list() == printed["events"].to_list()
    weeks = (printed["exposure"] / printed["events"]).to_list()
    assert rows["estimate"].to_list() == pytest.approx(weeks, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_one_cell_of_many_spells_is_estimated_but_has_no_ratio(tmp_path: Path, model: str) -> None:
    result = call(tmp_path, draw_spells().with_columns(unit=pl.lit("all")), model=model)

    if model == "cox":
        assert result.exit_code == 13
        assert "spells that end with an event, at several durations and in several" in result.output
    else:
        assert result.exit_code == 0, result.output
        assert pick(tmp_path, "rmst", "all")["std_error"] > 0


@pytest.mark.parametrize("model", MODELS)
def test_a_cell_of_two_spells_among_others_leaves_them_alone(tmp_path: Path, model: str) -> None:
    others = draw_spells().select("unit", "weeks", "event")
    two = pl.DataFrame({"unit": ["unit 9"] * 2, "weeks": [7, 19], "event": [1, 0]})
    call(tmp_path, others, *(("--own-shape",) if model in MODELS[1:6] else ()), model=model)
    alone = read_rows(tmp_path)

    options = ("--own-shape",) if model in MODELS[1:6] else ()
    result = call(tmp_path, pl.concat([others, two]), *options, model=model)

    assert result.exit_code == 0, result.output
    rows = read_rows(tmp_path)
    assert rows.filter(unit="unit 9")["n_spells"].unique().to_list() == [2]
    if model not in ("cox", "piecewise_exponential"):
        kept = rows.filter(pl.col("unit") != "unit 9")["estimate"].to_list()
        expected = alone["estimate"].to_list()
        assert kept == [each and pytest.approx(each, rel=1e-6) for each in expected]


@pytest.mark.parametrize("model", MODELS[:-1])
def test_fractional_weights_add_up(tmp_path: Path, model: str) -> None:
    """Spells in three parts are whole ones; but for Cox, where parts of one spell are ties."""
    spells = draw_spells().select("unit", "person", "weeks", "event")
    assert call(tmp_path, spells, "--cluster", "person", model=model).exit_code == 0
    once = read_rows(tmp_path)
    third = pl.concat([spells.with_columns(weight=pl.lit(share)) for share in (0.5, 0.3, 0.2)])
    options = ("--cluster", "person", "--weight", "weight")

    assert call(tmp_path, third, *options, model=model).exit_code == 0

    rows = read_rows(tmp_path)
    for name in FIGURES:
        expected = once[name].to_list()
        assert rows[name].to_list() == [each and pytest.approx(each, rel=1e-6) for each in expected]


@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_entry_weights_ties_and_clusters(tmp_path: Path, model: str) -> None:
    options = ("--entry", "entry", "--weight", "weight", "--cluster", "person")

    result = call(tmp_path, draw_spells(), *options, "--survival-at", "13", model=model)

    assert result.exit_code == 0, result.output
    rows = read_rows(tmp_path)
    wanted = ["mean", "median", "rmst", "survival_13"]
    assert rows["quantity"].unique(maintain_order=True).to_list() == (
        ["hazard_ratio"] if model == "cox" else wanted
    )
    spells = draw_spells().filter(pl.col("weight") > 0)
    assert rows.unique("unit")["n_spells"].sum() == spells.height
    sure = rows.filter(pl.col("std_error").is_not_null())
    assert sure.height >= rows.height / 3
    assert (sure["ci_low"] < sure["estimate"]).all()
    assert (sure["estimate"] < sure["ci_high"]).all()


def test_the_first_cell_is_what_hazards_are_set_against(tmp_path: Path) -> None:
    call(tmp_path, draw_spells(), model="cox")
    assert read_rows(tmp_path).row(0)[3:7] == (1.0, None, None, None)


def test_names_of_our_own_are_no_trouble(tmp_path: Path) -> None:
    call(tmp_path, draw_spells(), "--cluster", "person")
    plain = read_rows(tmp_path)
    taken = {"unit": "cell", "person": "duration", "entry": "has_event", "weight": "entry"}

    result = call(tmp_path, draw_spells().rename(taken), "--cluster", "duration", by="cell")

    assert result.exit_code == 0, result.output
    assert read_rows(tmp_path).rename({"cell": "unit"}).equals(plain)


def test_own_shapes_are_those_of_cells_by_themselves(tmp_path: Path) -> None:
    call(tmp_path, draw_spells().filter(unit="unit 1"))
    alone = pick(tmp_path, "mean", "unit 1")["estimate"]
    call(tmp_path, draw_spells(), "--own-shape")
    assert pick(tmp_path, "mean", "unit 1")["estimate"] == pytest.approx(alone, rel=1e-9)
    call(tmp_path, draw_spells())
    assert pick(tmp_path, "mean", "unit 1")["estimate"] != pytest.approx(alone, rel=1e-4)


def test_a_cell_without_an_event_has_a_lower_end_and_no_more(tmp_path: Path) -> None:
    still = pl.DataFrame({"unit": ["none"] * 2, "weeks": [30, 20], "event": [0, 0]})
    spells = pl.concat([draw_spells().select("unit", "weeks", "event"), still])

    result = call(tmp_path, spells, model="exponential")

    assert "1 cells have no event" in result.output
    row = pick(tmp_path, "mean", "none")
    # Of 50 weeks without an event: exp(-50 / mean) is one in forty.
    assert row["ci_low"] == pytest.approx(50 / np.log(40), rel=1e-9)
    assert [row[name] for name in ("estimate", "std_error", "ci_high")] == [None] * 3
    assert (row["n_spells"], row["n_events"]) == (2, 0)
    for model in MODELS[1:]:
        assert call(tmp_path, spells, model=model).exit_code == 0
        for row in read_rows(tmp_path).filter(unit="none").iter_rows(named=True):
            assert row["estimate"] is None
            assert row["std_error"] is None
            assert row["ci_high"] is None


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("more", [(), ("--cluster", "person")])
def test_all_censored_ends_with_13(tmp_path: Path, model: str, more: tuple[str, ...]) -> None:
    result = call(tmp_path, draw_spells().with_columns(event=0, weeks=60), *more, model=model)

    assert result.exit_code == 13
    assert f"{model} can be fitted to none of 3 cells" in result.output
    assert not (tmp_path / "out.csv").exists()


def test_before_the_first_event_the_error_of_a_curve_is_unknown(tmp_path: Path) -> None:
    spells = pl.DataFrame({"unit": ["a", "a"], "weeks": [5.0, 9.0], "event": [1, 0]})
    assert call(tmp_path, spells, "--survival-at", "2", model="kaplan_meier").exit_code == 0
    row = pick(tmp_path, "survival_2", "a")
    assert row["estimate"] == 1
    assert [row[name] for name in ("std_error", "ci_low", "ci_high")] == [None] * 3


@pytest.mark.parametrize("model", MODELS[:-1])
def test_one_cell_of_two_spells_is_no_crash(tmp_path: Path, model: str) -> None:
    spells = pl.DataFrame({"unit": ["a", "a"], "weeks": [5.5, 9.25], "event": [1, 0]})

    result = call(tmp_path, spells, model=model)

    assert result.exit_code in (0, 13), result.output
    if model == "exponential":
        assert pick(tmp_path, "mean", "a")["estimate"] == pytest.approx(14.75)


def test_an_infinite_mean_is_empty(tmp_path: Path) -> None:
    weeks = np.exp(np.random.default_rng(1).logistic(2, 1.5, 200))
    spells = pl.DataFrame({"unit": ["a"] * 200, "weeks": weeks, "event": [1] * 200})

    assert call(tmp_path, spells, model="loglogistic").exit_code == 0

    assert pick(tmp_path, "mean", "a")["estimate"] is None
    assert pick(tmp_path, "median", "a")["estimate"] == pytest.approx(np.median(weeks), rel=0.3)


def test_a_curve_that_is_not_followed_to_the_horizon_is_unknown(tmp_path: Path) -> None:
    options = ("--horizon", "70", "--survival-at", "70")
    call(tmp_path, draw_spells(), *options, model="kaplan_meier")
    rmst = read_rows(tmp_path).filter(quantity="rmst")
    later = read_rows(tmp_path).filter(quantity="survival_70")
    curves = pl.read_csv(tmp_path / "out.curve.csv").group_by("unit").last().sort("unit")
    is_unknown = (curves["survival"] > 0).to_list()
    assert True in is_unknown
    assert rmst["estimate"].is_null().to_list() == is_unknown
    assert later["estimate"].is_null().to_list() == is_unknown


BROKEN: dict[str, tuple[pl.Expr, str]] = {
    "negative": (pl.col("weeks") * -1, "weeks: 240 of 240 are not above 0"),
    "zero": (pl.col("weeks") * 0, "are not above 0"),
    "text": (pl.lit(SECRET + "x").alias("weeks"), "240 of 240 values are not a finite number"),
    "infinite": (pl.lit("inf").alias("weeks"), "are not a finite number"),
    "missing": (pl.lit(None).alias("weeks"), "240 of 240 values are missing"),
    "event of two": (pl.col("event") * 2, "values are not 0 or 1"),
    "no event": (pl.lit(None).alias("event"), "values are missing"),
    "entry after exit": (pl.col("weeks").alias("entry"), "240 of 240 are not below the duration"),
    "negative entry": (pl.col("entry") - 99, "are below 0"),
    "negative weight": (pl.col("weight") - 9, "240 of 240 are below 0"),
    "no unit": (pl.lit("").alias("unit"), "unit: 240 of 240 values are missing"),
    "no person": (pl.lit(" ").alias("person"), "person: 240 of 240 values are missing"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_spells_that_break_their_promise_end_with_11(tmp_path: Path, fault: str) -> None:
    expression, told = BROKEN[fault]
    options = ("--entry", "entry", "--weight", "weight", "--cluster", "person")
    (tmp_path / "out.csv").write_text("earlier")

    result = call(tmp_path, draw_spells().with_columns(expression), *options)

    assert result.exit_code == 11, result.output
    assert told in result.output
    assert (tmp_path / "out.csv").read_text() == "earlier"


def test_no_spells_end_with_11(tmp_path: Path) -> None:
    result = call(tmp_path, draw_spells().clear())
    assert result.exit_code == 11
    assert "there are no spells; one row per spell" in result.output


@pytest.mark.parametrize(
    ("more", "options", "told"),
    [
        ((), {"model": "weibul"}, "no such model; did you mean 'weibull'?"),
        ((), {"by": "units"}, "there is no such column; did you mean 'unit'?"),
        ((), {"by": " , "}, "--by: names no column"),
        ((), {"by": "unit,unit"}, "the column unit is named 2 times"),
        (("--cluster", "weeks"), {}, "the column weeks is named 2 times"),
        (("--horizon", "0"), {}, "--horizon: has to be above 0"),
        (("--horizon", "nan"), {}, "--horizon: has to be above 0"),
        (("--survival-at", "13;26"), {}, "--survival-at: is no list of numbers"),
        (("--survival-at", "-1"), {}, "--survival-at: has to be above 0"),
        (("--own-shape",), {"model": "cox"}, "cox has no shape"),
    ],
)
def test_wrong_use_ends_with_2(
    tmp_path: Path, more: tuple[str, ...], options: dict[str, str], told: str
) -> None:
    result = call(tmp_path, draw_spells(), *more, **options)
    assert result.exit_code == 2, result.output
    assert told in result.output


def test_a_column_with_the_name_of_a_result_is_wrong_use(tmp_path: Path) -> None:
    result = call(tmp_path, draw_spells().rename({"unit": "model"}), by="model")
    assert result.exit_code == 2
    assert "--by model: a column of the results has this name; rename the column" in result.output


def test_as_many_cells_as_persons_is_wrong_use(tmp_path: Path) -> None:
    spells = pl.DataFrame({"unit": range(2001), "weeks": 5, "event": 1})
    result = call(tmp_path, spells)
    assert result.exit_code == 2
    assert "--by: they make 2001 cells" in result.output
