"""Write the figures of docs/benchmark.md anew: `python -m tests.benchmark.page`.

What is planted comes from the generator, what is printed from the evaluation's tables, and how the
methods fare from score sheets that `indsats montecarlo` wrote.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

import numpy as np
import polars as pl

from pipeline.report.formats import format_number
from pipeline.report.labels import capitalise, inference_label, unit_label
from pipeline.spec import BEFORE, INTERVENTION, PARTICIPATING, load_study, parse_weeks
from pipeline.synthetic.figures import planted_figures
from pipeline.synthetic.followed import follow_gaps
from pipeline.synthetic.geography import read_geography
from pipeline.synthetic.kinds import true_share
from pipeline.synthetic.truth import Course, plant_course

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmark.md"
RECORDED = ROOT / "docs" / "benchmark"
PRINTED = ROOT / "tests" / "reference"
WEEKS, SHARE = "weeks_between_measures", "share_practice_or_hours"
SCORED = (WEEKS, "weeks_to_first_measure", SHARE, "exits")
_BLOCK = "<!-- {name}: written by tests.benchmark.page -->"
_END = "<!-- end -->"
_DIGITS = {"mediator_share_per_caseload": 2}


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def plant_hir() -> Course:
    weeks = parse_weeks("2015-W01..2019-W13")
    return plant_course(load_study("hir"), read_geography(weeks), weeks)


def write_blocks() -> dict[str, str]:
    """Every table of the page as Markdown, by name."""
    course = plant_hir()
    truth = planted_figures(course)
    return {
        "cases": compare_cases(course),
        "weeks": compare_weeks(truth),
        "measures": compare_measures(course),
        "shares": compare_shares(truth),
        "headlines": compare_headlines(course, truth),
        "sizes": tell_sizes(),
        "quantities": tell_quantities(),
    }


def compare_cases(course: Course) -> str:
    """Table 1: cases per full-time caseworker, before and in each period of monitoring."""
    planted = {unit: figures.cases for unit, figures in course.calibration.units.items()}
    planted["mean_of_jobcentres"] = tuple(map(mean, zip(*planted.values(), strict=True)))
    rows = read_rows(PRINTED / "hir_table1_caseload.csv")
    periods = [name for name in rows[0] if name != "jobcentre"]
    heading = [""]
    for name in periods:
        heading += [re.sub(r"^\w+?_(\d{4})_(\d\d)_(\d\d)$", r"\1, \2–\3", name), "planted"]
    lines = []
    for row in rows:
        cells = [spell(row["jobcentre"])]
        for name, cases in zip(periods, planted[row["jobcentre"]], strict=True):
            cells += [row[name], format_number(cases, 1)]
        lines.append(cells)
    return write_table(heading, lines)


def compare_weeks(truth: pl.DataFrame) -> str:
    planted = find_rows(truth, WEEKS, INTERVENTION)
    heading = ["", "before", "planted", "during", "planted", "effect", "planted"]
    lines = []
    for row in read_rows(PRINTED / "hir_table2_weeks_between_measures.csv"):
        own, cells = planted[row["unit"]], [unit_label(row["unit"])]
        for noun in ("before_weeks", "during_weeks", "effect"):
            cells += [row[noun], format_number(own[noun.removesuffix("_weeks")], 1)]
        lines.append(cells)
    return write_table(heading, lines)


def compare_shares(truth: pl.DataFrame) -> str:
    whole, last = (find_rows(truth, SHARE, phase) for phase in (INTERVENTION, "last_3_months"))
    heading = ["", "before", "planted", "during", "planted", "effect", "planted",
               "effect, last 3 months", "planted"]  # fmt: skip
    lines = []
    for row in read_rows(PRINTED / "hir_table4_share_practice_or_hours.csv"):
        own, cells = whole[row["unit"]], [unit_label(row["unit"])]
        for noun in ("before_pct", "during_pct", "effect_pp"):
            cells += [row[noun], format_number(own[noun[: noun.rindex("_")]], 1, 100)]
        late = last[row["unit"]]["effect"]
        lines.append([*cells, row["effect_last_3_months_pp"], format_number(late, 1, 100)])
    return write_table(heading, lines)


def compare_measures(course: Course) -> str:
    """Table 3: the share of the weeks in each kind of measure."""
    heading = ["", "participating, before", "planted", "during", "planted",
               "rest of the country, before", "planted", "during", "planted"]  # fmt: skip
    places = [
        (f"{group}_{period}_pct", group, window)
        for group in ("participating", "rest")
        for period, window in (("before", BEFORE), ("during", INTERVENTION))
    ]
    lines = []
    for row in read_rows(PRINTED / "hir_table3_measure_shares.csv"):
        cells = [row["measure"].replace("_", " ")]
        for column, group, window in places:
            share = find_measure_share(course, row["measure"], group, window)
            cells += [row[column], format_number(share, 1, 100)]
        lines.append(cells)
    return write_table(heading, lines)


def find_measure_share(course: Course, measure: str, group: str, window: str) -> float:
    """The share of the expected weeks on the benefit that is in a measure, or in none."""
    span = course.chain.calendar.span(course.study.windows[window])
    rows = slice(span.start, span.stop)
    participating = set(course.study.participating)
    members = [
        place
        for place, unit in enumerate(course.geography.units)
        if (unit in participating) == (group == "participating")
    ]
    kinds = course.kinds.names if measure == "none" else (measure,)
    named, benefit = true_share(kinds, course.kinds, course.planted.expectation, course.hours)
    share = float(named[rows][:, members].sum() / benefit[rows][:, members].sum())
    return 1 - share if measure == "none" else share


def compare_headlines(course: Course, truth: pl.DataFrame) -> str:
    printed = {row["quantity"]: row for row in read_rows(PRINTED / "hir_headlines.csv")}
    weeks = find_rows(truth, WEEKS, INTERVENTION)[PARTICIPATING]["effect"]
    share = {
        phase: find_rows(truth, SHARE, phase)[PARTICIPATING]
        for phase in (INTERVENTION, "last_3_months", "first_half_year")
    }
    planted = {
        "effect_weeks_between_measures": (weeks, 1),
        "effect_share_practice_or_hours": (share[INTERVENTION]["effect"], 100),
        "effect_share_practice_or_hours_last_3_months": (share["last_3_months"]["effect"], 100),
        "effect_share_practice_or_hours_first_half_year": (share["first_half_year"]["effect"], 100),
        "mean_share_last_3_months_participating": (share["last_3_months"]["during"], 100),
        "share_no_measure_after_56_weeks": (find_waiting_share(course), 100),
    }
    planted["mediator_share_per_caseload"] = (course.calibration.caseload.share_per_case, 100)
    lines = []
    for name, (value, scale) in planted.items():
        figure = format_number(value, _DIGITS.get(name, 1), scale)
        lines.append([spell(name), printed[name]["value"], figure, printed[name]["unit"]])
    return write_table(["", "printed", "planted", "unit"], lines)


def find_waiting_share(course: Course) -> float:
    """The share still without a measure where the curve over the intervention's gaps ends."""
    span = course.chain.calendar.span(course.study.windows[INTERVENTION])
    followed = follow_gaps(course.planted.expectation, span, span.start)
    at_risk, events = followed.at_risk.sum(axis=1), followed.events.sum(axis=1)
    return float(np.prod(1.0 - events[: span.stop - span.start - 1] / at_risk[:-1]))


def tell_sizes() -> str:
    """How often methods find an effect where there is none, with and without shocks."""
    sheets = {
        shocks: pl.read_csv(RECORDED / f"scores_{shocks}.csv") for shocks in ("without", "with")
    }
    sizes = ("all", "smallest", "second", "third", "largest")
    heading = ["outcome", "programme", "method", "shocks", *sizes]
    lines = []
    for outcome, tested, method in (
        (outcome, tested, method)
        for outcome in SCORED
        for tested, method in (
            ("one_unit", "person_cluster"),
            ("one_unit", "placebo_t"),
            ("one_unit", "placebo_t_level"),
            ("pooled", "person_cluster"),
            ("pooled", "cr3"),
        )
        if not sheets["with"].filter(outcome=outcome, tested=tested, inference=method).is_empty()
    ):
        for shocks, sheet in sheets.items():
            rows = {
                row["size"]: row
                for row in sheet.filter(outcome=outcome, tested=tested, inference=method).to_dicts()
            }
            names = [spell(outcome), spell(tested), capitalise(inference_label(method)), shocks]
            lines.append([*names, *(rate(rows.get(size)) for size in sizes)])
    return write_table(heading, lines)


def rate(row: dict[str, float] | None) -> str:
    if row is None:
        return ""
    error = format_number(row["rejection_rate_error"], 1, 100)
    return f"{format_number(row['rejection_rate'], 1, 100)} ± {error}"


def tell_quantities() -> str:
    """How many quantities of whole registers lie near their truth."""
    rows = measure_distances(pl.read_csv(RECORDED / "quantities.csv")).with_columns(
        tested=pl.when(unit=PARTICIPATING)
        .then(pl.lit("pooled"))
        .otherwise(pl.lit("one job centre")),
        is_near=pl.col("distance") <= 2,
    )
    lines = [
        [spell(outcome), spell(quantity), tested, str(len(own)), str(own["is_near"].sum())]
        for (outcome, tested, quantity), own in rows.group_by(
            "outcome", "tested", "quantity", maintain_order=True
        )
    ]
    heading = ["outcome", "quantity", "of", "quantities", "within two Monte-Carlo errors"]
    near = rows.group_by("tested").agg(pl.col("is_near").sum(), pl.len())
    found = {tested: f"{n_near} of {n_rows}" for tested, n_near, n_rows in near.iter_rows()}
    told = f"Together: {found['pooled']} pooled, {found['one job centre']} of single job centres."
    return f"{write_table(heading, sorted(lines))}\n\n{told}"


def measure_distances(quantities: pl.DataFrame) -> pl.DataFrame:
    """Quantities with the distance of their mean estimates from the truth, in Monte-Carlo errors.

    Five repetitions tell little of the error of their mean. Two hundred recorded ones at cell level
    tell it of the year before and of the whole period; of other phases there are only the five.
    """
    key = ["outcome", "unit", "quantity"]
    root = pl.col("n_repetitions").sqrt()
    recorded = pl.read_csv(RECORDED / "quantities_with.csv")
    usual = recorded.select(*key, spread=pl.col("bias_error") * root)
    is_whole = (pl.col("quantity") == "before") | (pl.col("phase") == INTERVENTION)
    known = pl.when(is_whole).then(pl.col("spread") / root)
    error = pl.coalesce(known, "bias_error")
    return quantities.join(usual, on=key, how="left", maintain_order="left").with_columns(
        distance=pl.col("bias").abs() / error
    )


def spell(code: str) -> str:
    return code.replace("_", " ")


def find_rows(truth: pl.DataFrame, outcome: str, phase: str) -> dict[str, dict]:
    rows = truth.filter(outcome=outcome, phase=phase).iter_rows(named=True)
    return {row["unit"]: row for row in rows}


def write_table(heading: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    rows = [list(heading), ["---", *["---:"] * (len(list(heading)) - 1)], *map(list, lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def fill_page(text: str) -> str:
    """The page with every block as it is now."""
    for name, block in write_blocks().items():
        start = re.escape(_BLOCK.format(name=name))
        found = re.search(f"({start}\n).*?(\n{re.escape(_END)})", text, re.DOTALL)
        assert found is not None, f"docs/benchmark.md has no block {name}"
        text = text[: found.end(1)] + block + text[found.start(2) :]
    return text


if __name__ == "__main__":
    filled = fill_page(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(filled, encoding="utf-8", newline="\n")
