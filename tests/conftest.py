"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# The same examples every time: a build that fails, fails again when it is looked into.
settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=500, deadline=None, derandomize=True)
settings.load_profile("quick")

os.environ.setdefault("MPLBACKEND", "Agg")
