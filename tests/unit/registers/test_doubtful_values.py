"""Values that cannot be what they say stop a run; none is taken for something else in silence."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import ContractError
from tests.support.deliveries import Edit, deliver, keep, prepare, read_table


def put(column: str, value: object) -> Edit:
    return lambda frame: frame.with_columns(pl.lit(value).alias(column))


def number_keys(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("pnr").str.slice(1).cast(pl.Int64))


def spell_keys(frame: pl.DataFrame) -> pl.DataFrame:
    """Keys with leading zeros, as text."""
    return frame.with_columns(pl.col("pnr").str.slice(1))


def refuse(folder: Path, dream: Edit = keep, bfl: Edit = keep) -> str:
    with pytest.raises(ContractError) as caught:
        prepare(deliver(folder, dream, bfl))
    assert "p0000" not in str(caught.value), "no person's key is told"
    return str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("y_1810", 819, "dream.parquet: dream.y_1810: benefit code 819 is in no code list"),
        ("y_1810", 99999, "dream.parquet: dream.y_1810: text that is no benefit code"),
        (
            "nykom2018",
            999,
            "dream.parquet: dream.nykom2018: municipality code 999 is in no code list",
        ),
    ],
)
def test_codes_of_dream_that_are_in_no_list_are_told(
    tmp_path: Path, column: str, value: object, fault: str
) -> None:
    assert refuse(tmp_path, dream=put(column, value)).startswith(fault)


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        (
            "stoette_besk_kode",
            99,
            "stoette_besk_kode: 58 values are in no code list: 99; a support_code of",
        ),
        ("stoette_besk_kode", 0.4, "stoette_besk_kode: 58 values cannot be read; a whole number"),
        (
            "stoette_besk_kode",
            None,
            "stoette_besk_kode: 58 values are missing; every row needs one",
        ),
        (
            "ajo_loentimer",
            "12,5 t",
            "ajo_loentimer: 58 values cannot be read; a number such as 37.5",
        ),
        ("pnr", " ", "pnr: 58 values are missing; every row needs one"),
    ],
)
def test_values_of_e_income_that_cannot_be_read_are_told(
    tmp_path: Path, column: str, value: object, fault: str
) -> None:
    assert refuse(tmp_path, bfl=put(column, value)).startswith(f"bfl.parquet: bfl.{fault}")


def test_hours_that_are_no_number_are_told(tmp_path: Path) -> None:
    found = refuse(tmp_path, bfl=put("ajo_loentimer", float("nan")))
    assert found.startswith("bfl.parquet: bfl.ajo_loentimer: 58 values cannot be read")


def test_jobs_of_others_are_counted(tmp_path: Path) -> None:
    others = pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("someone else")).otherwise("pnr")
    prepared = prepare(deliver(tmp_path, bfl=lambda frame: frame.with_columns(pnr=others)))
    (warning,) = prepared.warnings
    assert warning.startswith("bfl.parquet: bfl.pnr: ")
    assert "jobs belong to people who are not in DREAM" in warning


def test_keys_that_are_numbers_in_both_registers_match(tmp_path: Path) -> None:
    prepare(deliver(tmp_path / "text"))
    prepare(deliver(tmp_path / "numbers", number_keys, number_keys))
    tables = [
        read_table(tmp_path / kind, "analysis.mean_cells").drop("person_id")
        for kind in ("text", "numbers")
    ]
    assert tables[0].equals(tables[1])


def test_persons_on_equal_rows_are_read_once_and_counted(tmp_path: Path) -> None:
    prepared = prepare(deliver(tmp_path / "twice", lambda frame: pl.concat([frame, frame[:2]])))
    prepare(deliver(tmp_path / "once"))
    assert prepared.warnings == (
        "dream.parquet: dream.pnr: 2 keys stand on more than one row, all equal, and are read once;"
        " nothing to do",
    )
    for table in ("core.benefit_spells", "core.residences", "analysis.attrition"):
        assert read_table(tmp_path / "twice", table).equals(read_table(tmp_path / "once", table))


def test_persons_on_rows_that_differ_are_told(tmp_path: Path) -> None:
    """Only columns that are used can differ; no other fault follows from the second row."""

    def repeat(frame: pl.DataFrame) -> pl.DataFrame:
        other = frame[:3].with_columns(
            y_1810=pl.when(pl.int_range(3) < 2).then(730).otherwise("y_1810")
        )
        return pl.concat([frame, other])

    assert refuse(tmp_path, dream=repeat) == (
        "dream.parquet: dream.pnr: 2 keys stand on more than one row, and the rows differ;"
        " one row for each key"
    )


@pytest.mark.parametrize("edits", [(number_keys, spell_keys), (spell_keys, number_keys)])
def test_keys_that_lost_their_leading_zeros_in_one_register_get_them_back(
    tmp_path: Path, edits: tuple[Edit, Edit]
) -> None:
    prepare(deliver(tmp_path / "text", spell_keys, spell_keys))
    prepared = prepare(deliver(tmp_path / "mixed", *edits))
    assert prepared.warnings == ()
    for table in ("core.benefit_spells", "staging.jobs", "analysis.mean_cells"):
        text, mixed = (read_table(tmp_path / kind, table) for kind in ("text", "mixed"))
        assert text.height
        assert mixed.equals(text)


def test_keys_of_several_lengths_cannot_get_their_zeros_back(tmp_path: Path) -> None:
    def cut_some(frame: pl.DataFrame) -> pl.DataFrame:
        return spell_keys(frame).with_columns(
            pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("001")).otherwise("pnr").alias("pnr")
        )

    found = refuse(tmp_path, number_keys, cut_some)
    assert found.startswith("bfl.parquet: bfl: keys with leading zeros have several lengths, ")


def test_text_that_is_no_municipality_is_told(tmp_path: Path) -> None:
    def name_municipalities(frame: pl.DataFrame) -> pl.DataFrame:
        names = pl.col("^nykom.*$").cast(pl.String)
        return frame.with_columns(names).with_columns(nykom2018=pl.lit("Greve"))

    assert "dream.nykom2018" in refuse(tmp_path, dream=name_municipalities)


def test_a_code_that_is_no_whole_number_is_told(tmp_path: Path) -> None:
    assert "dream.y_1810" in refuse(tmp_path, dream=put("y_1810", 812.6))


def test_a_job_of_several_months_is_told(tmp_path: Path) -> None:
    """Its hours would all count in the month it started."""

    def prolong(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(ajo_job_slut_dato=pl.date(2020, 1, 31))

    assert "bfl" in refuse(tmp_path, bfl=prolong)
