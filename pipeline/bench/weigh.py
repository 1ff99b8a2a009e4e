"""Run a command and say how it ended and how much memory it held at most.

A process is charged with the memory of the one that started it, until it begins its own program.
So this small one stands between: `python -m pipeline.bench.weigh COMMAND …` prints the exit code
and the bytes.
"""

from __future__ import annotations

import subprocess
import sys


def main() -> None:
    """Run the command given; where the system does not tell the memory, the import fails."""
    import resource  # noqa: PLC0415

    done = subprocess.run(sys.argv[1:], check=False, capture_output=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # Kilobytes, but for macOS.
    peak *= 1 if sys.platform == "darwin" else 1024
    sys.stdout.write(f"{done.returncode} {peak}\n")


if __name__ == "__main__":
    main()
