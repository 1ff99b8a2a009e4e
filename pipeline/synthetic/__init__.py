"""Fake registers with a known truth."""
