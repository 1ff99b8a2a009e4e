"""A delivery file has documented keys, each with a default but the files of DREAM."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.contract import load_contract
from pipeline.errors import ContractError
from pipeline.spec import load_delivery


def write(folder: Path, text: str) -> Path:
    (folder / "delivery.toml").write_text(text, encoding="utf-8")
    return folder


def list_faults(folder: Path) -> list[str]:
    with pytest.raises(ContractError) as caught:
        load_delivery(folder)
    assert all(fault.where.endswith("delivery.toml") for fault in caught.value.faults)
    return [f"{fault.what}; {fault.remedy}" for fault in caught.value.faults]


def test_every_key_but_the_files_has_its_documented_default(tmp_path: Path) -> None:
    delivery = load_delivery(write(tmp_path, '[dream]\nfiles = ["dream.csv"]'))
    assert delivery.dream.files == ("dream.csv",)
    assert delivery.dream.person == "pnr"
    assert delivery.bfl.model_dump() == {
        "files": (),
        "person": "pnr",
        "start": "ajo_job_start_dato",
        "end": "ajo_job_slut_dato",
        "hours": "ajo_loentimer",
        "support": "stoette_besk_kode",
    }


def test_optional_registers_may_be_named(tmp_path: Path) -> None:
    names = ("bef", "caseload", "caseworkers", "survey")
    text = '[dream]\nfiles = ["d.csv"]\n' + "".join(f"[{name}]\nfiles = []\n" for name in names)
    delivery = load_delivery(write(tmp_path, text))
    assert [getattr(delivery, name).files for name in names] == [(), (), (), ()]


def test_every_register_has_the_columns_that_its_contract_describes(tmp_path: Path) -> None:
    delivery = load_delivery(write(tmp_path, '[dream]\nfiles = ["d.csv"]\n'))
    for name, register in delivery.registers.items():
        promised = load_contract(f"raw.{name}").columns
        assert set(register.documented.values()) <= set(promised)
        assert all(
            promised[left].optional for left in set(promised) - {*register.documented.values()}
        )


def test_a_folder_without_a_delivery_file_is_told(tmp_path: Path) -> None:
    (fault,) = list_faults(tmp_path)
    assert fault.startswith("there is no such file; write a delivery.toml")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["key dream is missing; add it"]),
        ("[dream]", ["key dream.files is missing; add it"]),
        ("[dream]\nfiles = []", ["dream.files = []; "]),
        ("[dream", ["is not TOML: "]),
        (
            '[dream]\nfiles = ["d.csv"]\nperso = "id"\n[blf]\nfiles = ["b.csv"]',
            [
                "unknown key blf; did you mean 'bfl'",
                "unknown key dream.perso; did you mean 'person'",
            ],
        ),
    ],
)
def test_every_fault_is_told_at_once(tmp_path: Path, text: str, faults: list[str]) -> None:
    found = list_faults(write(tmp_path, text))
    assert len(found) == len(faults)
    for told, fault in zip(found, faults, strict=True):
        assert told.startswith(fault)
