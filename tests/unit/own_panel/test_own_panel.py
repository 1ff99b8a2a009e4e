"""`indsats did`: a user's own panel, from the command line to the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyfixest as pf
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.models.estimate import ESTIMATE_SCHEMA

PROP99 = Path(__file__).parents[2] / "reference" / "did" / "prop99.csv"
COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treated": "treated", "post": "post"}
SECRET = "0102031234"


def draw_panel(n_treated: int = 4) -> pl.DataFrame:
    """Some 600 person-weeks in 12 units over 6 weeks, 3 of them after the start; y is 0 or 1."""
    draw = np.random.default_rng(20180305)
    n = 700
    unit, time = draw.integers(0, 12, n), draw.integers(9, 15, n)
    share = 0.3 + 0.02 * unit + 0.1 * ((unit < n_treated) & (time >= 12))
    panel = pl.DataFrame(
        {
            "unit": [f"unit {number:02d}" for number in unit],
            "time": time,
            "person": [f"person {number}" for number in unit * 40 + draw.integers(0, 40, n)],
            "treated": (unit < n_treated).astype(int),
            "post": (time >= 12).astype(int),
            "weight": draw.integers(1, 5, n),
            "y": (draw.random(n) < share).astype(int),
        }
    )
    return panel.unique(["person", "time"], keep="first", maintain_order=True)


def call(folder: Path, panel: pl.DataFrame, *more: str, **columns: str) -> Result:
    file = folder / "panel.csv"
    panel.write_csv(file)
    return call_on(file, *more, **columns)


def call_on(file: Path, *more: str, **columns: str) -> Result:
    named = {**COLUMNS, **columns}
    options = [part for name, column in named.items() for part in (f"--{name}", column)]
    out = str(file.parent / "out.csv")
    return CliRunner().invoke(app, ["did", str(file), *options, *more, "--out", out])


def read_rows(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "out.csv", schema=ESTIMATE_SCHEMA)


def read_row(folder: Path, **key: str) -> dict[str, Any]:
    return read_rows(folder).row(
        by_predicate=pl.all_horizontal(pl.col(k) == v for k, v in key.items()), named=True
    )


@pytest.fixture
def prop99(tmp_path: Path) -> Path:
    file = tmp_path / "prop99.csv"
    pl.read_csv(PROP99).with_columns(
        treated=(pl.col("state") == "California").cast(pl.Int8),
        post=(pl.col("year") >= 1989).cast(pl.Int8),
    ).write_csv(file)
    return file


STATES = {"outcome": "cigsale", "unit": "state", "time": "year"}


def test_california_after_proposition_99(prop99: Path) -> None:
    done = call_on(prop99, **STATES)

    assert done.exit_code == 0
    assert done.stdout.startswith(
        "participating: effect -27.35 (95 % interval -89.75 to 35.05, p = 0.103 by placebo_t"
    )
    reason = "one treated cluster: cluster-robust variance is not identified"
    for method in ("jobcentre_cluster", "cr2", "cr3", "wild_bootstrap"):
        assert f"participating: {method} is refused: {reason}" in done.stderr
        assert read_row(prop99.parent, inference=method)["p_value"] is None
    ranked = read_row(prop99.parent, inference="conley_taber")
    assert ranked["effect"] == pytest.approx(-27.3491, abs=5e-5)
    assert ranked["p_value"] == pytest.approx(4 / 39)
    assert ranked["std_error"] == pytest.approx(17.52, abs=5e-3)
    assert ranked["n_persons"] is ranked["n_events"] is None


@pytest.mark.parametrize("ending", ["parquet", "dta"])
def test_other_formats_give_the_same_bytes(prop99: Path, ending: str) -> None:
    call_on(prop99, **STATES)
    expected = (prop99.parent / "out.csv").read_bytes()
    other = prop99.with_suffix(f".{ending}")
    frame = pl.read_csv(prop99)
    if ending == "parquet":
        frame.write_parquet(other)
    else:
        frame.to_pandas().to_stata(other, write_index=False)

    assert call_on(other, **STATES).exit_code == 0
    assert (prop99.parent / "out.csv").read_bytes() == expected


def regress(panel: pl.DataFrame, cluster: str) -> pf.Feols:
    return pf.feols(
        "y ~ treated * post",
        panel.to_pandas(),
        weights="weight",
        weights_type="aweights",
        vcov={"CRV1": cluster},
        ssc=pf.ssc(k_adj=False, G_adj=True),
    )


def test_the_pooled_effect_is_the_saturated_regression_on_rows(tmp_path: Path) -> None:
    panel = draw_panel()
    done = call(tmp_path, panel, person="person", weight="weight")

    assert done.exit_code == 0
    for method, cluster in (("person_cluster", "person"), ("jobcentre_cluster", "unit")):
        expected = regress(panel, cluster)
        row = read_row(tmp_path, inference=method, unit="participating")
        assert row["effect"] == pytest.approx(expected.coef()["treated:post"], rel=1e-9)
        assert row["std_error"] == pytest.approx(expected.se()["treated:post"], rel=1e-9)
    assert row["relative_effect"] == pytest.approx(row["effect"] / row["before"], rel=1e-9)
    treated = panel.filter(pl.col("treated") == 1)
    assert row["n_persons"] == treated["person"].n_unique()
    assert row["n_events"] == treated["y"].sum()


def test_without_persons_nothing_is_said_of_them(tmp_path: Path) -> None:
    call(tmp_path, draw_panel())

    rows = read_rows(tmp_path).filter(pl.col("unit") == "participating")
    assert "person_cluster" not in rows["inference"].to_list()
    assert rows["n_persons"].null_count() == rows.height


def test_the_untreated_units_have_levels_and_no_effect(tmp_path: Path) -> None:
    panel = draw_panel()
    call(tmp_path, panel)

    rest = read_row(tmp_path, unit="rest_of_country")
    before = panel.filter(treated=0, post=0)["y"].mean()
    assert rest["before"] == pytest.approx(before, rel=1e-9)
    assert rest["effect"] is rest["relative_effect"] is rest["p_value"] is None


def test_many_treated_units_are_judged_by_the_jackknife(tmp_path: Path) -> None:
    done = call(tmp_path, draw_panel())

    assert "by cr3, 8 untreated units" in done.stdout
    assert "refused" not in done.stderr


def test_each_treated_unit_against_all_untreated(tmp_path: Path) -> None:
    panel = draw_panel()
    done = call(tmp_path, panel, "--by-unit")
    means = {
        key: part["y"].mean()
        for key, part in panel.group_by(
            pl.when(treated=1).then("unit").otherwise(pl.lit("rest")), "post"
        )
    }
    rest = means["rest", 1] - means["rest", 0]

    assert done.exit_code == 0
    for number in range(4):
        unit = f"unit {number:02d}"
        effect = means[unit, 1] - means[unit, 0] - rest
        row = read_row(tmp_path, unit=unit, inference="placebo_t")
        assert row["effect"] == pytest.approx(effect, rel=1e-9)
        assert row["p_value_adjusted"] >= row["p_value"]
        assert read_row(tmp_path, unit=unit, inference="cr3")["p_value"] is None
    assert "4 units by themselves: cr3 is refused: one treated cluster" in done.stderr


def test_only_the_methods_that_are_asked_for(tmp_path: Path) -> None:
    done = call(tmp_path, draw_panel(), "--inference", "cr2, placebo_t")

    rows = read_rows(tmp_path).filter(pl.col("unit") == "participating")
    assert rows["inference"].to_list() == ["cr2", "placebo_t"]
    assert "placebo_t is refused: it is for one treated unit, and 4 are treated" in done.stderr
    assert "no method can say how sure that is" in done.stdout


def test_few_untreated_units_are_refused_with_the_reason(tmp_path: Path) -> None:
    done = call(tmp_path, draw_panel(n_treated=11))

    assert done.exit_code == 0
    assert "cr3 is refused: one comparison cluster" in done.stderr
    assert "1 untreated units" not in done.stdout


def test_one_treated_and_one_untreated_unit_are_refused(tmp_path: Path) -> None:
    panel = draw_panel().filter(pl.col("unit").is_in(["unit 00", "unit 07"]))
    done = call(tmp_path, panel)

    assert done.exit_code == 0
    assert "placebo_t is refused: 1 comparison units" in done.stderr
    assert read_rows(tmp_path)["p_value"].null_count() == read_rows(tmp_path).height


def edit(panel: pl.DataFrame, **columns: object) -> pl.DataFrame:
    return panel.with_columns(**columns)


FIRST = pl.int_range(pl.len()) == 0
FAULTS = {
    "a weight of zero": (
        lambda p: edit(p, weight=pl.when(FIRST).then(0).otherwise("weight")),
        11,
        "panel.csv: weight: 1 of ",
    ),
    "a missing outcome": (
        lambda p: edit(p, y=pl.when(FIRST).then(None).otherwise("y")),
        11,
        "panel.csv: y: 1 of ",
    ),
    "text for a number": (
        lambda p: edit(
            p, y=pl.when(FIRST).then(pl.lit(SECRET + "x")).otherwise(pl.col("y").cast(str))
        ),
        11,
        "panel.csv: y: 1 of ",
    ),
    "a treatment of 2": (
        lambda p: edit(p, treated=pl.when(FIRST).then(2).otherwise("treated")),
        11,
        "values are not 0 or 1",
    ),
    "a unit both treated and not": (
        lambda p: edit(p, treated=pl.when(FIRST).then(1 - pl.col("treated")).otherwise("treated")),
        11,
        "panel.csv: treated: it is both 0 and 1 in 1 of 12 values of unit",
    ),
    "a time both before and after": (
        lambda p: edit(p, post=pl.when(FIRST).then(1 - pl.col("post")).otherwise("post")),
        11,
        "panel.csv: post: it is both 0 and 1 in 1 of 6 values of time",
    ),
    "post before treatment": (
        lambda p: edit(p, post=1 - pl.col("post")),
        11,
        "panel.csv: post: it is 1 at a time before one at which it is 0",
    ),
    "a treated unit without a before period": (
        lambda p: p.filter(~((pl.col("unit") == "unit 00") & (pl.col("post") == 0))),
        11,
        "panel.csv: unit: 1 of 4 treated units have no row before or none during",
    ),
    "a person twice at a time": (
        lambda p: pl.concat([p, p.head(1)]),
        11,
        "panel.csv: person: 2 rows share their person and time with another row",
    ),
    "no rows": (lambda p: p.clear(), 11, "panel.csv: there is no row"),
    "nobody untreated": (
        lambda p: p.filter(treated=1),
        13,
        "panel.csv: treated, post: no row is untreated and before",
    ),
    "nobody treated": (
        lambda p: p.filter(treated=0),
        13,
        "panel.csv: treated, post: no row is treated and during",
    ),
    "nothing before": (
        lambda p: p.filter(post=1),
        13,
        "panel.csv: treated, post: no row is untreated and before",
    ),
    "an outcome that does not vary": (
        lambda p: edit(p, y=pl.lit(0.3)),
        13,
        "panel.csv: y: it is the same in every row",
    ),
    "a column that is not there": (
        lambda p: p.rename({"treated": "treatd"}),
        2,
        "panel.csv: treated: there is no such column; did you mean 'treatd'?",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_faulty_panel_is_refused_without_a_value(tmp_path: Path, kind: str) -> None:
    break_it, exit_code, message = FAULTS[kind]
    panel = draw_panel().with_columns(person=pl.lit(SECRET) + pl.col("person"))

    done = call(tmp_path, break_it(panel), person="person", weight="weight")

    assert done.exit_code == exit_code, done.stderr
    assert message in done.stderr
    assert SECRET not in done.output + done.stderr
    assert not (tmp_path / "out.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["panel.csv"]


def test_an_unknown_method_is_wrong_use(tmp_path: Path) -> None:
    done = call(tmp_path, draw_panel(), "--inference", "cr4")

    assert done.exit_code == 2
    assert "--inference cr4: there is no such method; did you mean 'cr" in done.stderr


def test_a_column_for_two_parts_is_wrong_use(tmp_path: Path) -> None:
    done = call(tmp_path, draw_panel(), weight="y")

    assert done.exit_code == 2
    assert "--outcome, --weight: all name the column y; a column for each" in done.stderr


def test_times_that_are_numbers_are_ordered_as_numbers(tmp_path: Path) -> None:
    """9 lies before 10, though not as text."""
    panel = draw_panel().with_columns(post=(pl.col("time") >= 10).cast(pl.Int8))

    assert call(tmp_path, panel).exit_code == 0


@pytest.mark.parametrize(("n_treated", "method"), [(1, "placebo_t"), (40, "cr3")])
def test_thousands_of_units_need_no_draws(tmp_path: Path, n_treated: int, method: str) -> None:
    draw = np.random.default_rng(4)
    unit, post = np.divmod(np.arange(12_000), 2)
    treated = (unit < n_treated).astype(int)
    outcome = draw.normal(0, 1, 12_000) + 5 * treated * post
    names = [f"unit {number}" for number in unit]
    panel = pl.DataFrame(
        {"unit": names, "time": post, "treated": treated, "post": post, "y": outcome}
    )

    done = call(tmp_path, panel)

    assert done.exit_code == 0
    assert f"by {method}, {6_000 - n_treated} untreated units" in done.stdout
    row = read_row(tmp_path, unit="participating", inference=method)
    assert row["p_value"] < 0.01
