"""Write the expected results anew: `python -m tests.golden.regenerate`.

Look at what `git diff tests/golden` shows before it is committed, and say in the message why the
figures changed.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.fixed_run import EXPECTED, run_fixed_study


def regenerate() -> None:
    for path in EXPECTED.rglob("*.csv"):
        path.unlink()
    with TemporaryDirectory() as folder:
        for name, text in run_fixed_study(Path(folder)).items():
            path = EXPECTED / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    regenerate()
