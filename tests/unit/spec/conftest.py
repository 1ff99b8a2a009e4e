"""Study files with something changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import StudyError
from pipeline.layout import STUDIES
from pipeline.spec import load_study

Refuse = Callable[..., list[str]]


@pytest.fixture
def refuse(tmp_path: Path) -> Refuse:
    """The faults of the shipped study after replacing texts, each old one by the new one."""

    def refuse(*replaced: tuple[str, str]) -> list[str]:
        text = (STUDIES / "hir.toml").read_text(encoding="utf-8")
        for old, new in replaced:
            assert old in text, f"{old} is not in the shipped study"
            text = text.replace(old, new, 1)
        path = tmp_path / "asked.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(StudyError) as caught:
            load_study(str(path))
        assert all(fault.where.endswith("asked.toml") for fault in caught.value.faults)
        return [f"{fault.what}; {fault.remedy}" for fault in caught.value.faults]

    return refuse
